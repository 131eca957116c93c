"""A wrong address costs a handful of requests: nothing is dead, all waits behind a hold that says
why, and once the address is right everybody gets one message, without a command."""

import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bulkwire_cli.private_server import PrivateServer
from bulkwire_cli.simulator.process import RunningSimulator
from support.clock import let_time_pass
from support.raw_server import Behaviour, Connection, RawServer
from support.shop import Shop
from support.worker import running_worker

MESSAGES = 1500
SENDERS = 2
A_HANDFUL = 5
CERTIFICATE = Path(__file__).parents[1] / "integration/one_api/loopback_certificate.pem"
PAGE = b"<!doctype html><title>Welcome</title>"


@dataclass
class Place:
    """A wrong address, and how many requests with messages have come there."""

    url: str
    count: Callable[[], int] = field(default=lambda: 0)


Open = Callable[[RunningSimulator], AbstractContextManager[Place]]


@contextmanager
def nobody_listens(_: RunningSimulator) -> Iterator[Place]:
    with socket.socket() as bound:  # bound, so that nobody else gets the port; not listening
        bound.bind(("127.0.0.1", 0))
        yield Place(f"http://127.0.0.1:{bound.getsockname()[1]}")


@contextmanager
def no_such_host(_: RunningSimulator) -> Iterator[Place]:
    yield Place("https://something.invalid")


@contextmanager
def tls_on_a_plain_port(simulator: RunningSimulator) -> Iterator[Place]:
    url = simulator.url.replace("http://", "https://")
    yield Place(url, lambda: sends(simulator))


@contextmanager
def plain_on_a_tls_port(_: RunningSimulator) -> Iterator[Place]:
    def behave(connection: Connection) -> None:
        connection.start_tls(str(CERTIFICATE))

    with RawServer(behave) as server:
        yield Place(server.url, lambda: posts(server))


@contextmanager
def a_wrong_prefix(simulator: RunningSimulator) -> Iterator[Place]:
    yield Place(f"{simulator.url}/api/v2", lambda: sends(simulator))


def answer(status: str, body: bytes = b"", *headers: str) -> bytes:
    head = [f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body)}", "", ""]
    return "\r\n".join(head).encode() + body


def saying(what: bytes) -> Behaviour:
    """The same to every path."""

    def behave(connection: Connection) -> None:
        while connection.read_request():
            connection.answer(what)

    return behave


def web_server(behave: Behaviour) -> Open:
    @contextmanager
    def opened(_: RunningSimulator) -> Iterator[Place]:
        with RawServer(behave) as server:
            yield Place(server.url, lambda: posts(server))

    return opened


def posts(server: RawServer) -> int:
    return server.received.count(b"POST /v1/message HTTP/1.1\r\n")


def sends(simulator: RunningSimulator) -> int:
    return sum(simulator.client.summary(statuses=False).requests.get("send", {}).values())


@dataclass(frozen=True)
class Wrong:
    """A kind of wrong address, the hold that it ends in, and what that says."""

    name: str
    place: Open
    hold: str
    why: set[str]
    requests: int = A_HANDFUL
    """That may come there at most."""


MOVED = "Location: http://127.0.0.1:1/elsewhere"
NOT_FOUND = b'{"timestamp":1,"status":404,"error":"Not Found","path":"/v1/message"}'
NOT_ALLOWED = b'{"message":"Method Not Allowed"}'
NOT_IT = {"address_is_not_the_one_api"}
NO_HTTP = {"protocol_garbage", "server_closed", "read_reset"}
NO_NAME = {"unknown_host", "connect_timeout"}
"""A resolver that hangs is one more way of not knowing a name."""

WRONG = [
    Wrong("nobody listens", nobody_listens, "rate", {"connect_refused"}, 0),
    Wrong("no such host", no_such_host, "rate", NO_NAME, 0),
    Wrong("TLS on a plain port", tls_on_a_plain_port, "rate", {"tls_failed"}, 0),
    Wrong("plain on a TLS port", plain_on_a_tls_port, "rate", NO_HTTP, 0),
    Wrong("HTML 200", web_server(saying(answer("200 OK", PAGE))), "refused", NOT_IT, 0),
    Wrong("301", web_server(saying(answer("301 Moved", PAGE, MOVED))), "refused", {"http_301"}),
    Wrong("a wrong prefix", a_wrong_prefix, "refused", {"http_404"}),
]


def behave_well(simulator: RunningSimulator) -> None:
    simulator.client.set_scenario({"statuses": {"final_ms": [0, 100], "supplier_ms": [0, 0]}})
    simulator.client.reset()


