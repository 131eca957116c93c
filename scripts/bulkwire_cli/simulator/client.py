"""Read and steer a running simulator over its `/_simulator/` endpoints."""

import json
from collections.abc import Iterator
from types import TracebackType
from typing import Any, Self

import httpx
from pydantic import BaseModel, ConfigDict

from bulkwire_cli.simulator.scenario import Scenario

__all__ = [
    "AcceptedMessage",
    "BatchSizes",
    "MessageCounts",
    "RecipientCount",
    "RecipientCounts",
    "SeenRequest",
    "SimulatorClient",
    "SimulatorError",
    "Summary",
]


class SimulatorError(Exception):
    """The simulator refused a control request; the text says why."""


class _Read(BaseModel):
    # A newer simulator may say more.
    model_config = ConfigDict(frozen=True, extra="ignore")


class MessageCounts(_Read):
    """Messages in send requests."""

    seen: int
    accepted: int
    rejected: int
    rejected_by_code: dict[int, int]


class BatchSizes(_Read):
    """Messages per send request."""

    count: int
    mean: float
    max: int
    histogram: dict[int, int]


class RecipientCounts(_Read):
    """Recipients (account, channel, number) that messages were accepted for."""

    accepted: int
    received: int
    """At least one whose course does not end in a failure."""
    received_more_than_one: int


class Summary(_Read):
    """Counts over everything since the start or the last reset."""

    uptime_s: float
    requests: dict[str, dict[str, int]]
    """Operation → answer → requests."""
    messages: MessageCounts
    batch_sizes: BatchSizes
    recipients: RecipientCounts
    balance: float | None
    statuses: dict[str, int] = {}


class AcceptedMessage(_Read):
    """One accepted message, under the provider's names. `accepted_at` is ms since the epoch."""

    apiMessageId: str  # noqa: N815 -- the provider's name
    clientMessageId: str | None  # noqa: N815 -- the provider's name
    to: str
    channel: str
    content: str | None
    fileId: str | None = None  # noqa: N815 -- the provider's name
    """Of media by reference."""
    accepted_at: int
    answered: bool
    """A readable result for it left."""
    status: str
    final: str
    """The status it ends in."""
    account: str


class RecipientCount(_Read):
    """What one recipient got."""

    account: str
    channel: str
    to: str
    accepted: int
    received: int


class SeenRequest(_Read):
    """One request. `at` is ms since the epoch, `size` the bytes of its body."""

    at: int
    operation: str
    answer: str
    status: int
    size: int
    messages: int


class SimulatorClient:
    """A simulator at `base_url`. Raises httpx errors where it is not there."""

    def __init__(self, base_url: str, timeout_s: float = 30.0) -> None:
        self._http = httpx.Client(
            base_url=f"{base_url.rstrip('/')}/_simulator", timeout=timeout_s, trust_env=False
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def healthy(self) -> bool:
        """It answers."""
        try:
            return self._http.get("/health", timeout=2.0).is_success
        except httpx.TransportError:
            return False

    def summary(self, *, statuses: bool = True) -> Summary:
        """Counts over everything; without statuses it costs nothing."""
        return Summary.model_validate(
            self._get("/summary", {"statuses": "1" if statuses else "0"}).json()
        )

    def ledger(self) -> Iterator[AcceptedMessage]:
        """Every accepted message, in the order they came."""
        for row in self._rows("/ledger", {}):
            yield AcceptedMessage.model_validate(row)

    def recipients(self, at_least: int = 1) -> Iterator[RecipientCount]:
        """Recipients that received at least so many; with 0 also those who received nothing."""
        for row in self._rows("/recipients", {"min": str(at_least)}):
            yield RecipientCount.model_validate(row)

    def requests(self, limit: int = 100) -> list[SeenRequest]:
        """The most recent requests, oldest first (1,000 are kept)."""
        rows = self._get("/requests", {"limit": str(limit)}).json()["requests"]
        return [SeenRequest.model_validate(row) for row in rows]

    def set_balance(self, balance: float | None) -> None:
        """Set the account's balance; None: never used up."""
        self._post("/balance", {"balance": balance})

    def set_scenario(self, scenario: Scenario | dict[str, Any]) -> None:
        """Behave like this from now on; what was taken in stays. Raises SimulatorError."""
        body = scenario.model_dump(mode="json") if isinstance(scenario, Scenario) else scenario
        self._post("/scenario", body)

    def reset(self) -> None:
        """Forget everything and begin the scenario anew."""
        self._post("/reset", {})

    def _get(self, path: str, params: dict[str, str]) -> httpx.Response:
        return _checked(self._http.get(path, params=params))

    def _post(self, path: str, body: dict[str, Any]) -> None:
        _checked(self._http.post(path, json=body))

    def _rows(self, path: str, params: dict[str, str]) -> Iterator[dict[str, Any]]:
        with self._http.stream("GET", path, params=params) as response:
            if not response.is_success:
                response.read()
            for line in _checked(response).iter_lines():
                if line:
                    yield json.loads(line)


def _checked(response: httpx.Response) -> httpx.Response:
    if response.is_success:
        return response
    raise SimulatorError(f"{response.status_code}: {response.text}")
