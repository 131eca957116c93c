"""A media campaign through a real worker: one upload, and every message refers to it."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from bulkwire_cli.application import run
from bulkwire_cli.simulator.client import SimulatorClient
from bulkwire_cli.simulator.process import RunningSimulator
from support.cli import Done
from support.shop import Shop, Simulate, number
from support.worker import API_KEY, Worker

PEOPLE = 250
PICTURE = b"\xff\xd8" + bytes(400_000)


@pytest.fixture
def bulkwire(
    simulator: RunningSimulator,
    shop: Shop,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Callable[..., Done]:
    """Runs `bulkwire …`."""
    settings = shop.bulkwire.settings
    monkeypatch.setenv("BULKWIRE_REDIS_URL", settings.redis_url)
    monkeypatch.setenv("BULKWIRE_BROKER_URL", settings.broker_url)
    monkeypatch.setenv("BULKWIRE_API_URL", simulator.url)
    monkeypatch.setenv("BULKWIRE_API_KEY", API_KEY)

    def command(*words: str) -> Done:
        capsys.readouterr()
        return Done(run(words), *capsys.readouterr())

    return command


def answers(provider: SimulatorClient, operation: str) -> int:
    return sum(provider.summary(statuses=False).requests.get(operation, {}).values())


def test_a_media_campaign_uploads_once_and_sends_everybody_the_file_by_reference(
    bulkwire: Callable[..., Done], simulate: Simulate, shop: Shop, worker: Worker, tmp_path: Path
) -> None:
    provider = simulate()
    picture, people = tmp_path / "spring.jpg", tmp_path / "people.csv"
    picture.write_bytes(PICTURE)
    rows = "".join(f"+{number(n)},Person {n}\n" for n in range(PEOPLE))
    people.write_text(f"phone,first_name\n{rows}")
    words = ("import", str(people), "--campaign", "spring", "--media", str(picture), "--json")

    first = bulkwire(*words, "--text", "For {{ first_name }}")
    assert (first.code, first.json["queued"]) == (0, PEOPLE)
    again = bulkwire(*words, "--text", "For {{ first_name }}")
    assert (again.code, again.json["already_there"], again.json["conflicts"]) == (0, PEOPLE, 0)
    shop.wait_for(delivered=PEOPLE)
    after = bulkwire(*words, "--text", "For {{ first_name }}")
    assert (after.code, after.json["already_there"], after.json["conflicts"]) == (0, PEOPLE, 0)

    assert answers(provider, "media_upload") == 1
    ledger = list(provider.ledger())
    assert Counter(entry.to for entry in ledger) == {number(n): 1 for n in range(PEOPLE)}
    assert {(entry.channel, entry.content) for entry in ledger} == {("whatsapp", None)}
    (file_id,) = {entry.fileId for entry in ledger}
    assert file_id
    sent = [one.size for one in provider.requests(1_000) if one.messages]
    assert sum(sent) < len(PICTURE)
    shop.assert_conserved(PEOPLE)
