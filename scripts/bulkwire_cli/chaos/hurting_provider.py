"""Faults of the provider, and of the line to it."""

import asyncio
from typing import Final

from bulkwire_cli.chaos.line import Behaviour, Mode
from bulkwire_cli.chaos.plan import READ_TIMEOUT_S
from bulkwire_cli.chaos.schedule import Step
from bulkwire_cli.chaos.stage import CALM, Stage

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


async def drop_provider_replies(stage: Stage, step: Step) -> str:
    """Requests arrive, and the connection is cut before the answer."""
    return await _cut_requests(stage, step, Mode.DROP_REPLIES)


async def reset_provider(stage: Stage, step: Step) -> str:
    """The provider accepts connections, reads requests, and resets them."""
    return await _cut_requests(stage, step, Mode.RESET_REQUESTS)


async def stall_provider_line(stage: Stage, step: Step) -> str:
    """Connections stay open, nothing gets through: longer than workers wait for an answer."""
    stage.provider_line.behave(Behaviour(Mode.STALL))
    await asyncio.sleep(max(step.seconds, READ_TIMEOUT_S + 1))
    stage.provider_line.behave(Behaviour())
    return f"seconds={step.seconds:.1f}"


async def delay_provider_line(stage: Stage, step: Step) -> str:
    """Everything takes longer, in both directions."""
    delay = step.between(*DELAY_S)
    stage.provider_line.behave(Behaviour(delay_s=delay))
    await asyncio.sleep(step.seconds)
    stage.provider_line.behave(Behaviour())
    return f"delay={delay:.2f}"


async def storm_503(stage: Stage, step: Step) -> str:
    """The provider answers most requests to send with 503."""
    share = step.between(*REFUSED)
    provider = stage.servers.simulator.client
    storm = CALM.model_copy(update={"requests": {"bare_503": share}})
    await asyncio.to_thread(provider.set_scenario, storm)
    await asyncio.sleep(step.seconds)
    await asyncio.to_thread(provider.set_scenario, CALM)
    return f"share={share:.2f}"


async def _cut_requests(stage: Stage, step: Step, mode: Mode) -> str:
    line, wanted = stage.provider_line, round(step.between(*REQUESTS))
    line.behave(Behaviour(mode, cuts=wanted, only_sends=True))
    await asyncio.sleep(step.seconds)
    left = line.cuts_left
    line.behave(Behaviour())
    stage.exposure.add(line.cut_ids)
    return f"requests={wanted - left}"
