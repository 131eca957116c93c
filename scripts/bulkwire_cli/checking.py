"""What `bulkwire check` tries out: the store, the broker, the provider."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from kombu.utils.url import maybe_sanitize_url

from bulkwire.errors import StoreError
from bulkwire.store.bookkeeping import upkeep_runs
from bulkwire.store.call import Call, Reply, command
from bulkwire.store.runner import Store
from bulkwire.waking import Waker
from bulkwire_cli.balances import AccountBalance, ask_balances
from bulkwire_cli.findings import Finding, Result, judge_server
from bulkwire_cli.private_server.commands import NEEDED_COMMANDS
from bulkwire_cli.session import server_address
from bulkwire_config.settings import WorkerSettings

__all__ = ["check_everything"]


def check_everything(settings: WorkerSettings) -> Iterator[Finding]:
    """One finding after the other, as they are found out."""
    yield from _store(settings)
    yield _broker(settings)
    yield from _provider(settings)


def _store(settings: WorkerSettings) -> Iterator[Finding]:
    where = server_address(settings.redis_url)
    with Store(settings.redis_url) as store:
        try:
            info = store.run(_read_info())
            missing = store.run(_read_missing_commands())
            seen = store.run(upkeep_runs())
        except StoreError as error:
            remedy = "start it, or put BULKWIRE_REDIS_URL right"
            yield Finding("store", Result.FAIL, f"{where}: {error}", remedy)
            return
    yield Finding("store", Result.OK, f"answers at {where}")
    yield from judge_server(info, missing)
    if seen:
        yield Finding("workers", Result.OK, "seen")
    else:
        remedy = "start `bulkwire worker` where it should run"
        yield Finding("workers", Result.WARN, "none seen in the last seconds", remedy)


def _read_info() -> Call[dict[str, object]]:
    return command("INFO", read=dict)


def _read_missing_commands() -> Call[list[str]]:
    def read(answer: Reply) -> list[str]:
        known = answer.values() if isinstance(answer, dict) else answer
        return [n for n, found in zip(NEEDED_COMMANDS, known, strict=True) if not found]

    return command("COMMAND", "INFO", *NEEDED_COMMANDS, read=read)


def _broker(settings: WorkerSettings) -> Finding:
    where = maybe_sanitize_url(settings.broker_url)  # without its password
    remedy = "start it, or put BULKWIRE_BROKER_URL right; until then workers wake themselves"
    waker = Waker(settings.broker_url)
    try:
        woken = waker.wake()
    finally:
        waker.close()
    if woken:
        return Finding("broker", Result.OK, f"takes wake-ups at {where}")
    return Finding("broker", Result.FAIL, f"{where} cannot be reached", remedy)


def _provider(settings: WorkerSettings) -> Iterator[Finding]:
    if not settings.keys:
        remedy = "set BULKWIRE_API_KEY where workers run"
        yield Finding("provider", Result.WARN, "no API key here, so nobody was asked", remedy)
        return
    for answer in ask_balances(settings.api_url, settings.keys):
        yield _provider_finding(settings.api_url, answer)


def _provider_finding(api_url: str, answer: AccountBalance) -> Finding:
    name = f"provider, account {answer.account}"
    if answer.problem:
        problem, _, remedy = answer.problem.partition(": ")
        _, _, host = urlsplit(api_url).netloc.rpartition("@")  # a login may stand before it
        return Finding(name, Result.FAIL, f"{host}: {problem}", remedy)
    left = f"{answer.amount} {answer.currency or ''}".strip()
    if answer.amount is not None and answer.amount <= 0:
        return Finding(name, Result.WARN, f"balance {left}", "top it up, or messages are refused")
    return Finding(name, Result.OK, f"balance {left}")
