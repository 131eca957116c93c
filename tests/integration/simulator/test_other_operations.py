"""Balance, notifications and media."""

from hashlib import sha256
from typing import Any

import httpx
import pytest

from support.simulated_api import Fields, Sender, Simulate

FILE = b"\x89PNG not really"


def upload(
    api: Sender, content: bytes = FILE, content_type: str = "image/png", **query: str
) -> httpx.Response:
    headers = {"Content-Type": content_type} if content_type else {}
    query = {"fileName": "a.png", **query}
    return api.http.post("/v1/media", params=query, content=content, headers=headers)


def test_a_balance_without_end_is_still_a_number(simulate: Simulate) -> None:
    body = simulate().http.get("/v1/balance").json()
    assert body["currency"] == "USD"
    assert body["balance"] > 1_000


def test_other_operations_have_rates_too(simulate: Simulate) -> None:
    api = simulate(other_requests={"bare_503": 1})
    assert api.http.get("/v1/balance").status_code == 503


def test_a_read_notice_is_accepted_and_its_client_id_echoed(simulate: Simulate) -> None:
    notice = {"messageId": "in-1", "statusCode": 1001, "clientEventId": "mine"}
    answer = simulate().http.post(
        "/v1/notification", json={"event": {"messageStatusUpdate": [notice]}}
    )
    (result,) = answer.json()["event"]["messageStatusUpdate"]
    assert answer.status_code == 202
    assert (result["accepted"], result["messageId"]) == (True, "in-1")
    assert result["clientEventId"] == "mine"
    assert result["apiEventId"]


def test_one_bad_notice_makes_it_207(simulate: Simulate) -> None:
    notices = [{"messageId": name, "statusCode": 1001} for name in ("in-1", "")]
    answer = simulate().http.post(
        "/v1/notification", json={"event": {"messageStatusUpdate": notices}}
    )
    results = answer.json()["event"]["messageStatusUpdate"]
    assert answer.status_code == 207
    assert [result["accepted"] for result in results] == [True, False]
    assert "apiEventId" not in results[1]


@pytest.mark.parametrize(
    ("notices", "code"),
    [
        ([{"messageId": "in-1", "statusCode": 7}], 21),
        ([], 21),
        ([{"messageId": "in-1", "statusCode": 1001}] * 101, 22),
    ],
)
def test_a_notification_outside_the_contract_is_refused(
    simulate: Simulate, notices: list[Fields], code: int
) -> None:
    answer = simulate().http.post(
        "/v1/notification", json={"event": {"messageStatusUpdate": notices}}
    )
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, code)


def test_a_file_goes_up_and_comes_down_again(simulate: Simulate) -> None:
    api = simulate()
    answer = upload(api, broadcastAllowed="true", sha256FileHash=sha256(FILE).hexdigest())
    assert answer.status_code == 201
    file_id = answer.json()["fileId"]
    metadata = api.http.get(f"/v1/media/{file_id}").json()
    assert metadata["broadcastAllowed"] is True
    query = {"fileId": file_id, "sha256Hash": sha256(FILE).hexdigest()}
    down = api.http.get("/v1/media", params=query)
    assert (down.status_code, down.content) == (200, FILE)
    assert down.headers["Content-Type"] == "image/png"


def test_a_download_with_the_wrong_hash_is_refused_unless_the_client_encrypted_it(
    simulate: Simulate,
) -> None:
    api = simulate()
    query = {"fileId": upload(api).json()["fileId"], "sha256Hash": "00"}
    assert api.http.get("/v1/media", params=query).status_code == 400
    assert api.http.get("/v1/media", params={**query, "source": "client"}).status_code == 200


@pytest.mark.parametrize("said", ["encryptionKey", "kmsArn", "encryptionCipher"])
def test_the_hash_of_what_the_client_encrypted_is_of_something_else(
    simulate: Simulate, said: str
) -> None:
    query: dict[str, Any] = {said: "x", "sha256FileHash": "ab" * 32}
    assert upload(simulate(), **query).status_code == 201


def test_a_file_that_is_not_there_is_404(simulate: Simulate) -> None:
    api = simulate()
    query = {"fileId": "nowhere", "sha256Hash": "00"}
    assert api.http.get("/v1/media", params=query).status_code == 404
    assert api.http.get("/v1/media/nowhere").status_code == 404


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"fileName": ""}, 23),
        ({"content_type": ""}, 23),
        ({"content": b""}, 23),
        ({"sha256FileHash": "00"}, 23),
        ({"content": b"x" * 30_000_001}, 31),
    ],
)
def test_a_bad_upload_is_refused(simulate: Simulate, options: dict[str, Any], code: int) -> None:
    answer = upload(simulate(), **options)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, code)
    assert answer.json()["accepted"] is False


@pytest.mark.parametrize(
    ("terms", "codes"),
    [
        ({}, [33, 33]),
        ({"broadcastAllowed": "true"}, [None, None]),
        ({"to": "27820000001"}, [None, 33]),
        ({"to": "27820000001", "broadcastAllowed": "true"}, [None, 33]),
    ],
)
def test_a_file_goes_to_whom_it_was_uploaded_for(
    simulate: Simulate, terms: dict[str, Any], codes: list[int | None]
) -> None:
    api = simulate()
    file_id = upload(api, **terms).json()["fileId"]
    media = {"media": {"fileId": file_id}}
    header = {"type": "media", "media": {"fileId": file_id}}
    template = {"template": {"templateName": "t", "body": {}, "header": header}}
    for content in (media, template):
        messages = [
            {"channel": "whatsapp", "to": to, **content} for to in ("27820000001", "27820000002")
        ]
        results = api.send(*messages).json()["messages"]
        assert [r["error"] and r["error"]["code"] for r in results] == codes


REFUSED: dict[str, tuple[str, str, set[str]]] = {
    "sendMessages": ("POST", "/v1/message", {"messages", "error"}),
    "messageStatus": ("GET", "/v1/message/nobodys", {"error"}),
    "accountMessagingBalance": ("GET", "/v1/balance", {"error"}),
    "sendBusinessStatusNotification": ("POST", "/v1/notification", {"error"}),
    "uploadFile": ("POST", "/v1/media", {"accepted", "error"}),
    "downloadFile": ("GET", "/v1/media", {"accepted", "error"}),
    "getMetadata": ("GET", "/v1/media/nowhere", {"accepted", "error"}),
}
"""Operation → a request, and what the contract's response to it has where all is refused."""


@pytest.mark.parametrize("operation", REFUSED)
def test_a_refusal_has_the_shape_of_its_operation(simulate: Simulate, operation: str) -> None:
    method, path, names = REFUSED[operation]
    api = simulate(account={"keys": ["key"]}, other_requests={"code_43": 1})
    answer = api.http.request(method, path, headers={"Authorization": "another"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, 1)
    assert set(answer.json()) == names
    if operation not in {"sendMessages", "messageStatus"}:  # these have rates of their own
        answer = api.http.request(method, path)
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, 43)
        assert set(answer.json()) == names


def test_a_malformed_notification_is_refused_in_its_own_shape(simulate: Simulate) -> None:
    answer = simulate().http.post("/v1/notification", json={})
    assert (answer.status_code, set(answer.json())) == (400, {"error"})
