"""`bulkwire import` in this process, on an empty store, with a file to import."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bulkwire.store.keys import Keys
from bulkwire.store.record import read_counts
from bulkwire.store.runner import Store
from bulkwire_cli.application import run
from support.patience import patient_stores

TEXT = "Hi {{ first_name }}"


@pytest.fixture(scope="module", autouse=True)
def _patient_applications() -> Iterator[None]:
    with patient_stores():
        yield


@dataclass(frozen=True)
class Done:
    """How an import ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Import = Callable[..., Done]


@pytest.fixture
def store(redis_url: str) -> Iterator[Store]:
    with Store(redis_url) as store:
        yield store


@pytest.fixture
def counts(store: Store) -> Callable[[], dict[str, int]]:
    """The counts of the default account that are not 0."""

    def read() -> dict[str, int]:
        found = store.run(read_counts(Keys("default")))
        return {name: number for name, number in found.items() if number}

    return read


@pytest.fixture
def importing(
    redis_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Import:
    """Writes `content` to a file and imports it as the campaign `spring`, unless told otherwise."""
    monkeypatch.setenv("BULKWIRE_REDIS_URL", redis_url)

    def importing(
        content: str | bytes, *options: str, text: str = TEXT, campaign: str = "spring"
    ) -> Done:
        file = tmp_path / "people.csv"
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        capsys.readouterr()
        code = run(["import", str(file), "--campaign", campaign, "--text", text, *options])
        return Done(code, *capsys.readouterr())

    return importing
