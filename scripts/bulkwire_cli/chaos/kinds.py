"""The kinds of faults there are, by the name that options and reports use."""

from enum import StrEnum
from typing import Final

__all__ = ["REDIS_KILLS", "WORKER_KILLS", "Kind"]


class Kind(StrEnum):
    """One kind of fault; the comment says what is done."""

    KILL_WORKER = "kill-worker"  # SIGKILL to all processes of a worker
    KILL_CHILD = "kill-child"  # SIGKILL to one pool child
    KILL_PARENT = "kill-parent"  # SIGKILL to a worker's parent process alone
    STOP_WORKER = "stop-worker"  # SIGSTOP to all its processes past the lease, then SIGCONT
    STOP_CHILD = "stop-child"  # the same to one pool child
    RESTART_WORKER = "restart-worker"  # SIGTERM; another takes its place
    BLOCK_LOOP = "block-loop"  # a child's event loop and threads stand still past the lease
    DEADLOCK_LOOP = "deadlock-loop"  # a child's event loop stands still for good
    KILL_REDIS = "kill-redis"  # SIGKILL, restarted from its append-only file
    ROLLBACK_REDIS = "rollback-redis"  # the same, from a copy that is about a second old
    HANG_REDIS = "hang-redis"  # SIGSTOP, then SIGCONT
    FILL_REDIS = "fill-redis"  # its memory limit is reached while an import runs
    DROP_REDIS_REPLIES = "drop-redis-replies"  # commands are carried out, connections cut
    STALL_REDIS_LINE = "stall-redis-line"  # connections stay open, nothing gets through
    DELAY_REDIS_LINE = "delay-redis-line"  # everything takes longer
    DROP_PROVIDER_REPLIES = "drop-provider-replies"  # requests arrive, their answers don't
    STALL_PROVIDER_LINE = "stall-provider-line"  # connections stay open, nothing gets through
    DELAY_PROVIDER_LINE = "delay-provider-line"  # everything takes longer
    RESET_PROVIDER = "reset-provider"  # the provider accepts connections, reads, and resets them
    STORM_503 = "storm-503"  # the provider answers everything with 503
    KILL_BEAT = "kill-beat"  # SIGKILL; another takes its place
    KILL_BROKER = "kill-broker"  # SIGKILL to the server that carries the wake-ups; restarted
    KILL_IMPORTER = "kill-importer"  # SIGKILL half-way; the same import runs again


WORKER_KILLS: Final = (Kind.KILL_WORKER, Kind.KILL_CHILD)
"""What `--worker-kills` counts, one half each."""
REDIS_KILLS: Final = (Kind.KILL_REDIS,)
