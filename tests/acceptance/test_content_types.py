"""Each example of docs/content-types.md is enqueued, sent by a real worker, and accepted."""

import os
import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from bulkwire.content import Media
from bulkwire_cli.simulator.process import RunningSimulator
from support.shop import Shop, Simulate, number
from support.source_tree import ROOT
from support.worker import API_KEY, Worker

PAGE = ROOT / "docs" / "content-types.md"
KINDS = (
    "content",
    "media",
    "location",
    "contacts",
    "template",
    "list_picker",
    "button",
    "action_url",
    "location_request",
    "encryption_key",
    "scheduled_delivery_time",
    "user_data_header",
)


@pytest.fixture
def file_id(simulator: RunningSimulator, simulate: Simulate) -> str:
    simulate()
    answer = httpx.post(
        f"{simulator.url}/v1/media",
        params={"fileName": "map.png", "broadcastAllowed": "true"},
        headers={"Authorization": API_KEY, "Content-Type": "image/png"},
        content=b"the bytes of a picture",
        trust_env=False,
        timeout=60,
    )
    return str(answer.json()["fileId"])


def examples() -> str:
    """All examples of the page as one program."""
    return "\n".join(re.findall(r"^```python\n(.*?)^```", PAGE.read_text(), re.M | re.S))


@pytest.mark.parametrize("kind", KINDS)
def test_the_page_has_an_example_of_each_kind(kind: str) -> None:
    assert re.search(rf"\b{kind}=", examples())


def test_every_example_of_the_page_is_accepted(
    file_id: str, simulator: RunningSimulator, shop: Shop, worker: Worker, tmp_path: Path
) -> None:
    program = tmp_path / "examples.py"
    program.write_text(f"file_id = {file_id!r}\n{examples()}")
    settings = {"BULKWIRE_REDIS_URL": shop.bulkwire.settings.redis_url}
    settings["BULKWIRE_BROKER_URL"] = shop.bulkwire.settings.broker_url
    run = subprocess.run(
        [sys.executable, program],
        env=os.environ | settings,
        cwd=tmp_path,
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert (run.returncode, run.stderr) == (0, run.stderr if "Deprecat" in run.stderr else "")

    enqueued = examples().count("enqueue_message(")
    shop.wait_for(accepted=1, delivered=enqueued - 1)  # one waits at the provider until later

    assert {entry.channel for entry in simulator.client.ledger()} == {"sms", "whatsapp"}
    shop.assert_conserved(enqueued)


def test_requests_of_large_files_stay_below_18_megabytes(
    simulate: Simulate, shop: Shop, worker: Worker
) -> None:
    provider = simulate()
    shop.hold()  # so that they wait together
    picture = "QUJD" * 333_333

    shop.enqueue(
        range(40),
        channel="whatsapp",
        content=picture,
        media=Media(content_type="image/png"),
        campaign="pictures",
    )
    shop.lift("operator")
    shop.wait_for(delivered=40)

    sizes = [one.size for one in provider.requests() if one.messages]
    assert max(sizes) <= 18_000_000
    assert len(sizes) == 4
    assert {entry.to for entry in provider.ledger()} == {number(n) for n in range(40)}
