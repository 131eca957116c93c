"""What came in: counts over everything, and the most recent requests one by one."""

from collections import Counter, deque
from dataclasses import asdict, dataclass
from typing import Any

__all__ = ["LoggedRequest", "RequestLog"]

RECENT = 1_000


@dataclass(frozen=True, slots=True)
class LoggedRequest:
    """One request. `at` is ms since the epoch, `size` the bytes of its body."""

    at: int
    operation: str
    answer: str
    status: int
    size: int
    messages: int


class RequestLog:
    """Counts requests and what their messages met."""

    __slots__ = ("_answers", "_recent", "_sizes", "accepted", "rejected", "seen")

    def __init__(self) -> None:
        self._answers: dict[str, Counter[str]] = {}
        self._sizes: Counter[int] = Counter()
        self._recent: deque[tuple[int, str, str, int, int, int]] = deque(maxlen=RECENT)
        self.seen = 0
        """Messages in send requests, refused ones included."""
        self.accepted = 0
        self.rejected: Counter[int] = Counter()
        """Messages by the code that rejected them."""

    def add(
        self, *, at: int, operation: str, answer: str, status: int, size: int, messages: int
    ) -> None:
        """Enter a request that was decided."""
        answers = self._answers.get(operation)
        if answers is None:
            answers = self._answers[operation] = Counter()
        answers[answer] += 1
        self._recent.append((at, operation, answer, status, size, messages))
        if messages:
            self.seen += messages
            self._sizes[messages] += 1

    def requests(self) -> dict[str, dict[str, int]]:
        """Operation → answer → requests."""
        return {name: dict(answers) for name, answers in self._answers.items()}

    def recent(self, limit: int) -> list[dict[str, Any]]:
        """The most recent requests, oldest first."""
        rows = list(self._recent)[-limit:] if limit > 0 else []
        return [asdict(LoggedRequest(*row)) for row in rows]

    def batch_sizes(self) -> dict[str, Any]:
        """Messages per send request that had any."""
        count = sum(self._sizes.values())
        return {
            "count": count,
            "mean": round(self.seen / count, 3) if count else 0.0,
            "max": max(self._sizes, default=0),
            "histogram": {str(size): self._sizes[size] for size in sorted(self._sizes)},
        }
