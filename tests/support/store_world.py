"""The message store of one account as tests see it: all it holds, and what a call changes."""

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from redis import Redis

from bulkwire.outcomes import Accepted, Outcome, Unanswered
from bulkwire.states import Category, Channel, Priority, State
from bulkwire.store.call import Call
from bulkwire.store.enqueueing import Enqueued, NewRecord, enqueue
from bulkwire.store.keys import Keys
from bulkwire.store.runner import Store
from bulkwire.store.sending import Batch, ClaimTerms, Waiting, claim, depart, settle
from bulkwire.store.status_updates import StatusKind, StatusUpdate, write_status_updates
from bulkwire.store.steering import HoldReason, Standing, cancel, place_hold, read_standing
from support.waiting import wait_until

__all__ = ["AT_ONCE", "JUST_QUEUED", "Dump", "World", "difference", "timeless"]

T = TypeVar("T")
Dump = dict[str, Any]
AT_ONCE = ClaimTerms(linger_ms=0)
"""Claims that don't wait for a fuller batch."""
JUST_QUEUED = Standing(State.QUEUED, 1)
"""Where a message stands that nobody has claimed yet."""
_TIME = re.compile(r"\b1[6-9]\d{11}\b")
_HOUR = re.compile(r"\bh:\d{6}\b")


