"""Everything a run consists of: servers, proxies, workers, importer, and who watches them."""

import os
import shutil
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from bulkwire.settings import PREFIX
from bulkwire.store.keys import Keys
from bulkwire.store.runner import AsyncStore
from bulkwire_cli.chaos.exposure import Exposure
from bulkwire_cli.chaos.feeder import Feeder
from bulkwire_cli.chaos.fleet import Fleet
from bulkwire_cli.chaos.journal import Journal
from bulkwire_cli.chaos.kinds import Kind
from bulkwire_cli.chaos.plan import Plan
from bulkwire_cli.chaos.supply import Supply
from bulkwire_cli.chaos.tcp_proxy import TcpProxy, open_proxy
from bulkwire_cli.chaos.watch import Watch
from bulkwire_cli.private_server import PrivateServer, start_private_server
from bulkwire_cli.simulator.process import RunningSimulator, start_simulator
from bulkwire_cli.simulator.scenario import Scenario, Statuses

__all__ = ["ACCOUNT", "CALM", "Harness", "Servers", "open_harness", "start_servers"]

ACCOUNT: Final = "default"
CALM: Final = Scenario(latency_ms=(300, 1200), statuses=Statuses(final_ms=(100, 800)))
"""The provider between two faults: slow enough that something is always under way."""
TEMPORARY: Final = "tmp"
BLOCKED_LEASES: Final = 1.5


@dataclass(frozen=True, slots=True)
class Servers:
    """What runs before and after the driver's event loop."""

    redis: PrivateServer
    broker: PrivateServer
    simulator: RunningSimulator


@dataclass(frozen=True, slots=True)
class Harness:
    """Everything, running."""

    plan: Plan
    servers: Servers
    redis_proxy: TcpProxy
    provider_proxy: TcpProxy
    keys: Keys
    store: AsyncStore
    """Straight to Redis, past the proxy."""
    exposure: Exposure
    watch: Watch
    fleet: Fleet
    feeder: Feeder
    journal: Journal


@contextmanager
def start_servers(plan: Plan) -> Iterator[Servers]:
    """The servers and the provider. Call it from the main thread. Raises PrivateServerError,
    SimulatorNotStartedError."""
    fsync = ("--appendfsync", plan.appendfsync)
    with ExitStack() as stack:
        redis = stack.enter_context(start_private_server(appendonly=True, extra_args=fsync))
        broker = stack.enter_context(start_private_server())
        simulator = stack.enter_context(start_simulator("smooth"))
        simulator.client.set_scenario(CALM)
        yield Servers(redis, broker, simulator)


@asynccontextmanager
async def open_harness(
    plan: Plan, servers: Servers, folder: Path, journal: Journal
) -> AsyncIterator[Harness]:
    """Puts the rest around the servers; nothing of it runs before the driver starts its tasks.

    What it starts in the course of the run is ended with the block.
    """
    keys = Keys(ACCOUNT)
    store = AsyncStore(servers.redis.url)
    provider_port = urlsplit(servers.simulator.url).port
    assert provider_port is not None
    async with open_proxy(servers.redis.port) as redis, open_proxy(provider_port) as provider:
        env = _environment(plan, redis, provider, servers.broker, folder)
        fleet = Fleet(
            workers=plan.workers,
            senders=plan.senders,
            block_s=round(plan.lease_s * BLOCKED_LEASES + 1),
            folder=folder,
            env=env,
            journal=journal,
        )
        harness = Harness(
            plan=plan,
            servers=servers,
            redis_proxy=redis,
            provider_proxy=provider,
            keys=keys,
            store=store,
            exposure=Exposure(store, keys),
            watch=Watch(store, keys, servers.simulator.client),
            fleet=fleet,
            feeder=Feeder(_supply(plan), folder, env, journal),
            journal=journal,
        )
        try:
            yield harness
        finally:
            await fleet.stop()
            await store.aclose()
            shutil.rmtree(folder / TEMPORARY, ignore_errors=True)


def _supply(plan: Plan) -> Supply:
    return Supply(
        messages=plan.messages,
        resend_from=round(plan.messages * (1 - plan.resend_share)),
        per_second=plan.per_second,
        faults=len(plan.steps),
        to_kill=plan.faults.get(Kind.KILL_IMPORTER, 0),
    )


def _environment(
    plan: Plan, redis: TcpProxy, provider: TcpProxy, broker: PrivateServer, folder: Path
) -> Mapping[str, str]:
    """Ours without settings of Bulkwire's, and those of the run."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    settings = {
        "REDIS_URL": f"redis://127.0.0.1:{redis.port}/0",
        "BROKER_URL": f"redis://127.0.0.1:{broker.port}/1",
        "API_URL": f"http://127.0.0.1:{provider.port}",
        **plan.worker_settings,
    }
    given = {f"{PREFIX}{name}": value for name, value in settings.items()}
    # What killed processes leave behind must not lie among the logs.
    temporary = folder / TEMPORARY
    temporary.mkdir(exist_ok=True)
    return {**kept, **given, "TMPDIR": str(temporary)}
