"""`bulkwire worker`: the processes that send and follow up."""

import os
from typing import Annotated, Literal

import typer

from bulkwire.errors import ConfigurationError
from bulkwire.settings import load_settings
from bulkwire_config.settings import WorkerSettings
from bulkwire_workers.app import make_worker_app
from bulkwire_workers.logs import log_to_stderr

__all__ = ["worker"]

UPKEEP_CHILDREN = 1
LogLevel = Annotated[
    Literal["debug", "info", "warning", "error"],
    typer.Option(case_sensitive=False, help="What to log, and what is worse."),
]


def worker(
    context: typer.Context,
    senders: Annotated[
        int, typer.Option(min=1, max=64, help="Processes that send; one more does upkeep.")
    ] = max(1, min(4, os.cpu_count() or 1)),
    loglevel: LogLevel = "info",
) -> None:
    """Send what is queued, follow up what was sent. Runs in the foreground until Ctrl-C or SIGTERM.

    Needs BULKWIRE_REDIS_URL and BULKWIRE_API_KEY (or BULKWIRE_API_KEYS). Further options go to
    `celery worker`.

    \b
    Examples:
      bulkwire worker
      bulkwire worker --senders 4 --loglevel warning
      bulkwire worker --hostname sms@%h
    """
    settings = load_settings(WorkerSettings)
    if not settings.keys:
        raise ConfigurationError(
            "BULKWIRE_API_KEY is missing: set it in the environment or in .env"
        )
    log_to_stderr(loglevel)
    app = make_worker_app(settings, senders=senders)
    app.worker_main(
        [
            "worker",
            "--pool=prefork",
            f"--concurrency={senders + UPKEEP_CHILDREN}",
            "--prefetch-multiplier=1",
            "-Ofair",
            "--without-mingle",
            "--without-gossip",
            f"--loglevel={'WARNING' if loglevel == 'info' else loglevel.upper()}",
            *context.args,
        ]
    )
