"""Media campaigns: the file goes up once, every message refers to it, a useless one stops it."""

import asyncio
import math
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from bulkwire.store.auditing import read_page_ids
from bulkwire.store.call import command
from bulkwire.store.keys import Keys
from bulkwire.store.runner import Store
from bulkwire_cli.application import run
from bulkwire_cli.importing.media import unusable
from bulkwire_cli.media import StoredMedia
from bulkwire_cli.simulator.process import RunningSimulator
from bulkwire_workers.one_api.client import OneApi
from bulkwire_workers.one_api.departure import Departure
from support.cli import Done
from support.simulated_api import KEY

PEOPLE = "phone,first_name\n+27821000001,Anna\n+27821000002,Ben\n"
NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)

Run = Callable[..., Done]
Counts = Callable[[], dict[str, int]]


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "spring.jpg"
    path.write_bytes(b"\xff\xd8 not really")
    return path


@pytest.fixture
def bulkwire(
    redis_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Run:
    """Runs `bulkwire …`."""
    monkeypatch.setenv("BULKWIRE_REDIS_URL", redis_url)

    def command(*words: str) -> Done:
        capsys.readouterr()
        return Done(run(words), *capsys.readouterr())

    return command


@pytest.fixture
def importing(bulkwire: Run, provider: RunningSimulator, tmp_path: Path) -> Run:
    """`bulkwire import` of two people as the campaign `spring`."""
    people = tmp_path / "people.csv"
    people.write_text(PEOPLE)
    return lambda *options: bulkwire("import", str(people), "--campaign", "spring", *options)


def uploads(provider: RunningSimulator) -> int:
    return [one.operation for one in provider.client.requests()].count("media_upload")


def payloads(store: Store) -> list[bytes]:
    keys = Keys("default")
    ids = store.run(read_page_ids(keys, "c:spring", 0))
    return [store.run(command("HGET", keys.message(one), "payload", read=bytes)) for one in ids]


def media(store: Store) -> list[dict[str, Any]]:
    return [orjson.loads(payload)["media"] for payload in payloads(store)]


def test_every_message_refers_to_the_file_that_was_uploaded_once(
    importing: Run, provider: RunningSimulator, picture: Path, store: Store
) -> None:
    options = ("--media", str(picture), "--text", "Come in, {{ first_name }}")
    assert importing(*options).code == 0
    assert uploads(provider) == 1
    first, second = media(store)
    assert [first.pop("caption"), second.pop("caption")] == ["Come in, Anna", "Come in, Ben"]
    assert first == second == {"contentType": "image/jpeg", "fileId": first["fileId"]}


async def test_the_provider_accepts_what_was_queued(
    importing: Run, provider: RunningSimulator, picture: Path, store: Store
) -> None:
    assert (await asyncio.to_thread(importing, "--media", str(picture))).code == 0
    body = b'{"messages":[' + b",".join(payloads(store)) + b"]}"
    async with OneApi(provider.url, KEY) as api:
        answer = await api.send(body, deadline=math.inf, departure=Departure())
    assert answer.http_status == 202
    assert [one.accepted for one in answer.results] == [True, True]


def test_importing_again_uploads_nothing_and_adds_nothing(
    importing: Run,
    provider: RunningSimulator,
    picture: Path,
    counts: Counts,
    tmp_path: Path,
) -> None:
    assert importing("--media", str(picture)).code == 0
    renamed = picture.rename(tmp_path / "the same.jpg")
    summary = importing("--media", str(renamed), "--json").json
    assert (summary["already_there"], summary["conflicts"]) == (2, 0)
    assert counts() == {"queued": 2, "total": 2}
    assert uploads(provider) == 1


def test_another_file_is_another_campaign_and_is_not_uploaded(
    importing: Run, provider: RunningSimulator, picture: Path
) -> None:
    assert importing("--media", str(picture)).code == 0
    picture.write_bytes(b"\xff\xd8 another one")
    done = importing("--media", str(picture))
    assert done.code == 2
    assert "campaign spring was imported with another text" in done.err
    assert uploads(provider) == 1


def test_a_document_goes_with_its_name(
    importing: Run, picture: Path, store: Store, tmp_path: Path
) -> None:
    document = picture.rename(tmp_path / "programme.pdf")
    assert importing("--media", str(document)).code == 0
    assert media(store)[0]["fileName"] == "programme.pdf"


def test_what_was_uploaded_before_is_named_by_its_id(
    bulkwire: Run,
    importing: Run,
    provider: RunningSimulator,
    picture: Path,
    store: Store,
) -> None:
    file_id = bulkwire("media", "upload", str(picture), "--broadcast").out.strip()
    assert importing("--media-id", file_id).code == 0
    assert media(store) == [{"fileId": file_id}] * 2
    assert uploads(provider) == 1


def test_a_file_for_one_recipient_is_refused_before_anything_is_queued(
    bulkwire: Run,
    importing: Run,
    provider: RunningSimulator,
    picture: Path,
    counts: Counts,
) -> None:
    file_id = bulkwire("media", "upload", str(picture), "--to", "+27821000001").out.strip()
    done = importing("--media-id", file_id)
    assert done.code == 2
    assert "may be sent to one recipient only" in done.err
    assert counts() == {}


def test_a_file_that_is_not_there_is_refused_before_anything_is_queued(
    importing: Run, counts: Counts
) -> None:
    done = importing("--media-id", "nowhere")
    assert done.code == 2
    assert "the file nowhere is not there, or has expired" in done.err
    assert "bulkwire media upload FILE --broadcast" in done.err
    assert counts() == {}


def test_an_id_that_was_wrong_has_not_taken_the_campaigns_name(
    bulkwire: Run, importing: Run, picture: Path, counts: Counts
) -> None:
    assert importing("--media-id", "nowhere").code == 2
    file_id = bulkwire("media", "upload", str(picture), "--broadcast").out.strip()
    assert importing("--media-id", file_id).code == 0
    assert counts() == {"queued": 2, "total": 2}


def test_a_campaign_whose_file_is_gone_is_not_gone_on_with(
    importing: Run,
    provider: RunningSimulator,
    picture: Path,
    counts: Counts,
) -> None:
    assert importing("--media", str(picture)).code == 0
    provider.client.reset()  # the provider forgets its files
    done = importing("--media", str(picture))
    assert done.code == 2
    assert "is not there, or has expired" in done.err
    assert "only those, with another --campaign: that uploads the file anew" in done.err
    assert uploads(provider) == 0
    assert counts() == {"queued": 2, "total": 2}


def test_an_upload_that_fails_queues_nothing_and_is_done_by_the_next_import(
    importing: Run, provider: RunningSimulator, picture: Path, counts: Counts
) -> None:
    provider.client.set_scenario({"account": {"bad_keys": [KEY]}})
    assert importing("--media", str(picture)).code == 1
    assert counts() == {}
    provider.client.set_scenario({})
    assert importing("--media", str(picture)).code == 0
    assert counts() == {"queued": 2, "total": 2}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--media-id", "f1", "--channel", "sms"), "is for WhatsApp only"),
        (("--media-id", "f1", "--media", "a.jpg"), "give --media, or --media-id"),
        (("--media-id", "f1", "--content-type", "audio/ogg", "--text", "x"), "--text"),
        (("--media-id", "f1", "--text", " "), "the text is empty"),
        (("--content-type", "image/png", "--text", "x"), "goes with --media"),
        (("--media", "letter"), "--content-type"),
        ((), "the text is empty"),
    ],
)
def test_wrong_options_are_told_before_the_provider_is_asked(
    importing: Run,
    provider: RunningSimulator,
    counts: Counts,
    options: tuple[str, ...],
    said: str,
) -> None:
    done = importing(*options)
    assert done.code == 2
    assert said in " ".join(done.err.replace("│", " ").split())
    assert provider.client.requests() == []
    assert counts() == {}


