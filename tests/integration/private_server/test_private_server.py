"""The private server: its settings, its ends, and who may use its data."""

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from bulkwire_cli.private_server import PrivateServer, PrivateServerError, start_private_server
from support import wait_until

ONCE = Retry(NoBackoff(), 0)


@pytest.fixture
def server() -> Iterator[PrivateServer]:
    with start_private_server(appendonly=True) as server:
        yield server


@pytest.fixture
def client(server: PrivateServer) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(server.url, decode_responses=True) as client:
        yield client


def is_gone(pid: int) -> bool:
    """True for a zombie too: it ended, and whoever inherited it has not looked yet."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_it_answers_on_loopback_with_the_settings_bulkwire_needs(
    server: PrivateServer, client: redis.Redis
) -> None:
    settings = client.config_get(
        "maxmemory-policy", "hash-max-listpack-value", "bind", "appendonly"
    )
    assert settings == {
        "maxmemory-policy": "noeviction",
        "hash-max-listpack-value": "1024",
        "bind": "127.0.0.1",
        "appendonly": "yes",
    }
    assert client.info("server")["process_id"] == server.pid


def test_further_arguments_win_over_the_settings() -> None:
    with (
        start_private_server(databases=3, extra_args=["--maxmemory", "20mb"]) as server,
        redis.Redis.from_url(server.url, decode_responses=True) as client,
    ):
        settings = client.config_get("maxmemory", "databases")
    assert settings == {"maxmemory": str(20 * 1024 * 1024), "databases": "3"}


def test_after_a_kill_and_a_restart_port_and_data_are_the_same(
    server: PrivateServer, client: redis.Redis
) -> None:
    port, pid = server.port, server.pid
    client.set("kept", "yes")
    server.kill()
    assert not server.is_running()
    with pytest.raises(redis.ConnectionError):
        client.ping()
    server.restart()
    assert server.port == port
    assert server.pid != pid
    assert client.get("kept") == "yes"


def test_a_paused_server_hangs_until_it_is_resumed(
    server: PrivateServer, client: redis.Redis
) -> None:
    with redis.Redis.from_url(server.url, socket_timeout=0.2, retry=ONCE) as impatient:
        server.pause()
        with pytest.raises(redis.TimeoutError):
            impatient.ping()
        server.resume()
    assert client.ping()


def test_a_paused_server_still_ends_with_its_block() -> None:
    with start_private_server() as server:
        server.pause()
    assert is_gone(server.pid)


def test_the_end_of_the_block_removes_server_watcher_and_temporary_data() -> None:
    with start_private_server() as server:
        family = [server.pid, *(child.pid for child in psutil.Process(server.pid).children())]
        assert server.data_dir.is_dir()
    assert len(family) == 2
    wait_until(lambda: all(map(is_gone, family)), message="the end of server and watcher")
    assert not server.data_dir.exists()


def test_named_data_stays_and_is_found_again(tmp_path: Path) -> None:
    for expected in (None, b"yes"):
        with (
            start_private_server(tmp_path, appendonly=True) as server,
            redis.Redis.from_url(server.url) as client,
        ):
            assert client.get("kept") == expected
            client.set("kept", "yes")


def test_a_data_directory_belongs_to_one_server_at_a_time(server: PrivateServer) -> None:
    with (
        pytest.raises(PrivateServerError, match=f"{server.data_dir} belongs to a private server"),
        start_private_server(server.data_dir),
    ):
        pass
    assert server.is_running()


def test_a_server_that_cannot_start_is_reported_with_the_end_of_its_log() -> None:
    with (
        pytest.raises(PrivateServerError, match=r"(?s)does not come up.*no-such-setting"),
        start_private_server(extra_args=["--no-such-setting", "1"]),
    ):
        pass


def test_it_is_started_from_the_main_thread_only() -> None:
    errors: list[Exception] = []

    def start() -> None:
        try:
            with start_private_server():
                pass
        except PrivateServerError as error:
            errors.append(error)

    thread = threading.Thread(target=start)
    thread.start()
    thread.join()
    assert "main thread" in str(errors[0])


def test_a_forked_child_that_leaves_the_block_ends_nothing(server: PrivateServer) -> None:
    child = os.fork()
    if child == 0:
        server.stop()
        os._exit(0)
    os.waitpid(child, 0)
    assert server.is_running()
