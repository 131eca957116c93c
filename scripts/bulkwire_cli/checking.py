"""What `bulkwire check` tries out: the store, the broker, the provider."""

from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from kombu.utils.url import maybe_sanitize_url

from bulkwire.errors import StoreError
from bulkwire.states import State
from bulkwire.store.keys import Keys
from bulkwire.store.record import read_accounts, read_counts
from bulkwire.store.runner import Store
from bulkwire.store.server import read_info, read_missing_commands
from bulkwire.store.upkeep import upkeep_runs
from bulkwire.waking import Waker
from bulkwire_cli.balances import AccountBalance, ask_balances
from bulkwire_cli.bulk_actions.summary import counted
from bulkwire_cli.session import server_address
from bulkwire_config.settings import WorkerSettings
from bulkwire_workers.server_findings import Finding, Result, judge_server

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
            info = store.run(read_info())
            missing = store.run(read_missing_commands())
            seen = store.run(upkeep_runs())
            waiting = _waiting(store)
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
    yield from _without_key(settings, waiting)


def _waiting(store: Store) -> dict[str, int]:
    """How many messages of each account wait."""
    accounts = store.run(read_accounts())
    found = store.run_many([read_counts(Keys(account)) for account in accounts])
    states = (State.SCHEDULED, State.QUEUED)
    return {
        account: sum(counts.get(state, 0) for state in states)
        for account, counts in zip(accounts, found, strict=True)
    }


def _without_key(settings: WorkerSettings, waiting: Mapping[str, int]) -> Iterator[Finding]:
    """Accounts that no worker with these settings sends for, although something waits."""
    for account, count in waiting.items():
        if count and account not in settings.keys:
            found = f"{counted(count, 'message waits', 'messages wait')}, and it has no key here"
            yield Finding(f"account {account}", Result.WARN, found, _key_remedy(settings, account))


def _key_remedy(settings: WorkerSettings, account: str) -> str:
    if account == settings.account:
        return "set BULKWIRE_API_KEY where workers run"
    return f'add it to BULKWIRE_API_KEYS where workers run: {{"{account}": "…"}}'


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
    left = f"{answer.amount:,} {answer.currency or ''}".strip()
    if answer.amount is not None and answer.amount <= 0:
        return Finding(name, Result.WARN, f"balance {left}", "top it up, or messages are refused")
    return Finding(name, Result.OK, f"balance {left}")
