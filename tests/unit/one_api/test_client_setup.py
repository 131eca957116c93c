"""An address or a key that HTTP can't carry is refused before anything is sent with it."""

import traceback

import pytest
from pydantic import SecretStr

from bulkwire_workers.one_api.client import OneApi


@pytest.mark.parametrize(
    "api_url",
    [
        "",
        "platform.clickatell.com",
        "ftp://platform.clickatell.com",
        "https://",
        "https://user:secret-word@platform.clickatell.com",
        "https://platform.clickatell.com?apiKey=secret-word",
        "https://platform.clickatell.com:secret-word",
        "https://[secret-word",
    ],
)
def test_a_bad_address_is_refused_without_repeating_it(api_url: str) -> None:
    with pytest.raises(ValueError, match="must read like https://host") as caught:
        OneApi(api_url, "key")
    assert "secret-word" not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize("key", ["", "   ", "secret-word\nX: 1", "secret-word\u20ac", "a\x00b"])
def test_a_key_that_no_header_can_carry_is_refused_without_repeating_it(key: str) -> None:
    with pytest.raises(ValueError, match="API key") as caught:
        OneApi("https://platform.clickatell.com", key)
    assert "secret-word" not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize("key", ["secret-word", SecretStr("secret-word"), " secret-word\n"])
async def test_the_key_stands_in_no_repr(key: str | SecretStr) -> None:
    async with OneApi("https://platform.clickatell.com/", key) as api:
        assert repr(api) == "OneApi('https://platform.clickatell.com')"
        assert "secret-word" not in repr(vars(api))
