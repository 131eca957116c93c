from collections.abc import AsyncIterator

from bulkwire.intake import HEAVY, achunks, chunks, weight
from bulkwire.message import Message


def test_chunks_are_full_but_the_last() -> None:
    assert list(chunks(range(5), 2)) == [[0, 1], [2, 3], [4]]
    assert list(chunks([], 2)) == []


def test_large_messages_make_short_chunks() -> None:
    picture = "x" * (HEAVY // 3)
    messages = [{"to": "27821234567", "content": picture} for _ in range(7)]
    assert [len(chunk) for chunk in chunks(messages, 500, weight)] == [4, 3]


def test_a_message_weighs_what_its_content_does() -> None:
    fields = {"to": "27821234567", "content": "four"}
    assert weight(fields) == weight(Message(**fields)) == 4
    assert weight({"content": 4}) == weight({}) == 0


async def test_an_async_iterable_makes_the_same_chunks() -> None:
    async def numbers() -> AsyncIterator[int]:
        for number in range(5):
            yield number

    assert [chunk async for chunk in achunks(numbers(), 2)] == [[0, 1], [2, 3], [4]]
    assert [chunk async for chunk in achunks(range(3), 2)] == [[0, 1], [2]]
