"""`python -m bulkwire_cli.demo`: what scripts/demo runs."""

import typer

from bulkwire_cli.demo.command import demo
from bulkwire_cli.help_text import lay_out_help

if __name__ == "__main__":
    application = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    application.command("demo")(demo)
    lay_out_help(application)
    application(prog_name="scripts/demo")
