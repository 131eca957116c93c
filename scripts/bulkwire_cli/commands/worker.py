"""`bulkwire worker`: the processes that send and follow up."""

import os
from typing import Annotated, Literal

import typer

from bulkwire.errors import ConfigurationError, QueueUnavailable
from bulkwire.settings import load_settings
from bulkwire.store.runner import Store
from bulkwire_config.settings import WorkerSettings
from bulkwire_workers.app import make_worker_app
from bulkwire_workers.logs import log_to_stderr
from bulkwire_workers.server_check import require_fit_server

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
    `celery worker`. Does not start on a server that evicts keys or is a replica; where there is no
    server yet, it waits for one. Ends itself with exit code 1 where it gets nowhere although there
    is something to do: run it under a supervisor that starts it anew.

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
    app = make_worker_app(settings, senders=senders, server_is_fit=_server_is_fit(settings))
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


def _server_is_fit(settings: WorkerSettings) -> bool:
    """False where that cannot be told yet. Raises ConfigurationError where it isn't."""
    with Store(settings.redis_url) as store:
        try:
            require_fit_server(store)
        except QueueUnavailable:
            return False  # the worker waits for it, and asks then
    return True