def put_right(
    shop: Shop, server: PrivateServer, simulator: RunningSimulator, folder: Path, expected: int
) -> None:
    """A worker with the right address delivers everything once; the hold is tried by itself."""
    with running_worker(server.url, simulator.url, folder):
        let_time_pass(shop, lambda: shop.counts().get("delivered") == expected)
    assert shop.holds() == {}
    assert simulator.client.summary().recipients.received_more_than_one == 0
    shop.assert_conserved(MESSAGES)


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: wrong.name)
def test_a_wrong_address_sends_nothing_and_the_right_one_everything(
    wrong: Wrong,
    shop: Shop,
    server: PrivateServer,
    simulator: RunningSimulator,
    tmp_path: Path,
) -> None:
    behave_well(simulator)
    shop.enqueue(range(MESSAGES), campaign="spring")

    with wrong.place(simulator) as place:
        with running_worker(server.url, place.url, tmp_path, senders=SENDERS):
            hold = shop.wait_for_hold(wrong.hold)
        counts = shop.counts()
        assert counts["total"] == MESSAGES == counts["queued"] + counts.get("scheduled", 0)
        assert hold.why in wrong.why
        assert hold.probe_at_ms is not None
        assert place.count() <= wrong.requests
        assert {message.attempts for message in shop.messages(range(MESSAGES))} == {0}

    put_right(shop, server, simulator, tmp_path, MESSAGES)


def half_right(connection: Connection) -> None:
    """Tells the balance, and answers messages with a page."""
    while request := connection.read_request():
        asks = request.startswith(b"GET /v1/balance ")
        connection.answer(answer("200 OK", b'{"balance":1000}' if asks else PAGE))


@pytest.mark.parametrize(
    "behave",
    [half_right, saying(answer("502 Bad Gateway", PAGE))],
    ids=["a page for messages alone", "502 to everything"],
)
def test_answers_that_nobody_can_read_put_a_few_requests_in_doubt_and_hold_the_rest(
    behave: Behaviour,
    shop: Shop,
    server: PrivateServer,
    simulator: RunningSimulator,
    tmp_path: Path,
) -> None:
    behave_well(simulator)
    shop.enqueue(range(MESSAGES), campaign="spring")
    with RawServer(behave) as provider:
        with running_worker(server.url, provider.url, tmp_path, senders=SENDERS):
            hold = shop.wait_for_hold("refused")
        requests = posts(provider)

    in_doubt = shop.counts()["in_doubt"]
    assert requests <= A_HANDFUL + 1, "and one trial"
    assert in_doubt <= requests * 100
    assert shop.counts() == {
        "total": MESSAGES,
        "in_doubt": in_doubt,
        "queued": MESSAGES - in_doubt,
    }
    assert hold.why.startswith("circuit_breaker: 3 requests in a row in doubt, the last for ")

    put_right(shop, server, simulator, tmp_path, MESSAGES - in_doubt)


class Moody:
    """A web server that answers as it is told."""

    def __init__(self) -> None:
        self.says = answer("200 OK", PAGE)

    def __call__(self, connection: Connection) -> None:
        while connection.read_request():
            connection.answer(self.says)


@pytest.fixture(scope="module")
def moody(
    server: PrivateServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Moody, RawServer]]:
    """With a worker that takes it for the provider."""
    folder, behaviour = tmp_path_factory.mktemp("worker"), Moody()
    with (
        RawServer(behaviour) as provider,
        running_worker(server.url, provider.url, folder, senders=SENDERS),
    ):
        yield behaviour, provider


@pytest.mark.parametrize(
    ("says", "why"),
    [
        (answer("404 Not Found", PAGE), "http_404"),
        (answer("404 Not Found", NOT_FOUND), "http_404"),
        (answer("405 Method Not Allowed", NOT_ALLOWED), "http_405"),
        (answer("302 Found", b"", MOVED), "http_302"),
        (answer("403 Forbidden", PAGE), "http_403"),
        (answer("204 No Content"), "address_is_not_the_one_api"),
        (answer("200 OK", b"[]"), "address_is_not_the_one_api"),
    ],
    ids=["HTML 404", "JSON 404", "JSON 405", "302", "403", "204", "a list"],
)
def test_whatever_another_web_server_says_all_stays_queued(
    says: bytes, why: str, moody: tuple[Moody, RawServer], shop: Shop
) -> None:
    behaviour, provider = moody
    behaviour.says, before = says, posts(provider)
    shop.enqueue(range(MESSAGES))
    hold = shop.wait_for_hold("refused")
    shop.wait_for(queued=MESSAGES)
    assert hold.why == why
    assert posts(provider) - before <= A_HANDFUL
