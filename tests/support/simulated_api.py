"""An API client of the simulator as tests see it, and the types of the fixtures that make it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import httpx

from bulkwire_cli.simulator.client import SimulatorClient

__all__ = ["KEY", "Fields", "Sender", "Simulate", "Text"]

KEY: Final = "a-key-that-nobody-may-see"

Fields: TypeAlias = dict[str, Any]
"""A message as the API takes it."""


@dataclass(frozen=True)
class Sender:
    """Speaks the One API to the simulator."""

    url: str
    http: httpx.Client
    control: SimulatorClient

    def send(self, *messages: Fields, key: str = "key", **options: Any) -> httpx.Response:
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


Simulate: TypeAlias = Callable[..., Sender]
"""Called with a scenario's keys."""
Text: TypeAlias = Callable[..., Fields]
"""Called with a recipient's number, and fields that differ: a text message."""
