"""`bulkwire beat`: wakes the workers at regular times."""

import typer

from bulkwire.settings import ProducerSettings, load_settings
from bulkwire_workers.app import make_app

__all__ = ["beat"]


def beat(context: typer.Context) -> None:
    """Wake the workers every few seconds. Runs in the foreground until Ctrl-C or SIGTERM.

    A convenience: workers also wake themselves, so nothing waits where beat is missing, and a
    second one does no harm. Writes no schedule file. Needs BULKWIRE_REDIS_URL, or
    BULKWIRE_BROKER_URL besides. Further options go to `celery beat`.

    \b
    Examples:
      bulkwire beat
      bulkwire beat --loglevel info
    """
    settings = load_settings(ProducerSettings)
    app = make_app(settings.broker_url)
    # Celery's default scheduler keeps its last runs in a file, and ours are every few seconds.
    code: int | None = app.start(["beat", "--scheduler=celery.beat:Scheduler", *context.args])
    raise typer.Exit(code or 0)
