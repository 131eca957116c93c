"""`python -m bulkwire_cli.simulator`: the same as `bulkwire simulator`."""

import typer

from bulkwire_cli.commands.simulator import simulator

if __name__ == "__main__":
    typer.run(simulator)
