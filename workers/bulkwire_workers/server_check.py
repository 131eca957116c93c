"""Workers start only on a server that keeps what it is given."""

import structlog

from bulkwire.errors import ConfigurationError, QueueUnavailable, StoreError
from bulkwire.store.runner import Store
from bulkwire.store.server import read_info, read_missing_commands
from bulkwire_workers.server_findings import Result, judge_server

__all__ = ["require_fit_server"]


def require_fit_server(store: Store) -> None:
    """Logs what is doubtful about the server.

    Raises:
        ConfigurationError: It loses messages, or cannot be written to.
        QueueUnavailable: It cannot be asked now.
    """
    log = structlog.get_logger("bulkwire.server")
    try:
        findings = judge_server(store.run(read_info()), store.run(read_missing_commands()))
    except QueueUnavailable:
        raise
    except StoreError as error:
        # Where INFO is forbidden to us, people have to know what they run.
        log.warning("server_not_checked", error=str(error))
        return
    unfit = [finding for finding in findings if finding.stops_workers]
    if unfit:
        lines = (f"the server of BULKWIRE_REDIS_URL: {finding}" for finding in unfit)
        raise ConfigurationError("\n".join(lines))
    for finding in findings:
        if finding.result is not Result.OK:
            log.warning("server", name=finding.name, found=finding.found, advice=finding.remedy)
