"""The command line put together, and how its errors are told."""

from collections.abc import Sequence
from importlib.metadata import version
from typing import Annotated

import click
import typer

from bulkwire.errors import BulkwireError, ConfigurationError, QueueUnavailable
from bulkwire.settings import ProducerSettings, load_settings
from bulkwire_cli.commands.audit import audit
from bulkwire_cli.commands.balance import balance
from bulkwire_cli.commands.beat import beat
from bulkwire_cli.commands.bench import make_bench_commands
from bulkwire_cli.commands.campaign import make_campaign_commands
from bulkwire_cli.commands.chaos import chaos
from bulkwire_cli.commands.check import check
from bulkwire_cli.commands.dead import make_dead_commands
from bulkwire_cli.commands.flower import flower
from bulkwire_cli.commands.health import health
from bulkwire_cli.commands.hold import make_hold_commands
from bulkwire_cli.commands.import_campaign import import_campaign
from bulkwire_cli.commands.in_doubt import make_in_doubt_commands
from bulkwire_cli.commands.log import log
from bulkwire_cli.commands.media import make_media_commands
from bulkwire_cli.commands.message import make_message_commands
from bulkwire_cli.commands.read_receipt import read_receipt
from bulkwire_cli.commands.simulator import simulator
from bulkwire_cli.commands.status import status
from bulkwire_cli.commands.suppress import make_suppress_commands
from bulkwire_cli.commands.worker import worker
from bulkwire_cli.errors import BadInput
from bulkwire_cli.help_text import lay_out_help
from bulkwire_cli.session import explained

__all__ = ["make_application", "run"]

PASS_ON = {"allow_extra_args": True, "ignore_unknown_options": True}
"""For commands that hand further options to Celery or Flower."""

OPERATORS = "For operators"
PROCESSES = "Processes, in the foreground"
DEVELOPERS = "For developers"


def make_application() -> typer.Typer:
    """Every command of `bulkwire`."""
    application = typer.Typer(
        name="bulkwire",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["--help", "-h"]},
        rich_markup_mode="rich",
    )
    application.callback()(bulkwire)
    application.command("import", rich_help_panel=OPERATORS)(import_campaign)
    application.command("status", rich_help_panel=OPERATORS)(status)
    for name, commands in (
        ("campaign", make_campaign_commands()),
        ("message", make_message_commands()),
        ("dead", make_dead_commands()),
        ("in-doubt", make_in_doubt_commands()),
        ("hold", make_hold_commands()),
        ("suppress", make_suppress_commands()),
        ("media", make_media_commands()),
    ):
        application.add_typer(commands, name=name, rich_help_panel=OPERATORS)
    application.command("audit", rich_help_panel=OPERATORS)(audit)
    application.command("balance", rich_help_panel=OPERATORS)(balance)
    application.command("check", rich_help_panel=OPERATORS)(check)
    application.command("health", rich_help_panel=OPERATORS)(health)
    application.command("log", rich_help_panel=OPERATORS)(log)
    application.command("read-receipt", rich_help_panel=OPERATORS)(read_receipt)
    for name, process in (("worker", worker), ("beat", beat), ("flower", flower)):
        application.command(name, context_settings=PASS_ON, rich_help_panel=PROCESSES)(process)
    application.command("simulator", rich_help_panel=DEVELOPERS)(simulator)
    application.command("chaos", rich_help_panel=DEVELOPERS)(chaos)
    application.add_typer(make_bench_commands(), name="bench", rich_help_panel=DEVELOPERS)
    lay_out_help(application)
    return application


def _show_version(wanted: bool) -> None:  # noqa: FBT001 - typer calls it so
    if wanted:
        typer.echo(f"bulkwire {version('bulkwire')}")
        raise typer.Exit


def bulkwire(
    *,
    shown: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Bulk SMS and WhatsApp through Clickatell's One API.

    Settings come from the environment and from .env in this directory: BULKWIRE_REDIS_URL and
    BULKWIRE_API_KEY to begin with; .env.example lists them all.

    Exit codes: 0 done, 1 failed, 2 bad usage or input (also a file that can't be read, or written
    to), 130 Ctrl-C.
    """


def run(arguments: Sequence[str]) -> int:
    """Runs one command line; answers its exit code."""
    try:
        make_application()(list(arguments), prog_name="bulkwire")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except click.ClickException as error:  # Celery's own, for the options passed on to it
        error.show()
        return error.exit_code
    except (BadInput, ConfigurationError) as error:
        typer.echo(f"bulkwire: {error}", err=True)
        return 2
    except QueueUnavailable as error:
        said = explained(error, load_settings(ProducerSettings).redis_url)
        typer.echo(f"bulkwire: {said}", err=True)
        return 1
    except BulkwireError as error:
        typer.echo(f"bulkwire: {error}", err=True)
        return 1
    return 0
