"""Faults of the provider, and of the connection to it."""

import asyncio
from typing import Final

from bulkwire_cli.chaos.harness import CALM, Harness
from bulkwire_cli.chaos.plan import READ_TIMEOUT_S
from bulkwire_cli.chaos.recovery import MISSED
from bulkwire_cli.chaos.schedule import Step
from bulkwire_cli.chaos.tcp_proxy import Behaviour, Mode

__all__ = [
    "delay_provider_line",
    "drop_provider_replies",
    "reset_provider",
    "stall_provider_line",
    "storm_503",
]

REQUESTS: Final = (2, 5)
DELAY_S: Final = (0.2, 0.8)
REFUSED: Final = (0.7, 1.0)


async def drop_provider_replies(harness: Harness, step: Step) -> str:
    """Requests arrive, and the connection is cut before the answer."""
    return await _cut_requests(harness, step, Mode.DROP_REPLIES)


async def reset_provider(harness: Harness, step: Step) -> str:
    """The provider accepts connections, reads requests, and resets them."""
    return await _cut_requests(harness, step, Mode.RESET_REQUESTS)


async def stall_provider_line(harness: Harness, step: Step) -> str:
    """Connections stay open, nothing gets through: longer than workers wait for an answer."""
    harness.provider_proxy.behave(Behaviour(Mode.STALL))
    await asyncio.sleep(max(step.seconds, READ_TIMEOUT_S + 1))
    harness.provider_proxy.behave(Behaviour())
    return f"seconds={step.seconds:.1f}"


async def delay_provider_line(harness: Harness, step: Step) -> str:
    """Everything takes longer, in both directions."""
    delay = step.between(*DELAY_S)
    harness.provider_proxy.behave(Behaviour(delay_s=delay))
    await asyncio.sleep(step.seconds)
    harness.provider_proxy.behave(Behaviour())
    return f"delay={delay:.2f}"


async def storm_503(harness: Harness, step: Step) -> str:
    """The provider answers most requests to send with 503."""
    share = step.between(*REFUSED)
    provider = harness.servers.simulator.client
    storm = CALM.model_copy(update={"requests": {"bare_503": share}})
    await asyncio.to_thread(provider.set_scenario, storm)
    await asyncio.sleep(step.seconds)
    await asyncio.to_thread(provider.set_scenario, CALM)
    return f"share={share:.2f}"


async def _cut_requests(harness: Harness, step: Step, mode: Mode) -> str:
    proxy, wanted = harness.provider_proxy, round(step.between(*REQUESTS))
    proxy.behave(Behaviour(mode, cuts=wanted, only_sends=True))
    await asyncio.sleep(step.seconds)
    left = proxy.cuts_left
    proxy.behave(Behaviour())
    harness.exposure.add(proxy.cut_ids)
    return f"requests={wanted - left}" if left < wanted else MISSED
