"""One simulator process for the folder; each test sets its scenario and begins with no messages."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from bulkwire_cli.simulator.process import RunningSimulator, start_simulator
from support.simulated_api import Fields, Sender, Simulate, Text


@pytest.fixture(scope="module")
def running() -> Iterator[RunningSimulator]:
    with start_simulator("smooth") as simulator:
        yield simulator


@pytest.fixture
def simulate(running: RunningSimulator) -> Iterator[Simulate]:
    """Call it with a scenario's keys: an API client for a simulator that behaves like that."""
    headers = {"Authorization": "key"}
    with httpx.Client(base_url=running.url, headers=headers, trust_env=False, timeout=60) as http:

        def begin(**scenario: Any) -> Sender:
            running.client.set_scenario(scenario)
            running.client.reset()
            return Sender(running.url, http, running.client)

        yield begin


def text(number: int, **fields: Any) -> Fields:
    """A text message to the recipient of that number."""
    return {
        "channel": "sms",
        "to": f"2782{number:07d}",
        "content": "Hi",
        "clientMessageId": f"id-{number}",
        **fields,
    }


@pytest.fixture(name="text")
def text_fixture() -> Text:
    return text
