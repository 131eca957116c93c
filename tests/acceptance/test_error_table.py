"""Every row of the provider's error table, for a whole request and for one message of many.

Each row of the first kind has an account of its own, so that no hold stands in another's way.
"""

import contextlib
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from bulkwire import StoredMessage
from bulkwire.states import Category, State
from bulkwire.store.call import command
from bulkwire.store.keys import Keys
from bulkwire_cli.private_server import PrivateServer
from bulkwire_cli.simulator.process import RunningSimulator
from support import wait_until
from support.clock import let_time_pass
from support.shop import Shop, Simulate, number
from support.worker import API_KEY, Worker, running_worker

ACCOUNT, CONTENT, RECIPIENT = Category.ACCOUNT, Category.CONTENT, Category.RECIPIENT


@dataclass(frozen=True)
class Row:
    """What becomes of each of three messages, and of their account."""

    state: State
    reason: str
    code: int | None
    category: Category | None = None
    hold: str | None = None
    suppressed: bool = False
    attempts: int = 0


def back(reason: str, code: int | None, hold: str) -> Row:
    return Row(State.QUEUED, reason, code, hold=hold)


def dead(reason: str, code: int | None, category: Category, hold: str | None = None) -> Row:
    return Row(State.DEAD, reason, code, category, hold, reason == "recipient_opted_out", 1)


def doubt(reason: str) -> Row:
    return Row(State.IN_DOUBT, reason, None)


BALANCE = "insufficient_account_balance"
WHOLE_REQUESTS = {
    "code_1": back("api_key_invalid", 1, "auth"),
    "code_2": back("account_inactive", 2, "auth"),
    "code_3": back("integration_inactive", 3, "auth"),
    "code_7": back("address_not_approved", 7, "auth"),
    "code_18": doubt("internal_error"),
    "code_20": dead(BALANCE, 20, ACCOUNT, "balance"),
    "code_21": dead("payload_malformed", 21, CONTENT),
    "code_22": dead("too_many_messages", 22, CONTENT),
    "code_26": dead("recipient_opted_out", 26, RECIPIENT),
    "code_38": back("channel_not_active", 38, "refused:sms"),
    "code_39": back("feature_not_active", 39, "refused:sms"),
    "code_41": back("no_such_resource", 41, "refused"),
    "code_42": back("method_not_supported", 42, "refused"),
    "code_44": back("from_number_suspended", 44, "refused:sms"),
    "code_45": back("from_number_not_owned", 45, "refused:sms"),
    "code_46": back("demo_expired", 46, "refused"),
    "code_110": back("us_two_way_rule", 110, "refused"),
    "code_999": back("unlisted_code", 999, "refused"),
    "bare_401": back("http_401", None, "auth"),
    "bare_402": dead(BALANCE, None, ACCOUNT, "balance"),
    "bare_403": back("http_403", None, "refused"),
    "bare_404": back("http_404", None, "refused"),
    "bare_413": back("http_413", None, "refused"),
    "bare_408": doubt("http_408"),
    "bare_500": doubt("http_500"),
    "bare_302": back("http_302", None, "refused"),
}
# Of all three messages of a request, in a 207.
EVERY_MESSAGE = {
    1: back("api_key_invalid", 1, "auth"),
    7: back("address_not_approved", 7, "auth"),
    20: dead(BALANCE, 20, ACCOUNT, "balance"),
    38: dead("channel_not_active", 38, ACCOUNT, "refused:sms"),
    44: dead("from_number_suspended", 44, ACCOUNT, "refused:sms"),
    46: dead("demo_expired", 46, ACCOUNT, "refused"),
    41: back("no_such_resource", 41, "refused"),
    110: dead("us_two_way_rule", 110, ACCOUNT),
    999: dead("unlisted_code", 999, ACCOUNT),
}
# Of one message, beside others that are accepted.
ONE_MESSAGE = {
    21: dead("payload_malformed", 21, CONTENT),
    22: dead("too_many_messages", 22, CONTENT),
    23: dead("invalid_parameter", 23, CONTENT),
    24: dead("invalid_size", 24, CONTENT),
    25: dead("invalid_recipient", 25, RECIPIENT),
    26: dead("recipient_opted_out", 26, RECIPIENT),
    27: dead("recipient_not_on_channel", 27, RECIPIENT),
    28: dead("recipient_not_in_sandbox", 28, RECIPIENT),
    30: dead("invalid_content_type", 30, CONTENT),
    31: dead("media_too_big", 31, CONTENT),
    32: dead("payload_too_big", 32, CONTENT),
    33: dead("media_not_found", 33, CONTENT),
    38: dead("channel_not_active", 38, ACCOUNT),
    39: dead("feature_not_active", 39, ACCOUNT),
    40: dead("invalid_character_set", 40, CONTENT),
    44: dead("from_number_suspended", 44, ACCOUNT),
    45: dead("from_number_not_owned", 45, ACCOUNT),
    46: dead("demo_expired", 46, ACCOUNT),
    100: dead("too_many_parts", 100, CONTENT),
    101: dead("recipient_not_two_way", 101, RECIPIENT),
    110: dead("us_two_way_rule", 110, ACCOUNT),
    111: dead("us_two_way_rule", 111, ACCOUNT),
    999: dead("unlisted_code", 999, ACCOUNT),
}
ROWS = [*WHOLE_REQUESTS.values(), *EVERY_MESSAGE.values()]
ACCOUNTS = [f"row-{n}" for n in range(len(ROWS))]


