"""A token bucket in messages."""

__all__ = ["TokenBucket"]


class TokenBucket:
    """Fills with `rate` tokens a second up to `burst`; starts full. Times are seconds."""

    __slots__ = ("_burst", "_rate", "_seen", "_tokens")

    def __init__(self, rate: float, burst: float, now: float) -> None:
        self._rate = rate
        self._burst = burst
        self._tokens = burst
        self._seen = now

    def take(self, tokens: int, now: float) -> bool:
        """Take all the tokens, or none where there are too few."""
        self._tokens = min(self._burst, self._tokens + (now - self._seen) * self._rate)
        self._seen = now
        if tokens > self._tokens:
            return False
        self._tokens -= tokens
        return True
