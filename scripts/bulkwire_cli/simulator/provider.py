"""The provider itself: decides every answer, at once and without I/O."""

import time
import uuid
from collections import deque
from collections.abc import Callable
from itertools import count
from typing import Any, Final

import orjson

from bulkwire_cli.simulator.accounts import Accounts
from bulkwire_cli.simulator.answers import OK, Answer, Kind, parse_answer
from bulkwire_cli.simulator.bucket import TokenBucket
from bulkwire_cli.simulator.contract import corrected_contract
from bulkwire_cli.simulator.draws import by_rates, stream, uniform
from bulkwire_cli.simulator.intake import Batch, Intake
from bulkwire_cli.simulator.ledger import Ledger
from bulkwire_cli.simulator.media import MediaStore
from bulkwire_cli.simulator.reply import SEND, Reply, refusal
from bulkwire_cli.simulator.request_log import RequestLog
from bulkwire_cli.simulator.rulebook import RuleBook
from bulkwire_cli.simulator.scenario import Scenario
from bulkwire_cli.simulator.validation import Checked, SendValidator

__all__ = ["Provider", "now_ms"]

UNAUTHORIZED: Final = Answer(Kind.CODE, 1)
BALANCE_USED_UP: Final = Answer(Kind.BARE, 402)


def now_ms() -> int:
    """Milliseconds since the epoch."""
    return time.time_ns() // 1_000_000


class Provider:
    """All state of one simulator."""

    def __init__(self, scenario: Scenario, clock: Callable[[], int] = now_ms) -> None:
        self.clock = clock
        self._validator = SendValidator(corrected_contract(), self._file_exists)
        self.reset(scenario)

    def reset(self, scenario: Scenario | None = None) -> None:
        """Forget everything and begin the scenario anew."""
        # Ids of different runs never collide, as a client may outlive the simulator.
        self._run = uuid.uuid4().hex[:16]
        self._numbers = count(1)
        self.started_at = self.clock()
        self.ledger = Ledger()
        self.log = RequestLog()
        self.media = MediaStore()
        self.follow(scenario or self.scenario)

    def follow(self, scenario: Scenario) -> None:
        """Behave like this from now on; what was taken in stays, and keeps its course."""
        self.scenario = scenario
        self.accounts = Accounts(scenario.account)
        self.rules = RuleBook(scenario.rules)
        self._random = stream(scenario.seed, "requests")
        self._first = deque(parse_answer(name) for name in scenario.first_requests)
        self._answers = {
            "send": by_rates({parse_answer(k): v for k, v in scenario.requests.items()}),
            "status": by_rates({parse_answer(k): v for k, v in scenario.statuses.requests.items()}),
        }
        self._other = by_rates({parse_answer(k): v for k, v in scenario.other_requests.items()})
        self._bucket = _bucket(scenario)
        self._limited = parse_answer(scenario.limit_answer)
        self._intake = Intake(
            scenario,
            rules=self.rules,
            accounts=self.accounts,
            ledger=self.ledger,
            new_id=self.new_id,
        )

    def account(self, key: str | None) -> str | None:
        """The account of an `Authorization` header; None: not let in."""
        return self.accounts.name(key)

    def delay_ms(self, answer: Answer) -> float:
        """How long to wait before the answer leaves."""
        delay = uniform(self._random, self.scenario.latency_ms)
        if answer.kind is Kind.SLOW:
            delay += uniform(self._random, self.scenario.slow_ms)
        return delay

    def draw(self, operation: str) -> Answer:
        """An answer by the rates of an operation: send, status, or any other."""
        return self._answers.get(operation, self._other).pick(self._random) or OK

    def new_id(self) -> str:
        """An id nobody had before."""
        return f"{self._run}{next(self._numbers):016x}"

    def send(self, body: bytes, account: str) -> Reply:
        """`POST /v1/message`."""
        checked = self._validator.check(body)
        size = len(checked.messages)
        if checked.refused:
            return refusal(Answer(Kind.CODE, checked.refused), SEND, messages=size)
        answer = self._answer_to(checked.messages)
        if not answer.takes_messages:
            return refusal(answer, SEND, messages=size)
        if self.scenario.account.exhausted == "request" and not self.accounts.can_pay(size):
            return refusal(BALANCE_USED_UP, messages=size)
        return self._taken(checked, answer, account)

    def status(self, api_id: str) -> Reply:
        """`GET /v1/message/{id}`."""
        now = self.clock()
        record = self.ledger.records.get(api_id)
        if record is None:
            # Nobody's message: no channel to put the answer under, and the time of the request.
            body: dict[str, Any] = {"status": "UNKNOWN", "timestamp": now}
            return Reply(self.draw("status"), body=orjson.dumps(body))
        rule = self.rules.take("status_answer", record.to, record.channel)
        answer = parse_answer(rule.status_answer) if rule and rule.status_answer else None
        answer = answer or self.draw("status")
        if now - record.accepted_at < record.course.hidden_until:
            answer = Answer(Kind.BARE, 404)
        if not answer.takes_messages:
            return refusal(answer)
        name, since = record.status(now)
        body = {record.channel: {"status": name, "timestamp": since}}
        if self._random.random() < self.scenario.statuses.both_channels:
            other = "sms" if record.channel == "whatsapp" else "whatsapp"
            body[other] = {"status": "UNKNOWN", "timestamp": now}
        return Reply(answer, body=orjson.dumps(body))

    def _answer_to(self, messages: list[dict[str, Any]]) -> Answer:
        """By rule, else by the script of the first requests, else by limit, else by rate."""
        if not self.rules.empty:
            for message in messages:
                rule = self.rules.take(
                    "answer", message.get("to", ""), message.get("channel", "sms")
                )
                if rule and rule.answer:
                    return parse_answer(rule.answer)
        if self._first:
            return self._first.popleft()
        if self._bucket and not self._bucket.take(len(messages), time.monotonic()):
            return self._limited
        return self.draw("send")

    def _taken(self, checked: Checked, answer: Answer, account: str) -> Reply:
        batch = self._intake.take(checked.messages, checked.faults, account, self.clock())
        self.log.accepted += batch.accepted
        self.log.rejected.update(batch.rejected)
        return Reply(
            answer,
            self._http_status(batch),
            orjson.dumps({"messages": batch.results}),
            records=tuple(batch.told),
            messages=len(checked.messages),
        )

    def _http_status(self, batch: Batch) -> int:
        if not batch.rejected:
            return 202
        return 207 if batch.accepted else self.scenario.messages.all_rejected_status

    def _file_exists(self, file_id: str, to: str) -> bool:
        return self.media.may_go_to(file_id, to, self.clock())


def _bucket(scenario: Scenario) -> TokenBucket | None:
    rate = scenario.limit_per_second
    if rate is None:
        return None
    return TokenBucket(rate, scenario.limit_burst or max(rate, 100.0), time.monotonic())
