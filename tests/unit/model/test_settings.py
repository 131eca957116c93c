from pathlib import Path

import pytest

from bulkwire.errors import ConfigurationError
from bulkwire.settings import ProducerSettings, default_broker_url, load_settings
from bulkwire_config.settings import WorkerSettings


@pytest.fixture(autouse=True)
def empty_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("REDIS_URL", "BROKER_URL", "DEFAULT_REGION", "ACCOUNT"):
        monkeypatch.delenv(f"BULKWIRE_{name}", raising=False)
    monkeypatch.chdir(tmp_path)


def test_the_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BULKWIRE_REDIS_URL", "redis://example.test:6380/2")
    monkeypatch.setenv("BULKWIRE_DEFAULT_REGION", "za")
    settings = load_settings(ProducerSettings)
    assert settings.redis_url == "redis://example.test:6380/2"
    assert settings.broker_url == "redis://example.test:6380/3"
    assert settings.default_region == "ZA"
    assert settings.account == "default"


def test_dot_env_is_read_and_may_hold_what_others_need(tmp_path: Path) -> None:
    text = "BULKWIRE_REDIS_URL=redis://example.test\nBULKWIRE_API_KEY=hush\n"
    (tmp_path / ".env").write_text(text, encoding="utf-8")
    assert load_settings(ProducerSettings).broker_url == "redis://example.test/1"


def test_what_is_given_wins_and_none_is_not_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BULKWIRE_REDIS_URL", "redis://example.test")
    monkeypatch.setenv("BULKWIRE_ACCOUNT", "shop")
    settings = load_settings(ProducerSettings, redis_url="redis://other.test", account=None)
    assert settings.redis_url == "redis://other.test"
    assert settings.account == "shop"


def test_every_fault_is_a_line_that_names_its_variable_and_no_value(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("BULKWIRE_REDIS_URL", "http://:hush@example.test")
    monkeypatch.setenv("BULKWIRE_DEFAULT_REGION", "Atlantis")
    monkeypatch.setenv("BULKWIRE_ACCOUNT", "a b")
    with pytest.raises(ConfigurationError) as caught:
        load_settings(ProducerSettings)
    lines = str(caught.value).splitlines()
    assert [line.split()[0] for line in lines] == [
        "BULKWIRE_REDIS_URL",
        "BULKWIRE_DEFAULT_REGION",
        "BULKWIRE_ACCOUNT",
    ]
    assert "hush" not in str(caught.value)
    assert "Atlantis" not in str(caught.value)
    assert caught.value.__context__ is None


def test_a_missing_url_says_where_to_set_it() -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_settings(ProducerSettings)
    assert str(caught.value) == (
        "BULKWIRE_REDIS_URL is missing: set it in the environment or in .env"
    )


@pytest.mark.parametrize(
    "url", ["redis://", "redis://h:port/0", "redis://h/x", "unix://", "localhost:6379", "redis://["]
)
def test_what_is_no_redis_url_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationError, match="BULKWIRE_REDIS_URL"):
        load_settings(ProducerSettings, redis_url=url)


def test_a_dot_env_that_is_not_utf_8_is_named(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"BULKWIRE_ACCOUNT=\xff\xfe\n")
    with pytest.raises(ConfigurationError, match="is not UTF-8"):
        load_settings(ProducerSettings)


def test_what_is_not_json_is_named_without_its_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BULKWIRE_REDIS_URL", "redis://example.test")
    monkeypatch.setenv("BULKWIRE_API_KEYS", "{hush")
    with pytest.raises(ConfigurationError) as wrong:
        load_settings(WorkerSettings)
    assert str(wrong.value) == "BULKWIRE_API_KEYS is not JSON: write it as .env.example does"


def test_repr_shows_no_address() -> None:
    shown = repr(load_settings(ProducerSettings, redis_url="redis://:hush@example.test"))
    assert "hush" not in shown


@pytest.mark.parametrize(
    ("redis_url", "broker_url"),
    [
        ("redis://h", "redis://h/1"),
        ("redis://u:p%40x@h:6380/7", "redis://u:p%40x@h:6380/8"),
        ("redis://[::1]:6379/2", "redis://[::1]:6379/3"),
        ("redis://h/1?db=4&socket_timeout=3", "redis://h/5"),
        ("rediss://h/0", "rediss://h/1?ssl_cert_reqs=required"),
        ("rediss://h/0?ssl_cert_reqs=none", "rediss://h/1?ssl_cert_reqs=none"),
        ("unix:///run/r.sock?db=2", "redis+socket:///run/r.sock?virtual_host=3"),
        ("unix://:pw@/run/r.sock", "redis+socket://:pw@/run/r.sock?virtual_host=1"),
    ],
)
def test_the_default_broker_is_the_next_database_of_the_same_server(
    redis_url: str, broker_url: str
) -> None:
    assert default_broker_url(redis_url) == broker_url


@pytest.mark.parametrize("broker_url", ["carrier-pigeon://coop", "example.test:6379", "sqs://"])
def test_a_broker_nobody_can_reach_is_told_before_the_first_wake_up(broker_url: str) -> None:
    with pytest.raises(ConfigurationError, match=r"^BULKWIRE_BROKER_URL "):
        load_settings(ProducerSettings, redis_url="redis://example.test", broker_url=broker_url)


@pytest.mark.parametrize("broker_url", ["amqp://example.test", "redis+socket:///run/redis.sock"])
def test_any_broker_that_celery_knows_will_do(broker_url: str) -> None:
    settings = load_settings(
        ProducerSettings, redis_url="redis://example.test", broker_url=broker_url
    )
    assert settings.broker_url == broker_url


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ("[1]", "BULKWIRE_API_KEYS is not a JSON object: "),
        ('{"a b": "hush"}', "BULKWIRE_API_KEYS names an account that cannot be one: "),
        ('{"shop": ""}', "BULKWIRE_API_KEYS.shop is empty: "),
    ],
)
def test_keys_by_account_that_are_wrong_are_told_without_them(
    monkeypatch: pytest.MonkeyPatch, keys: str, said: str
) -> None:
    monkeypatch.setenv("BULKWIRE_REDIS_URL", "redis://example.test")
    monkeypatch.setenv("BULKWIRE_API_KEYS", keys)
    with pytest.raises(ConfigurationError) as wrong:
        load_settings(WorkerSettings)
    assert str(wrong.value).startswith(said)
    assert "hush" not in str(wrong.value)
