"""Runs commands against the store and the model side by side, and compares after each."""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from redis import Redis

from bulkwire.errors import QueueFull
from bulkwire.states import Channel
from bulkwire.store.keys import Keys
from bulkwire.store.runner import Store
from bulkwire.store.sending import Batch, Waiting
from support.model.commands import LONG_MS, Command, Commands
from support.model.observing import differences, look_at, portrait
from support.model.table import forbidden_batch, forbidden_moves
from support.model.values import Model, Round, Step, When
from support.store_copy import StoreCopy
from support.store_rules import broken_rules
from support.store_world import World

__all__ = ["Driver"]


class Driver:
    """An account on an empty database, and the model of it."""

    def __init__(self, url: str) -> None:
        redis = Redis.from_url(url)
        redis.flushdb()
        self.world = World(Keys("acme"), Store(url), redis)
        self.world.introduce()
        self.commands = Commands(self.world.keys)
        self.model = Model()
        self.copy = StoreCopy.of(redis), self.model
        self.ran: Counter[str] = Counter()
        """Steps by what they were."""

    def run(self, command: Command, *, reply_lost: bool = False) -> Any:
        """Runs a command, twice where its reply is lost; the answer that its caller gets."""
        self.ran["commands"] += 1
        self.ran[f"{command.name} script"] += 1
        answer = self._run_once(command)
        if not reply_lost:
            return answer
        self.ran["replies lost"] += 1
        before, told = self.model, answer
        answer = self._run_once(command)
        if told == Waiting(0):  # a claim that looked at one list only, and at the next one now
            return answer
        if not command.does_more:
            changes = differences(replace(self.model, tick=before.tick), before, "store")
            assert changes == [], f"run again, it changes something: {changes}"
        if not command.tells_its_run and not isinstance(told, Waiting):
            again = differences(command.certain(answer), command.certain(told), "answer")
            assert again == [], f"run again, it answers otherwise: {again}"
        return answer

    def _run_once(self, command: Command) -> Any:
        model = replace(self.model, tick=self.model.tick + 1)
        steps = command.expect(model)
        try:
            answer = self.world.run(command.call)
            certain = command.certain(answer)
        except QueueFull:
            answer = certain = "full"
        self._stop_the_clock()
        found = look_at(self.world.redis, self.world.keys)
        wrong = [self._wrong(step, certain, found) for step in steps]
        assert [] in wrong, wrong[0] if len(wrong) == 1 else wrong
        before, self.model = self.model, steps[wrong.index([])].model
        said_again = command.name == "reassert"
        assert forbidden_moves(before, self.model, said_again=said_again) == []
        if isinstance(answer, Batch) and answer.id not in before.batches:
            assert forbidden_batch(before, [message.id for message in answer.messages]) == []
        return answer

    def _wrong(self, step: Step, certain: Any, found: Any) -> list[str]:
        return [
            *differences(certain, step.answer, "answer"),
            *differences(found, portrait(step.model), "store"),
        ]

    def _stop_the_clock(self) -> None:
        """What follows the clock in seconds would pass while we look: trials, and rates."""
        keys = self.world.keys
        with self.world.redis.pipeline(transaction=False) as pipeline:
            pipeline.delete(*(keys.family("rate", channel) for channel in Channel))
            pipeline.time()
            pipeline.hgetall(keys.single("holds"))
            _, (seconds, micros), holds = pipeline.execute()
        now = seconds * 1000 + micros // 1000
        for field, text in holds.items():
            value = json.loads(text)
            if now < value.get("probe_at", 0) < now + LONG_MS / 2:
                self._save_hold(field.decode(), {**value, "probe_at": now + LONG_MS})

    def _save_hold(self, field: str, value: dict[str, Any]) -> None:
        self.world.redis.hset(self.world.keys.single("holds"), field, json.dumps(value))

    def happens(self, what: str, change: Callable[[Model], Model]) -> None:
        """Something that no command did was done to the store: the model follows."""
        self.ran[what] += 1
        self.model = change(self.model)
        found = look_at(self.world.redis, self.world.keys)
        assert differences(found, portrait(self.model), "store") == []

    def time_passes_for_holds(self) -> None:
        """Every hold that ends or can be tried at some time may be now."""
        for field, value in (self.world.value(self.world.keys.single("holds")) or {}).items():
            passed = {name: 1 for name in ("probe_at", "ends_at") if name in value}
            self._save_hold(field, {**value, **passed})

        def past(at: When) -> When:
            return at if at == When.NEVER else When.NOW

        self.happens(
            "holds wait no longer",
            lambda m: replace(
                m,
                holds={
                    name: replace(hold, probe=past(hold.probe), ends=past(hold.ends))
                    for name, hold in m.holds.items()
                },
            ),
        )

    def leases_were_reaped(self, when: Round) -> None:
        """Moves the time of the last round of reaping."""
        by = -LONG_MS if when == Round.LONG_AGO else LONG_MS
        self.world.redis.hset(self.world.keys.single("server"), "reaped_at", self.world.now() + by)
        self.happens(f"reaped {when.value}", lambda m: replace(m, last_round=when))

    def another_server_takes_over(self) -> None:
        """One that forgot nothing."""
        self.world.redis.hset(self.world.keys.single("server"), "run_id", "the server before")
        self.happens("another server", lambda m: replace(m, server_changed=True))

    def remember(self) -> None:
        """Takes a copy to be rolled back to."""
        self.copy = StoreCopy.of(self.world.redis), self.model

    def roll_back(self) -> None:
        """Another server takes over, and has forgotten all since the copy was taken."""
        copy, model = self.copy
        copy.put_back(self.world.keys.single("server"))
        tick = self.model.tick
        self.happens("rolled back", lambda _: replace(model, tick=tick, server_changed=True))

    def audit(self) -> None:
        """What must hold of any store holds of this one."""
        self.ran["audits"] += 1
        assert broken_rules(self.world) == []

    def close(self) -> None:
        """Ends its connections."""
        self.world.store.close()
        self.world.redis.close()
