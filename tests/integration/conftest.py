"""A simulated provider for those tests that ask for one."""

from collections.abc import Iterator

import pytest

from bulkwire_cli.simulator.process import RunningSimulator, start_simulator
from support.simulated_api import KEY


@pytest.fixture(scope="module")
def running() -> Iterator[RunningSimulator]:
    """One for all tests of a file: it keeps what it has seen."""
    with start_simulator("smooth") as simulator:
        yield simulator


@pytest.fixture
def provider(running: RunningSimulator, monkeypatch: pytest.MonkeyPatch) -> RunningSimulator:
    """The provider that settings name, without faults; it has seen nothing."""
    monkeypatch.setenv("BULKWIRE_API_URL", running.url)
    monkeypatch.setenv("BULKWIRE_API_KEY", KEY)
    running.client.set_scenario({})
    running.client.reset()
    return running
