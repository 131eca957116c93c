"""`bulkwire flower`: Flower, with a login."""

import os
import secrets
from importlib import import_module
from importlib.resources import as_file, files
from typing import Annotated

import typer
from pydantic import SecretStr

from bulkwire.settings import ProducerSettings, load_settings
from bulkwire_cli.errors import CommandFailed
from bulkwire_workers.app import make_app

__all__ = ["flower"]


class FlowerSettings(ProducerSettings):
    """What Flower needs to know: the broker, and who may look."""

    flower_user: str = "bulkwire"
    flower_password: SecretStr | None = None


def flower(
    context: typer.Context,
    address: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 5555,
) -> None:
    """Watch the workers in a browser. Runs in the foreground until Ctrl-C or SIGTERM.

    The login is BULKWIRE_FLOWER_USER and BULKWIRE_FLOWER_PASSWORD; without a password one is made
    and printed. Whoever logs in can shut workers down: for others than this machine put it behind
    a reverse proxy with TLS. Further options go to `celery flower`.

    \b
    Examples:
      bulkwire flower
      bulkwire flower --port 8888 --url-prefix=flower
    """
    settings = load_settings(FlowerSettings)
    _check_options(context.args)
    given = settings.flower_password
    password = given.get_secret_value() if given else secrets.token_urlsafe(12)
    shown = "the password that is set" if given else password
    typer.echo(f"Flower: http://{address}:{port}  login: {settings.flower_user} / {shown}")
    # Flower's configuration file reads them. On the command line every user could.
    os.environ["BULKWIRE_FLOWER_USER"] = settings.flower_user
    os.environ["BULKWIRE_FLOWER_PASSWORD"] = password
    app = make_app(settings.broker_url)
    with as_file(files("bulkwire_config") / "flowerconfig.py") as config:
        options = [f"--address={address}", f"--port={port}", f"--conf={config}"]
        try:
            code: int | None = app.start(["flower", *options, *context.args])
        except OSError as error:
            remedy = "give another --port or --address"
            problem = f"{address}:{port}: cannot listen: {error.strerror}: {remedy}"
            raise CommandFailed(problem) from None
    raise typer.Exit(code or 0)


def _check_options(given: list[str]) -> None:
    """Flower would leave out, without a word, what it does not know."""
    try:
        known = import_module("flower.command").is_flower_option
    except ModuleNotFoundError:
        raise CommandFailed("Flower is not installed: pip install 'bulkwire[flower]'") from None
    for option in given:
        if option.startswith("-") and not known(option):
            name, _, _ = option.partition("=")
            raise typer.BadParameter(f"Flower has no option {name}: see `celery flower --help`")
