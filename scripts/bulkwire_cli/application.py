"""The command line put together, and how its errors are told."""

from collections.abc import Sequence

import click
import typer

from bulkwire.errors import BulkwireError, ConfigurationError
from bulkwire_cli.commands.import_campaign import import_campaign
from bulkwire_cli.commands.simulator import simulator
from bulkwire_cli.commands.worker import worker

__all__ = ["make_application", "run"]

PASS_ON = {"allow_extra_args": True, "ignore_unknown_options": True}
"""For commands that hand further options to Celery or Flower."""


def make_application() -> typer.Typer:
    """Every command of `bulkwire`."""
    application = typer.Typer(
        name="bulkwire",
        help="Bulk SMS and WhatsApp through Clickatell's One API.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    application.command("worker", context_settings=PASS_ON)(worker)
    application.command("import")(import_campaign)
    application.command("simulator")(simulator)
    return application


def run(arguments: Sequence[str]) -> int:
    """Runs one command line; answers its exit code."""
    try:
        code = make_application()(list(arguments), prog_name="bulkwire", standalone_mode=False)
    except click.exceptions.Abort:
        return 130
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except ConfigurationError as error:
        typer.echo(f"bulkwire: {error}", err=True)
        return 2
    except BulkwireError as error:
        typer.echo(f"bulkwire: {error}", err=True)
        return 1
    return code if isinstance(code, int) else 0
