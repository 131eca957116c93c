"""The scripted part of a scenario: what happens to which recipient, how many times."""

from collections.abc import Iterable
from typing import Final, Literal

from bulkwire_cli.simulator.scenario import Rule

__all__ = ["Effect", "RuleBook"]

Effect = Literal["code", "status", "answer", "status_answer", "missing", "no_client_id"]
_EFFECTS: Final[tuple[Effect, ...]] = (
    "code",
    "status",
    "answer",
    "status_answer",
    "missing",
    "no_client_id",
)


class _Live:
    """A rule and how often it still applies."""

    __slots__ = ("left", "rule")

    def __init__(self, rule: Rule) -> None:
        self.rule: Rule = rule
        self.left: int | None = rule.times

    def matches(self, to: str, channel: str) -> bool:
        rule = self.rule
        return (
            self.left != 0
            and (rule.channel is None or rule.channel == channel)
            and (rule.to is None or rule.to == to)
            and to.startswith(rule.prefix or "")
            and to.endswith(rule.suffix or "")
        )


class RuleBook:
    """Finds the rule for a message: the first that matches and is not used up."""

    __slots__ = ("_any", "_exact", "empty")

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._exact: dict[tuple[Effect, str], list[_Live]] = {}
        self._any: dict[Effect, list[_Live]] = {}
        for rule in rules:
            effect = next(name for name in _EFFECTS if getattr(rule, name) is not None)
            if rule.to is None:
                self._any.setdefault(effect, []).append(_Live(rule))
            else:
                self._exact.setdefault((effect, rule.to), []).append(_Live(rule))
        self.empty = not self._exact and not self._any

    def take(self, effect: Effect, to: str, channel: str) -> Rule | None:
        """The rule with that effect, counted as one occurrence; rules naming `to` come first."""
        if self.empty:
            return None
        candidates: list[_Live] = [*self._exact.get((effect, to), ()), *self._any.get(effect, ())]
        for live in candidates:
            if live.matches(to, channel):
                if live.left is not None:
                    live.left -= 1
                return live.rule
        return None
