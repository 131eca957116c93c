"""What a run of chaos is to do: the options, and what follows from them. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from bulkwire_cli.chaos.kinds import Kind
from bulkwire_cli.chaos.schedule import Step, expected_seconds, make_schedule

__all__ = ["Plan"]

STARTING_S: Final = 15.0
SLOWEST: Final = 20.0
"""Messages a second."""
READ_TIMEOUT_S: Final = 3.0
STUCK_AFTER_S: Final = 10.0


@dataclass(frozen=True, slots=True)
class Plan:
    """The options of one run."""

    messages: int
    seed: int
    faults: Mapping[Kind, int]
    """How many of each kind."""
    workers: int = 2
    senders: int = 2
    """Sending processes of each worker."""
    lease_s: float = 2.0
    resend_share: float = 0.2
    """Share of messages with `on_doubt="resend"`; the others have `hold`."""
    appendfsync: str = "everysec"
    rate: float | None = None
    """Messages a second; None: so many that the campaign lasts as long as the faults."""
    steps: tuple[Step, ...] = field(init=False)

    def __post_init__(self) -> None:
        steps = make_schedule(self.faults, seed=self.seed, lease_s=self.lease_s)
        object.__setattr__(self, "steps", steps)

    @property
    def per_second(self) -> float:
        """How many messages a second the workers may send."""
        if self.rate is not None:
            return self.rate
        seconds = STARTING_S + expected_seconds(self.steps, lease_s=self.lease_s)
        return max(SLOWEST, self.messages / seconds)

    @property
    def worker_settings(self) -> Mapping[str, str]:
        """What the workers are set to, without prefix, beside the addresses."""
        return {
            "API_KEY": "chaos",
            "LEASE": f"{self.lease_s:g}",
            "READ_TIMEOUT": f"{READ_TIMEOUT_S:g}",
            "STUCK_AFTER": f"{STUCK_AFTER_S:g}",
            "FIRST_CHECK": "1",
            "CHECKS": "128",
            "STATUS_WINDOW_HOURS": "0.03",
            "SMS_PER_SECOND": f"{self.per_second:.1f}",
        }
