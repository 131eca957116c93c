"""What the sending processes have to know: the producers' settings and their own."""

import hashlib
from typing import Annotated, Final

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr

from bulkwire.faults import problem
from bulkwire.ids import NAME_RULE, is_name
from bulkwire.settings import ProducerSettings
from bulkwire.states import Channel

__all__ = ["WorkerSettings", "key_fingerprint"]

PROVIDER: Final = "https://platform.clickatell.com"
LONGER_THAN_READING_S: Final = 15.0
LONGER_THAN_DRAINING_S: Final = 4.0


def _address(url: str) -> str:
    url = url.strip().rstrip("/")
    if not url.startswith(("https://", "http://")):
        raise problem("is not a web address", f"write it like {PROVIDER}")
    return url


def _stripped(key: SecretStr) -> SecretStr:
    bare = key.get_secret_value().strip()
    if not bare:
        raise problem("is empty", "paste the API key of the integration")
    if not (bare.isascii() and bare.isprintable() and " " not in bare):
        raise problem("holds characters no key has", "paste the API key alone, without quotes")
    return SecretStr(bare)


def _by_account(keys: object) -> object:
    if not isinstance(keys, dict):
        raise problem("is not a JSON object", 'write it as {"ACCOUNT": "KEY"}')
    if not all(map(is_name, keys)):
        raise problem("names an account that cannot be one", NAME_RULE)
    return keys


ApiKey = Annotated[SecretStr, AfterValidator(_stripped)]


class WorkerSettings(ProducerSettings):
    """The settings of `bulkwire worker`. Frozen; make them with `bulkwire.settings.load_settings`.

    Times are in seconds unless their name says otherwise.
    """

    api_key: ApiKey | None = None
    """The provider's API key of the account named by `account`."""
    api_keys: Annotated[dict[str, ApiKey], BeforeValidator(_by_account)] = Field(
        default_factory=dict
    )
    """JSON, account to key: for those who send for several accounts."""
    api_url: Annotated[str, AfterValidator(_address)] = PROVIDER
    """The provider's base address; a simulator's, to try things out."""

    requests: int = Field(default=32, ge=2, le=512)
    """Send requests side by side in each sending process; one is kept for `high`."""
    linger_ms: int = Field(default=50, ge=0, le=10_000)
    """How long `normal` and `low` wait for a request to fill up. `high` never waits."""
    sms_per_second: float = Field(default=0, ge=0, le=1_000_000)
    """Most SMS a second of each account, over all workers. 0: only what the provider refuses."""
    whatsapp_per_second: float = Field(default=0, ge=0, le=1_000_000)
    """The same for WhatsApp messages."""
    read_timeout: float = Field(default=60, gt=0, le=70)
    """For the answer to a send request; after it, its messages are in doubt."""
    lease: float = Field(default=15, ge=1, le=60)
    """How long a worker may be silent before its messages are taken back."""
    stuck_after: float = Field(default=30, ge=1, le=600)
    """A worker that gets nowhere for so long, though there is something to do, ends itself."""
    attempts: int = Field(default=5, ge=1, le=100)
    """Attempts that count, before a message is a dead letter (exhausted)."""
    resend_on_bare_503: bool = True
    """Send again after a 503 without a readable body. False leaves those messages in doubt."""
    redrive_on_lift: bool = False
    """Send again what a used-up balance rejected, once it has risen. False: people redrive it."""

    checks: int = Field(default=32, ge=1, le=512)
    """Status requests side by side in each upkeep process."""
    first_check: float = Field(default=5, gt=0)
    """To the first status check after a message was accepted."""
    status_window_hours: float = Field(default=72, gt=0)
    """Without a final status for so long, an accepted message is unconfirmed."""
    retention_days: float = Field(default=7, gt=0)
    """A final message's record is archived after so long: only its count remains."""
    dead_retention_days: float = Field(default=30, gt=0)
    """The same for dead letters."""

    @property
    def most_per_second(self) -> dict[Channel, float]:
        """Messages a second by channel, of those that are limited."""
        limits = {
            Channel.SMS: self.sms_per_second,
            Channel.WHATSAPP: self.whatsapp_per_second,
        }
        return {channel: most for channel, most in limits.items() if most}

    @property
    def drain_limit(self) -> float:
        """How long a worker that stops waits for its requests: they also connect and settle."""
        return self.read_timeout + LONGER_THAN_READING_S

    @property
    def stop_limit(self) -> float:
        """How long a worker may take to stop: less than its supervisor waits, 90 s."""
        return self.drain_limit + LONGER_THAN_DRAINING_S

    @property
    def stuck_limit(self) -> float:
        """`stuck_after`, but no less than a lease: a calm worker renews three times in one."""
        return max(self.stuck_after, self.lease)

    @property
    def keys(self) -> dict[str, SecretStr]:
        """Every account there is a key for."""
        keys = dict(self.api_keys)
        if self.api_key is not None:
            keys.setdefault(self.account, self.api_key)
        return keys


def key_fingerprint(key: SecretStr) -> str:
    """Tells whether a key was replaced, without giving it away."""
    digest = hashlib.blake2b(key.get_secret_value().encode(), digest_size=8, person=b"bulkwire-key")
    return digest.hexdigest()
