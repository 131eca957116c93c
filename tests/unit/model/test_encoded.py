from base64 import b64encode, urlsafe_b64encode

import pytest

from bulkwire.encoded import read_base64, read_sha256

BYTES = bytes(range(224, 256))
STANDARD = b64encode(BYTES).decode()


@pytest.mark.parametrize(
    "text",
    [
        STANDARD,
        STANDARD.rstrip("="),
        urlsafe_b64encode(BYTES).decode(),
        f" {STANDARD[:20]}\r\n{STANDARD[20:]}\n",
    ],
    ids=["standard", "unpadded", "urlsafe", "lines"],
)
def test_base64_is_read_as_any_reader_of_it_would(text: str) -> None:
    assert read_base64(text) == BYTES
    assert read_sha256(text) == BYTES


@pytest.mark.parametrize("text", ["a", "not base64!", "ä", "a=b=", "a2V5a", "{}"])
def test_what_no_reader_of_base64_could_take_is_none(text: str) -> None:
    assert read_base64(text) is None


@pytest.mark.parametrize(
    "text", ["", "x", "00", BYTES.hex() + "0", "zz" * 32, "YWJj", STANDARD[:-4]]
)
def test_what_is_no_hash_is_none(text: str) -> None:
    assert read_sha256(text) is None


def test_a_hash_in_hexadecimal_is_read_in_either_case() -> None:
    assert read_sha256(BYTES.hex()) == read_sha256(BYTES.hex().upper()) == BYTES
