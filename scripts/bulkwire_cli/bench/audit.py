"""`bulkwire bench audit`: how long does the proof take that nothing was lost?"""

import time
from dataclasses import dataclass
from typing import Annotated, Any, Final

import redis
import typer

from bulkwire.store.keys import Keys
from bulkwire.store.runner import Store
from bulkwire_cli.auditing.audit import audit_account
from bulkwire_cli.bench.filling import fill, sms
from bulkwire_cli.bench.progress import progress_bar
from bulkwire_cli.options import JsonOption
from bulkwire_cli.output import print_json, print_table
from bulkwire_cli.private_server import start_private_server
from bulkwire_cli.testbed.signals import stoppable

__all__ = ["bench_audit"]

CAMPAIGNS: Final = 10
REPLY_TIMEOUT_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class AuditMeasured:
    """What the audit of a full store took."""

    messages: int
    seconds: float
    ok: bool
    bytes_a_message: float
    """Of the server's data, keys and indexes included."""

    @property
    def messages_a_second(self) -> float:
        return self.messages / self.seconds


def bench_audit(
    messages: Annotated[
        int, typer.Option(min=1_000, max=10_000_000, help="Messages in the store.")
    ] = 1_000_000,
    within: Annotated[
        float, typer.Option(min=0.1, help="Fail where the audit takes more seconds.")
    ] = 60.0,
    *,
    json: JsonOption = False,
) -> None:
    """Measure the audit of a store with a million queued messages.

    Starts a private server, fills it through the script that applications use (that takes longer
    than the audit), and audits it as `bulkwire audit` does.

    Exit codes: 0 the audit is true and took no longer than --within; 1 otherwise.

    \b
    Examples:
      bulkwire bench audit
      bulkwire bench audit --messages 100000 --within 10 --json
    """
    with stoppable():
        measured = _measure(messages)
    if json:
        print_json(
            {
                "messages": measured.messages,
                "seconds": round(measured.seconds, 2),
                "messages_a_second": round(measured.messages_a_second),
                "bytes_a_message": round(measured.bytes_a_message),
                "audit": measured.ok,
            }
        )
    else:
        _show(measured)
    raise typer.Exit(0 if measured.ok and measured.seconds <= within else 1)


def _measure(messages: int) -> AuditMeasured:
    keys = Keys("default")
    filled = 0
    with (
        start_private_server() as server,
        Store(server.url, reply_timeout_s=REPLY_TIMEOUT_S) as store,
    ):
        with progress_bar("filling", messages) as show:

            def more(count: int) -> None:
                nonlocal filled
                filled += count
                show(filled, None)

            fill(store, keys, sms(range(messages), campaigns=CAMPAIGNS), more)
        with redis.Redis.from_url(server.url) as client:
            memory: Any = client.info("memory")
        with progress_bar("auditing") as show:
            began = time.monotonic()
            audit = audit_account(store, keys, show)
            seconds = time.monotonic() - began
        ok = audit.ok and audit.found.account["total"] == messages
        return AuditMeasured(messages, seconds, ok, memory["used_memory_dataset"] / messages)


def _show(measured: AuditMeasured) -> None:
    print_table(
        "what",
        "measured",
        rows=[
            ("messages", measured.messages),
            ("audit", "true" if measured.ok else "BROKEN"),
            ("seconds", f"{measured.seconds:.1f}"),
            ("messages a second", round(measured.messages_a_second)),
            ("server memory a message, bytes", round(measured.bytes_a_message)),
        ],
    )