def of(n: int) -> range:
    """The three recipients of the n-th row."""
    return range(n * 10, n * 10 + 3)


def seen(shop: Shop, numbers: range) -> set[Row]:
    """What became of these messages, in the words of the table."""
    (hold,) = shop.holds() or [None]
    return {
        Row(m.state, m.reason or "", m.code, m.category, hold, opted_out(shop, m), m.attempts)
        for m in shop.messages(numbers)
    }


def opted_out(shop: Shop, message: StoredMessage) -> bool:
    member = f"{message.channel}:{message.recipient}"
    return shop.store.run(command("SISMEMBER", shop.keys.single("suppressed"), member, read=bool))


@pytest.fixture(scope="module")
def worker(
    server: PrivateServer, simulator: RunningSimulator, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Worker]:
    """One worker for all accounts; few connections for each, as there are so many."""
    keys = {account: f"{API_KEY}-{account}" for account in [*ACCOUNTS, "default"]}
    with running_worker(
        server.url,
        simulator.url,
        tmp_path_factory.mktemp("worker"),
        REQUESTS="8",
        CHECKS="2",
        API_KEYS=json.dumps(keys),
    ) as running:
        yield running


def test_each_row_of_the_table_decides_a_whole_request_as_it_says(
    simulate: Simulate, shop: Shop, worker: Worker
) -> None:
    effects: list[dict[str, Any]] = [{"answer": answer} for answer in WHOLE_REQUESTS]
    effects += [{"code": code} for code in EVERY_MESSAGE]
    rules = [{"prefix": number(n * 10)[:-1], **effect} for n, effect in enumerate(effects)]
    provider = simulate(rules=rules, messages={"all_rejected_status": 207})
    accounts = [replace(shop, keys=Keys(account)) for account in ACCOUNTS]

    for n, account in enumerate(accounts):
        account.enqueue(of(n), account=account.keys.account)

    def differences() -> dict[str, set[Row]]:
        found = [seen(account, of(n)) for n, account in enumerate(accounts)]
        return {str(effects[n]): found[n] for n, row in enumerate(ROWS) if found[n] != {row}}

    with contextlib.suppress(AssertionError):
        wait_until(lambda: not differences(), 60)
    assert differences() == {}
    assert list(provider.ledger()) == []
    for account in accounts:
        account.assert_conserved(3)


def test_each_row_of_the_table_decides_one_message_and_spares_its_neighbours(
    simulate: Simulate, shop: Shop, worker: Worker
) -> None:
    provider = simulate(
        rules=[{"to": number(n), "code": code} for n, code in enumerate(ONE_MESSAGE)]
    )
    total = len(ONE_MESSAGE) + 40

    shop.enqueue(range(total), campaign="spring")
    shop.wait_for(dead=len(ONE_MESSAGE), delivered=40)

    assert {n: seen(shop, range(n, n + 1)) for n in range(len(ONE_MESSAGE))} == {
        n: {row} for n, row in enumerate(ONE_MESSAGE.values())
    }
    assert shop.holds() == {}
    received = Counter(entry.to for entry in provider.ledger())
    assert received == Counter(number(n) for n in range(len(ONE_MESSAGE), total))
    shop.assert_conserved(total)


@pytest.mark.parametrize(("code", "attempts"), [(18, 2), (19, 2), (43, 1)])
def test_one_message_that_may_go_later_goes_later(
    simulate: Simulate, shop: Shop, worker: Worker, code: int, attempts: int
) -> None:
    provider = simulate(rules=[{"to": number(1), "code": code, "times": 1}])

    shop.enqueue(range(20))
    shop.wait_for(delivered=19)
    let_time_pass(shop, lambda: shop.counts().get("delivered") == 20)

    assert shop.message(1).attempts == attempts
    assert shop.holds() == {}
    assert provider.summary().recipients.received_more_than_one == 0


def test_one_message_that_never_goes_is_dead_with_its_last_reason(
    simulate: Simulate, shop: Shop, worker: Worker
) -> None:
    simulate(rules=[{"to": number(1), "code": 18}])

    shop.enqueue(range(20))
    let_time_pass(shop, lambda: shop.counts().get("dead") == 1)

    message = shop.message(1)
    assert (message.reason, message.code) == ("internal_error", 18)
    assert (message.category, message.attempts) == (Category.EXHAUSTED, 5)
