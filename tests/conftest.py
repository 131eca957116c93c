"""Fixtures for all tests. Tests never touch a Redis they did not start."""

import os
import signal
from collections.abc import Iterator

import pytest
import redis
from hypothesis import HealthCheck, settings

from bulkwire_cli.private_server import PrivateServer, start_private_server


def pytest_configure() -> None:
    """How long an example takes says nothing on a busy machine."""
    settings.register_profile(
        "bulkwire", deadline=None, suppress_health_check=[HealthCheck.too_slow]
    )
    settings.load_profile("bulkwire")


@pytest.fixture(scope="session", autouse=True)
def _no_settings_from_outside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Whatever a developer has set for Bulkwire must not reach the tests, nor a real server.

    Tests and what they start run in an empty directory: the checkout may hold a `.env`.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("empty"))
        for name in [name for name in os.environ if name.startswith("BULKWIRE_")]:
            patch.delenv(name)
        yield


@pytest.fixture(scope="session", autouse=True)
def _ctrl_c_works() -> None:
    """Shells start what runs in the background with ctrl-C ignored, and children inherit that."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def redis_server() -> Iterator[PrivateServer]:
    """One private server for the whole run.

    Tests that kill, pause or configure a server start their own: `start_private_server()`.
    """
    with start_private_server() as server:
        yield server


@pytest.fixture
def redis_url(redis_server: PrivateServer) -> str:
    """The address of an empty database."""
    with redis.Redis.from_url(redis_server.url) as client:
        client.flushall()
    return redis_server.url