def test_a_file_that_is_too_big_is_told_before_anything_else(
    importing: Run, provider: RunningSimulator, picture: Path
) -> None:
    os.truncate(picture, 30_000_001)
    done = importing("--media", str(picture))
    assert done.code == 2
    assert "30,000,001 bytes" in done.err
    assert provider.client.requests() == []


@pytest.mark.parametrize(
    ("expires_in", "broadcast", "fits"),
    [
        (timedelta(seconds=1), True, True),
        (timedelta(0), True, False),
        (timedelta(days=-1), True, False),
        (timedelta(days=1), False, False),
        (None, True, True),
        (timedelta(days=1), None, True),
        (None, None, True),
    ],
)
def test_a_file_fits_while_it_is_there_and_for_everybody(
    expires_in: timedelta | None, broadcast: bool | None, fits: bool
) -> None:
    expires_at = NOW + expires_in if expires_in is not None else None
    assert (unusable(StoredMedia("f1", expires_at, broadcast), NOW) is None) is fits


def test_a_file_of_ours_that_cannot_be_used_is_bad_input(importing: Run, tmp_path: Path) -> None:
    done = importing("--media", str(tmp_path / "nowhere.jpg"))
    assert done.code == 2
    assert "nowhere.jpg: it cannot be read" in done.err
