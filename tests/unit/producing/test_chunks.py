from collections.abc import AsyncIterator
from typing import Any

import pytest

from bulkwire.intake import HEAVY, achunks, chunks, weight
from bulkwire.message import Message


def test_chunks_are_full_but_the_last() -> None:
    assert list(chunks(range(5), 2)) == [[0, 1], [2, 3], [4]]
    assert list(chunks([], 2)) == []


BULK = "x" * (HEAVY // 3)
"""A third of what fills a chunk."""
LARGE: dict[str, dict[str, Any]] = {
    "content": {"content": BULK},
    "contacts": {"contacts": [{"name": {"first_name": "Thandi"}, "org": {"company": BULK}}]},
    "template": {"template": {"template_name": "t", "body": {"parameters": {"1": BULK}}}},
    "media": {"media": {"file_id": "f", "caption": BULK}},
    "names": {"contacts": [{"name": {BULK: "x"}, "phones": [{"phone": "1"}]}]},
}


@pytest.mark.parametrize("kind", LARGE)
def test_large_messages_make_short_chunks(kind: str) -> None:
    fields = {"to": "27821234567", "channel": "whatsapp", **LARGE[kind]}
    assert [len(chunk) for chunk in chunks([fields] * 7, 500, weight)] == [3, 3, 1]
    if kind != "content":  # WhatsApp's texts are never as long
        assert [len(chunk) for chunk in chunks([Message(**fields)] * 7, 500, weight)] == [3, 3, 1]


def test_many_small_parts_weigh_too() -> None:
    phones: list[dict[str, str]] = [{}] * HEAVY
    assert weight({"contacts": [{"name": {"a": "b"}, "phones": phones}]}) >= HEAVY


def test_a_plain_text_weighs_what_its_content_does() -> None:
    fields = {"to": "27821234567", "content": "four"}
    assert weight(Message(**fields)) == 4
    assert weight(fields) < 50


def test_what_is_no_message_has_a_weight_that_ends() -> None:
    within_itself: dict[str, object] = {}
    within_itself["contacts"] = [within_itself] * 1_000
    assert weight(within_itself) >= HEAVY
    assert weight(None) == weight(4) == weight({}) == 0
    assert weight({"content": b"x" * 100}) < 50


async def test_an_async_iterable_makes_the_same_chunks() -> None:
    async def numbers() -> AsyncIterator[int]:
        for number in range(5):
            yield number

    assert [chunk async for chunk in achunks(numbers(), 2)] == [[0, 1], [2, 3], [4]]
    assert [chunk async for chunk in achunks(range(3), 2)] == [[0, 1], [2]]