@dataclass(frozen=True)
class World:
    """One account on a database of its own."""

    keys: Keys
    store: Store
    redis: Redis

    def introduce(self) -> None:
        """What an account that is in use says about its server."""
        key = self.keys.single("server")
        self.redis.hset(key, "run_id", self.redis.info("server")["run_id"])
        self.redis.hset(key, "reaped_at", self.now())

    def run(self, call: Call[T]) -> T:
        """Runs one call."""
        return self.store.run(call)

    def put(
        self,
        message_id: str = "m1",
        *,
        token: str = "",
        to: str = "27820000001",
        campaign: str | None = None,
        priority: Priority = Priority.NORMAL,
        channel: Channel = Channel.SMS,
        payload: str = '{"content":"Hi"}',
        quota: int = 0,
        **more: Any,
    ) -> Enqueued:
        """Enqueues one message."""
        record = NewRecord(message_id, payload, to, channel, priority, campaign, "print", **more)
        return self.run(enqueue(self.keys, record, token=token or message_id, quota=quota))

    def take(self, batch: str = "b1", terms: ClaimTerms = AT_ONCE, **more: Any) -> Batch:
        """Claims a batch that must be there."""
        answer = self.run(claim(self.keys, batch, terms=terms, **more))
        assert isinstance(answer, Batch), answer
        return answer

    def ask(self, batch: str = "b?", terms: ClaimTerms = AT_ONCE, **more: Any) -> Waiting:
        """Claims where there is nothing to claim."""
        answer = self.run(claim(self.keys, batch, terms=terms, **more))
        assert isinstance(answer, Waiting), answer
        return answer

    def depart(self, batch: str = "b1", attempt: int = 1, *part: str) -> str:
        """Departs, with the whole batch or a part of it; answers the verdict."""
        call = depart(self.keys, batch, attempt, lease_ms=15_000, part=part)
        return self.run(call).verdict

    def settle(
        self, outcomes: Mapping[str, Outcome], batch: str = "b1", attempt: int = 1
    ) -> dict[str, State | None]:
        """Settles messages of a batch."""
        return self.run(settle(self.keys, batch, attempt, outcomes, first_check_ms=5_000))

    def tell(
        self,
        kind: StatusKind,
        message_id: str = "m1",
        *,
        api_id: str = "api1",
        status: str = "",
        **more: Any,
    ) -> State | None:
        """Writes one status update."""
        if kind == StatusKind.DEAD:
            more = {"reason": "DELIVERY_FAILURE", "category": Category.UNDELIVERED, **more}
        update = StatusUpdate(message_id, api_id, kind, status or kind.upper(), **more)
        return self.run(write_status_updates(self.keys, [update]))[0]

    def bring(self, state: State) -> None:
        """Enqueues `m1` and takes it to `state`, through batch `b1` and attempt `api1`."""
        if state == State.SUPPRESSED:
            self.redis.sadd(self.keys.single("suppressed"), "sms:27820000001")
        self.put(send_at_ms=self.now() + 3_600_000 if state == State.SCHEDULED else None)
        if state == State.CANCELLED:
            self.run(self.cancelling())
        if state in {State.SCHEDULED, State.QUEUED, State.SUPPRESSED, State.CANCELLED}:
            return
        self.take()
        if state == State.SENDING:
            return
        self.depart()
        outcome = Unanswered("timeout") if state == State.IN_DOUBT else Accepted("api1")
        self.settle({"m1": outcome})
        if state not in {State.IN_DOUBT, State.ACCEPTED}:
            self.tell(StatusKind(state))

    def hold(self, reason: HoldReason, **more: Any) -> bool:
        """Somebody decides now on a hold; True where it is new."""
        about = {"comes_from": self.now(), "why": "test", "by": "me", **more}
        return self.run(place_hold(self.keys, reason, **about))

    def cancelling(self, message_id: str = "m1") -> Call[Standing | None]:
        """Cancels a message where it stands now; of one that is unknown, where it might."""
        seen = self.run(read_standing(self.keys, message_id))
        return cancel(self.keys, message_id, seen or JUST_QUEUED)

    def now(self) -> int:
        """The server's clock, in milliseconds."""
        clock: tuple[int, int] = self.redis.time()
        return clock[0] * 1000 + clock[1] // 1000

    def begin_a_second(self) -> None:
        """Waits until most of a second of the server's clock lies ahead: rates count by seconds."""
        wait_until(lambda: self.now() % 1000 < 200)

    def forget_rate(self) -> None:
        """Lets a channel claim that was just slowed down: its rate begins without tokens."""
        self.redis.delete(self.keys.family("rate", "sms"))

    def lapse(self, *batches: str) -> None:
        """Lets leases lapse without waiting."""
        for batch in batches:
            self.redis.zadd(self.keys.single("leases"), {batch: 1}, xx=True)

    def make_due(self, message_id: str, priority: Priority = Priority.NORMAL) -> None:
        """Lets a due time pass without waiting."""
        self.redis.zadd(self.keys.family("due", priority), {message_id: 1}, xx=True)

    def state(self, message_id: str = "m1") -> str | None:
        """The state of one message."""
        return self.record(message_id).get("state")

    def record(self, message_id: str = "m1") -> dict[str, str]:
        """The fields of one message."""
        return self.value(self.keys.message(message_id)) or {}

    def ready(
        self, campaign: str = "", priority: str = "normal", channel: str = "sms"
    ) -> list[str]:
        """Ids of one ready list."""
        return self.value(self.keys.family("ready", priority, channel, campaign)) or []

    def counts(self, campaign: str | None = None) -> dict[str, int]:
        """Messages per state that are not zero, and the total."""
        if campaign is None:
            found = self.value(self.keys.single("counts")) or {}
        else:
            fields = self.value(self.keys.campaign(campaign)) or {}
            found = {n.removeprefix("count:"): v for n, v in fields.items() if "count:" in n}
        return {name: int(n) for name, n in found.items() if int(n)}

    def value(self, key: str) -> Any:
        """What one key holds; None where it doesn't exist."""
        match _text(self.redis.type(key)):
            case "hash":
                return {_text(n): _field(_text(v)) for n, v in self.redis.hgetall(key).items()}
            case "zset":
                pairs: Any = self.redis.zrange(key, 0, -1, withscores=True)
                return {_text(name): score for name, score in pairs}
            case "list":
                return [_text(item) for item in self.redis.lrange(key, 0, -1)]
            case "set":
                return {_text(item) for item in self.redis.smembers(key)}
            case "string":
                return _text(self.redis.get(key))
        return None

    def dump(self) -> Dump:
        """Every key of the database with all it holds."""
        return {_text(key): self.value(_text(key)) for key in self.redis.scan_iter(count=1000)}

    def changes(
        self, call: Call[T], *, moving: Collection[str] = (), answer_differs: bool = False
    ) -> tuple[T, Dump]:
        """Runs `call` twice: the answer, and all that the first run changed, times as `T`.

        The second run must change nothing and answer the same. `moving` names keys whose scores
        follow the clock. What was removed shows as None.
        """
        before = self.dump()
        answer = self.run(call)
        after = self.dump()
        again = self.run(call)
        repeated = self.dump()
        assert answer_differs or again == answer, "run again, it answers something else"
        for key in moving:
            for dump in (after, repeated):
                dump[self.keys.prefix + key] = timeless(dump.get(self.keys.prefix + key))
        assert repeated == after, "run again, it changes something"
        return answer, difference(self._short(before), self._short(after))

    def _short(self, dump: Dump) -> Dump:
        return {
            timeless(key.removeprefix(self.keys.prefix)): timeless(value)
            for key, value in dump.items()
        }


def timeless(value: Any) -> Any:
    """The same with `T` for every point in time, and `h:H` for the roll of the hour."""
    match value:
        case dict():
            return {timeless(name): timeless(inner) for name, inner in value.items()}
        case list():
            return [timeless(inner) for inner in value]
        case float() | int():
            return "T" if value > 1e12 else value
        case str():
            return _HOUR.sub("h:H", _TIME.sub("T", value))
    return value


def difference(before: Dump, after: Dump) -> Dump:
    """What changed, key by key, and field by field inside hashes and sorted sets."""
    changed: Dump = {}
    for key in before.keys() | after.keys():
        old, new = before.get(key), after.get(key)
        if old == new:
            continue
        if isinstance(new, dict) and isinstance(old, dict):
            changed[key] = {
                name: new.get(name) for name in old.keys() | new if old.get(name) != new.get(name)
            }
        else:
            changed[key] = new
    return changed


def _field(value: str) -> Any:
    """A hold is JSON, whose fields have no order; what else stands in hashes is text."""
    return json.loads(value) if value.startswith('{"') and '"since":' in value else value


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
