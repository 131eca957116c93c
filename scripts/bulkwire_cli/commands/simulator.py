"""`bulkwire simulator`: run the provider simulator in the foreground."""

import sys
from typing import Annotated

import orjson
import typer

from bulkwire_cli.simulator.scenario_file import ScenarioError, load_scenario

__all__ = ["simulator"]


def simulator(
    scenario: Annotated[
        str, typer.Option(help="Name of a shipped scenario, or path of a TOML file.")
    ] = "smooth",
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0: any free port.")] = 8020,
    keepalive_seconds: Annotated[
        float, typer.Option(min=0, help="Close idle connections after this time.")
    ] = 75.0,
    *,
    exit_with_stdin: Annotated[
        bool, typer.Option("--exit-with-stdin", help="Stop when standard input ends.")
    ] = False,
) -> None:
    """Run a provider that behaves like the One API, for trying out and for tests.

    The first line on standard output is JSON: the address it listens on. What it took in is shown
    under /_simulator/summary, /_simulator/ledger and /_simulator/recipients.
    """
    from bulkwire_cli.simulator.server import (  # noqa: PLC0415 -- needs the extra `simulator`
        Options,
        serve,
    )

    try:
        loaded = load_scenario(scenario)
    except ScenarioError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None
    options = Options(host, port, keepalive_seconds, exit_with_stdin)
    try:
        serve(loaded, options, _announce)
    except OSError as error:
        typer.echo(f"{host}:{port}: cannot listen: {error.strerror}; give another --port", err=True)
        raise typer.Exit(1) from None


def _announce(url: str) -> None:
    sys.stdout.write(orjson.dumps({"url": url}).decode() + "\n")
    sys.stdout.flush()
