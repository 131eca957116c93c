"""Take the messages of one request in: accept, reject and answer each of them."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final, Literal

from bulkwire_cli.simulator.accounts import Accounts
from bulkwire_cli.simulator.courses import CoursePlanner
from bulkwire_cli.simulator.draws import Draw, by_rates, stream
from bulkwire_cli.simulator.ledger import Ledger, Record
from bulkwire_cli.simulator.reply import error
from bulkwire_cli.simulator.rulebook import RuleBook
from bulkwire_cli.simulator.scenario import Scenario

__all__ = ["Batch", "Intake"]

BALANCE_USED_UP: Final = 20
Message = dict[str, Any]


class Batch:
    """What became of the messages of one request."""

    __slots__ = ("accepted", "rejected", "results", "told")

    def __init__(self) -> None:
        self.results: list[dict[str, Any]] = []
        self.told: list[Record] = []
        """Accepted messages that `results` names."""
        self.accepted = 0
        self.rejected: Counter[int] = Counter()


class Intake:
    """Decides message by message, as the scenario asks."""

    __slots__ = (
        "_accounts",
        "_codes",
        "_ledger",
        "_missing",
        "_new_id",
        "_no_client_id",
        "_planner",
        "_random",
        "_rules",
        "_shuffled",
    )

    def __init__(
        self,
        scenario: Scenario,
        *,
        rules: RuleBook,
        accounts: Accounts,
        ledger: Ledger,
        new_id: Callable[[], str],
    ) -> None:
        faults = scenario.messages
        self._random = stream(scenario.seed, "messages")
        self._planner = CoursePlanner(scenario.statuses, stream(scenario.seed, "courses"))
        self._codes = by_rates(faults.codes)
        self._missing = by_rates({True: faults.missing})
        self._no_client_id = by_rates({True: faults.no_client_id})
        self._shuffled = by_rates({True: faults.shuffled})
        self._rules = rules
        self._accounts = accounts
        self._ledger = ledger
        self._new_id = new_id

    def take(
        self, messages: list[Message], faults: dict[int, int] | None, account: str, now_ms: int
    ) -> Batch:
        """Accept or reject each message. `faults`: position → code of those that are not valid."""
        batch = Batch()
        for at, message in enumerate(messages):
            code = (faults.get(at) if faults else None) or self._refuses(message)
            if code:
                batch.rejected[code] += 1
                batch.results.append(_rejected(message, code))
            else:
                self._accept(batch, message, account, now_ms)
        if self._shuffled.possible and self._shuffled.pick(self._random):
            self._random.shuffle(batch.results)
        return batch

    def _refuses(self, message: Message) -> int | None:
        """A code from the rules, the rates or the balance."""
        if not self._rules.empty:
            rule = self._rules.take("code", message["to"], message.get("channel", "sms"))
            if rule is not None:
                return rule.code
        if self._codes.possible:
            code = self._codes.pick(self._random)
            if code:
                return code
        if self._accounts.balance is None or self._accounts.settings.exhausted != "message":
            return None
        return None if self._accounts.can_pay(1) else BALANCE_USED_UP

    def _accept(self, batch: Batch, message: Message, account: str, now_ms: int) -> None:
        to, channel = message["to"], message.get("channel", "sms")
        final: str | None = None
        if not self._accounts.pay():
            final = "INSUFFICIENT_ACCOUNT_BALANCE"
        elif not self._rules.empty and (rule := self._rules.take("status", to, channel)):
            final = rule.status
        due = message.get("scheduledDeliveryTime")
        starts = _ms_until(due, now_ms) if due else 0.0
        client_id = message.get("clientMessageId")
        record = Record(
            api_id=self._new_id(),
            client_id=client_id,
            to=to,
            channel=channel,
            content=message.get("content"),
            file_id=message.get("media", {}).get("fileId"),
            accepted_at=now_ms,
            course=self._planner.plan(final, starts),
            account=account,
        )
        self._ledger.add(record)
        batch.accepted += 1
        if self._is("missing", self._missing, to, channel):
            return
        result = {"apiMessageId": record.api_id, "accepted": True, "to": to}
        if client_id is not None and not self._is("no_client_id", self._no_client_id, to, channel):
            result["clientMessageId"] = client_id
        result["error"] = None
        batch.results.append(result)
        batch.told.append(record)

    def _is(
        self, effect: Literal["missing", "no_client_id"], rate: Draw[bool], to: str, channel: str
    ) -> bool:
        if not self._rules.empty and self._rules.take(effect, to, channel):
            return True
        return rate.possible and bool(rate.pick(self._random))


def _rejected(message: Message, code: int) -> dict[str, Any]:
    result = {"accepted": False, "error": error(code)}
    for name in ("to", "clientMessageId"):
        if name in message:
            result[name] = message[name]
    return result


def _ms_until(due: str, now_ms: int) -> float:
    try:
        at = datetime.fromisoformat(due)
    except ValueError:
        # The schema checks the form only: 31 February gets this far, and goes out at once.
        return 0.0
    return max(0.0, at.timestamp() * 1000 - now_ms)
