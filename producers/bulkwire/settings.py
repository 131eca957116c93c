"""What an application has to say to enqueue: the environment and `.env`, prefix `BULKWIRE_`."""

import re
from dataclasses import replace
from typing import Annotated, Any, Final, TypeVar
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from kombu.transport import get_transport_cls
from pydantic import AfterValidator, Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from bulkwire.errors import ConfigurationError, Fault
from bulkwire.faults import faults_of, problem
from bulkwire.ids import NAME_PATTERN
from bulkwire.phone import check_region

__all__ = ["PREFIX", "ProducerSettings", "default_broker_url", "load_settings"]

PREFIX: Final = "BULKWIRE_"
_FIELD: Final = re.compile(r'field "(\w+)"')

_EXAMPLE: Final = "write it as redis://HOST:6379/0"


def _redis_url(url: str) -> str:
    try:
        parts = urlsplit(url)
        missing = not (parts.path if parts.scheme == "unix" else parts.hostname)
        # Asked for because they raise where they are no numbers.
        _ = parts.port, _database(url)
    except ValueError:
        raise problem("is not a Redis URL", _EXAMPLE) from None
    if parts.scheme not in {"redis", "rediss", "unix"}:
        raise problem("does not start with redis://, rediss:// or unix://", _EXAMPLE)
    if missing:
        raise problem("names no server", _EXAMPLE)
    return url


def _broker(url: str) -> str:
    kind, named, _ = url.partition("://")
    try:
        if not named:
            raise KeyError(url)
        # As kombu reads it: redis+socket:// is the transport redis.
        get_transport_cls(kind.partition("+")[0])
    except KeyError:
        remedy = "give an address that Celery knows, such as redis:// or amqp://"
        raise problem("is not a broker's address", remedy) from None
    except ImportError as error:
        raise problem(f"needs the module {error.name}", "install it, or use redis://") from None
    return url


def _region(region: str) -> str:
    try:
        return check_region(region)
    except ConfigurationError:
        raise problem("is not a country", "give its two letters, such as ZA") from None


class ProducerSettings(BaseSettings):
    """The settings of whoever enqueues. Frozen; make them with `load_settings`."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file=".env",
        env_ignore_empty=True,
        extra="ignore",  # .env also holds the workers' settings
        frozen=True,
        hide_input_in_errors=True,
    )

    redis_url: Annotated[str, AfterValidator(_redis_url)] = Field(repr=False)
    """The message store: `redis://`, `rediss://` or `unix://`, with the database's number."""
    broker_url: Annotated[str, AfterValidator(_broker)] = Field(
        default_factory=lambda given: default_broker_url(given["redis_url"]), repr=False
    )
    """Celery's broker. Default: the same Redis, the next database. A Redis Cluster has one
    database only and Celery no transport for it: there the broker has to be named."""
    default_region: Annotated[str, AfterValidator(_region)] | None = None
    """Two letters: the country of numbers that are written without their country's code."""
    account: str = Field(default="default", pattern=NAME_PATTERN)
    """The account of messages that name none."""
    queue_limit: int = Field(default=0, ge=0)
    """Messages of one account that may wait (queued and scheduled) before enqueueing refuses: `low`
    at 80 % of it, `normal` at 90 %, `high` last. 0: as many as fit."""


_Settings = TypeVar("_Settings", bound=BaseSettings)


def load_settings(settings: type[_Settings], **given: object) -> _Settings:
    """Settings from `given` (None means not given), the environment and `.env`, in this order.

    Raises ConfigurationError with one line per fault, each naming the variable and no value.
    """
    try:
        values: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
        return settings(**values)
    except ValidationError as error:
        lines = [_line(fault) for fault in faults_of(error, settings.model_fields)]
    except SettingsError as error:
        # Its text names the field and quotes no value.
        field = _FIELD.search(str(error))
        name = f"{PREFIX}{field[1].upper()}" if field else f"a {PREFIX} variable"
        lines = [f"{name} is not JSON: write it as .env.example does"]
    except UnicodeDecodeError:
        lines = [".env is not UTF-8: save it as UTF-8"]
    raise ConfigurationError("\n".join(lines))


def default_broker_url(redis_url: str) -> str:
    """The broker on the same Redis, one database on, in the form that Celery reads."""
    parts = urlsplit(redis_url)
    database = _database(redis_url) + 1
    credentials, at, host = parts.netloc.rpartition("@")
    if parts.scheme == "unix":
        given = dict(parse_qsl(parts.query))
        user, password = parts.username or given.get("username"), parts.password
        password = password or given.get("password")
        login = f"{quote(user or '', safe='%')}:{quote(password, safe='%')}@" if password else ""
        return f"redis+socket://{login}{parts.path}?{urlencode({'virtual_host': database})}"
    options = {name: value for name, value in parse_qsl(parts.query) if name.startswith("ssl_")}
    if parts.scheme == "rediss":
        # Without it, Celery would not check the server's certificate.
        options.setdefault("ssl_cert_reqs", "required")
    query = f"?{urlencode(options)}" if options else ""
    return f"{parts.scheme}://{credentials}{at}{host}/{database}{query}"


def _database(redis_url: str) -> int:
    """The database's number: of the query, else of the path. Raises ValueError if it is none."""
    parts = urlsplit(redis_url)
    named = dict(parse_qsl(parts.query)).get("db")
    path = "" if parts.scheme == "unix" else parts.path.strip("/")
    return int(named or path or "0")


def _line(fault: Fault) -> str:
    if fault.problem == "is missing":
        fault = replace(fault, remedy="set it in the environment or in .env")
    name, dot, rest = fault.path.partition(".")  # what follows is the name of an account
    return f"{PREFIX}{replace(fault, path=f'{name.upper()}{dot}{rest}')}"
