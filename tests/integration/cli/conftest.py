"""The command line in this process, on an empty store, and messages to steer with it."""

from collections.abc import Iterator

import pytest

from bulkwire_cli.application import run
from support.cli import Command, Done, Messages
from support.patience import patient_stores


@pytest.fixture(scope="module", autouse=True)
def _patient_applications() -> Iterator[None]:
    with patient_stores():
        yield


@pytest.fixture
def bulkwire(
    redis_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    """Runs `bulkwire …` against the store of this test."""
    monkeypatch.setenv("BULKWIRE_REDIS_URL", redis_url)

    def command(*arguments: str) -> Done:
        capsys.readouterr()
        code = run(arguments)
        out, err = capsys.readouterr()
        return Done(code, out, err)

    return command


@pytest.fixture
def messages(redis_url: str) -> Iterator[Messages]:
    """Messages of the account `default`."""
    messages = Messages(redis_url)
    yield messages
    messages.close()
