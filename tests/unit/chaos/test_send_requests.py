"""Reading along which messages a request carries."""

from bulkwire_cli.chaos.send_requests import SendRequests

BODY = b'{"messages":[{"to":"1","clientMessageId":"a-1"},{"to":"2","clientMessageId":"b.2"}]}'
HEAD = b"POST /v1/message HTTP/1.1\r\nHost: here\r\nContent-Length: %d\r\n\r\n" % len(BODY)
STATUS = b"GET /v1/message/abc HTTP/1.1\r\nHost: here\r\n\r\n"


def test_a_send_request_names_its_messages() -> None:
    seen = SendRequests()
    seen.feed(HEAD + BODY)
    assert seen.is_send
    assert seen.complete
    assert seen.ids() == {"a-1", "b.2"}


def test_it_is_complete_with_its_last_byte_only() -> None:
    seen = SendRequests()
    for byte in (HEAD + BODY)[:-1]:
        seen.feed(bytes([byte]))
        assert not seen.complete
    seen.feed(BODY[-1:])
    assert seen.complete


def test_another_request_sends_nothing() -> None:
    seen = SendRequests()
    seen.feed(STATUS)
    assert seen.complete
    assert not seen.is_send
    assert seen.ids() == frozenset()


def test_after_the_answer_another_request_begins() -> None:
    seen = SendRequests()
    seen.feed(HEAD + BODY)
    seen.answered()
    assert seen.ids() == frozenset()
    seen.feed(STATUS)
    assert not seen.is_send
