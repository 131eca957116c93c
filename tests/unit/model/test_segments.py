from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulkwire.segments import Segments, sms_segments


@pytest.mark.parametrize(
    ("text", "encoding", "parts", "units"),
    [
        ("", "GSM-7", 0, 0),
        ("a" * 160, "GSM-7", 1, 160),
        ("a" * 161, "GSM-7", 2, 161),
        ("a" * 306, "GSM-7", 2, 306),
        ("a" * 307, "GSM-7", 3, 307),
        ("€" * 80, "GSM-7", 1, 160),
        ("€" * 81, "GSM-7", 2, 162),
        ("^{}[]~|\\€", "GSM-7", 1, 18),
        ("a" * 152 + "€" + "a" * 152, "GSM-7", 3, 306),  # an escape is not torn apart
        ("ж" * 70, "UCS-2", 1, 70),
        ("ж" * 71, "UCS-2", 2, 71),
        ("ж" * 134, "UCS-2", 2, 134),
        ("ж" * 135, "UCS-2", 3, 135),
        ("😀" * 35, "UCS-2", 1, 70),
        ("😀" * 67, "UCS-2", 3, 134),  # 33 a part: a pair is not torn apart
        ("a" * 70 + "ж", "UCS-2", 2, 71),
    ],
)
def test_segments_are_counted_as_they_are_charged(
    text: str, encoding: Literal["GSM-7", "UCS-2"], parts: int, units: int
) -> None:
    assert sms_segments(text) == Segments(encoding, parts, units)


@given(st.text(alphabet="aж€😀{", max_size=400))
def test_parts_are_what_filling_them_one_by_one_gives(text: str) -> None:
    result = sms_segments(text)
    alone, joined = (160, 153) if result.encoding == "GSM-7" else (70, 67)
    wide = "€{" if result.encoding == "GSM-7" else "😀"
    costs = [2 if char in wide else 1 for char in text]
    assert result.units == sum(costs)
    if result.units <= alone:
        assert result.parts == (1 if text else 0)
        return
    parts, used = 1, 0
    for cost in costs:
        if used + cost > joined:
            parts, used = parts + 1, 0
        used += cost
    assert result.parts == parts
