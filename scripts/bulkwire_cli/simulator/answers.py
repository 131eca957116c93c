"""The vocabulary of a scenario: how one whole request is answered, by name.

`ok` is the normal answer. `bare_<status>` has no body (`bare_503`), `code_<number>` is an error of
the whole request under the HTTP status that goes with it (`code_43` in a 400). Names that end in
`_before` take in nothing; `_after` and everything unreadable take the messages in first.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Final

__all__ = ["ANSWER_HELP", "HTTP_STATUS", "OK", "Answer", "Kind", "parse_answer"]


class Kind(StrEnum):
    """How an answer leaves, or fails to."""

    OK = "ok"
    BARE = "bare"
    CODE = "code"
    RETRY_AFTER_SECONDS = "retry_after_seconds"
    RETRY_AFTER_DATE = "retry_after_date"
    SLOW = "slow"
    HANG_BEFORE = "hang_before"
    HANG_AFTER = "hang_after"
    RESET_BEFORE = "reset_before"
    RESET_AFTER = "reset_after"
    CLOSE_BEFORE = "close_before"
    CLOSE_AFTER = "close_after"
    OK_CLOSE = "ok_close"  # a good answer that promises keep-alive, then the connection closes
    MALFORMED = "malformed"
    CUT_OFF = "cut_off"  # Content-Length is more than what is sent
    EMPTY = "empty"  # the right status, no body
    HTML = "html"  # the right status, a page for a body
    HTML_502 = "html_502"  # a gateway's page
    BAD_GZIP = "bad_gzip"  # says gzip, is not
    BAD_UTF8 = "bad_utf8"


_TAKES_NOTHING: Final = frozenset(
    {
        Kind.BARE,
        Kind.CODE,
        Kind.RETRY_AFTER_SECONDS,
        Kind.RETRY_AFTER_DATE,
        Kind.HANG_BEFORE,
        Kind.RESET_BEFORE,
        Kind.CLOSE_BEFORE,
    }
)
_READABLE: Final = frozenset({Kind.OK, Kind.OK_CLOSE, Kind.SLOW})

HTTP_STATUS: Final[dict[int, int]] = {1: 401, 7: 401, 18: 500, 19: 503, 20: 402}
"""The HTTP status of a whole-request error by its code; 400 for all others."""

_NAMED: Final = tuple(kind.value for kind in Kind if kind not in {Kind.BARE, Kind.CODE})
ANSWER_HELP: Final = "bare_<HTTP status>, code_<number>, " + ", ".join(_NAMED)

_NUMBERED: Final = re.compile(r"(bare|code)_([0-9]{1,6})")


@dataclass(frozen=True, slots=True)
class Answer:
    """One way to answer a request; `number` is the HTTP status of `bare`, the code of `code`."""

    kind: Kind
    number: int = 0

    @property
    def takes_messages(self) -> bool:
        """The messages of the request are taken in, whatever the client gets to see."""
        return self.kind not in _TAKES_NOTHING

    @property
    def readable(self) -> bool:
        """A client can read the results."""
        return self.kind in _READABLE

    def __str__(self) -> str:
        return f"{self.kind}_{self.number}" if self.number else str(self.kind)


OK: Final = Answer(Kind.OK)


@cache
def parse_answer(name: str) -> Answer:
    """The answer of that name; ValueError says which names there are."""
    numbered = _NUMBERED.fullmatch(name)
    if numbered:
        kind, number = Kind(numbered[1]), int(numbered[2])
        if number and (kind is Kind.CODE or 200 <= number <= 599):
            return Answer(kind, number)
    elif name in _NAMED:
        return Answer(Kind(name))
    msg = f"no such answer; there are {ANSWER_HELP}"
    raise ValueError(msg)
