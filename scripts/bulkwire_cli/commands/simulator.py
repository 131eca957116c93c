"""`bulkwire simulator`: run the provider simulator in the foreground."""

import sys
from typing import Annotated

import orjson
import typer

from bulkwire_cli.errors import CommandFailed
from bulkwire_cli.simulator.scenario_file import ScenarioError, load_scenario

__all__ = ["simulator"]


Scenario = Annotated[
    str,
    typer.Option(
        metavar="SCENARIO", help="smooth, faults, limited, balance, or a TOML file of your own."
    ),
]
Host = Annotated[str, typer.Option(metavar="ADDRESS", help="Address to listen on.")]
Port = Annotated[int, typer.Option(metavar="PORT", min=0, max=65535, help="0: any free port.")]
KeepAlive = Annotated[
    float, typer.Option(metavar="SECONDS", min=0, help="Close idle connections after this time.")
]
ExitWithStdin = Annotated[
    bool, typer.Option("--exit-with-stdin", help="Stop when standard input ends.")
]


def simulator(
    scenario: Scenario = "smooth",
    host: Host = "127.0.0.1",
    port: Port = 8020,
    keepalive_seconds: KeepAlive = 75.0,
    *,
    exit_with_stdin: ExitWithStdin = False,
) -> None:
    """Run a provider that behaves like the One API, for trying out and for tests.

    The first line on standard output is JSON: the address it listens on. What it took in is shown
    under /_simulator/summary, /_simulator/ledger and /_simulator/recipients.

    \b
    Examples:
      bulkwire simulator
      bulkwire simulator --scenario faults --port 8021
    """
    try:
        from bulkwire_cli.simulator.server import (  # noqa: PLC0415 -- needs the extra `simulator`
            Options,
            serve,
        )
    except ModuleNotFoundError as error:
        problem = f"the module {error.name} is missing: pip install 'bulkwire[simulator]'"
        raise CommandFailed(problem) from None
    try:
        loaded = load_scenario(scenario)
    except ScenarioError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None
    options = Options(host, port, keepalive_seconds, exit_with_stdin)
    try:
        serve(loaded, options, _announce)
    except OSError as error:
        reason = error.strerror or "no such address"
        problem = f"{host}:{port}: cannot listen: {reason}: give another --port or --host"
        typer.echo(problem, err=True)
        raise typer.Exit(1) from None


def _announce(url: str) -> None:
    sys.stdout.write(orjson.dumps({"url": url}).decode() + "\n")
    sys.stdout.flush()
