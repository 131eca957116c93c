"""One simulator process for the folder; each test sets its scenario and begins with no messages."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from bulkwire_cli.simulator.client import SimulatorClient
from bulkwire_cli.simulator.process import RunningSimulator, start_simulator


@dataclass(frozen=True)
class Sender:
    """Speaks the One API to the simulator."""

    url: str
    http: httpx.Client
    control: SimulatorClient

    def send(self, *messages: dict[str, Any], key: str = "key", **options: Any) -> httpx.Response:
        return self.http.post(
            "/v1/message",
            json={"messages": messages},
            headers={"Authorization": key},
            **options,
        )

    def status(self, api_id: str) -> httpx.Response:
        return self.http.get(f"/v1/message/{api_id}")

    def accepted(self) -> list[str]:
        return [message.to for message in self.control.ledger()]

    def answered(self) -> list[str]:
        return [message.to for message in self.control.ledger() if message.answered]


@pytest.fixture(scope="module")
def running() -> Iterator[RunningSimulator]:
    with start_simulator("smooth") as simulator:
        yield simulator


@pytest.fixture
def simulate(running: RunningSimulator) -> Iterator[Callable[..., Sender]]:
    """Call it with a scenario's keys: an API client for a simulator that behaves like that."""
    headers = {"Authorization": "key"}
    with httpx.Client(base_url=running.url, headers=headers, trust_env=False, timeout=5) as http:

        def begin(**scenario: Any) -> Sender:
            running.client.set_scenario(scenario)
            running.client.reset()
            return Sender(running.url, http, running.client)

        yield begin


def text(number: int, **fields: Any) -> dict[str, Any]:
    """A text message to the recipient of that number."""
    return {
        "channel": "sms",
        "to": f"2782{number:07d}",
        "content": "Hi",
        "clientMessageId": f"id-{number}",
        **fields,
    }


@pytest.fixture(name="text")
def text_fixture() -> Callable[..., dict[str, Any]]:
    return text
