"""Balance, notifications and media: the operations beside sending."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final

import orjson

from bulkwire_cli.simulator.answers import Answer, Kind
from bulkwire_cli.simulator.contract import corrected_contract, validator_for
from bulkwire_cli.simulator.media import KEPT_MS, MAX_FILE, MediaFile
from bulkwire_cli.simulator.provider import Provider
from bulkwire_cli.simulator.reply import MEDIA, Reply, error, refusal

__all__ = ["OtherOperations"]

UNLIMITED_BALANCE: Final = 1_000_000.0
MALFORMED: Final = 21
TOO_MANY: Final = 22
PARAMETER: Final = 23
MEDIA_TOO_BIG: Final = 31
ENCRYPTION: Final = frozenset({"encryptionKey", "kmsArn", "encryptionCipher"})
UPLOAD_TERMS: Final = frozenset(
    {"fileName", "to", "broadcastAllowed", "sha256FileHash", *ENCRYPTION}
)
MEDIA_NOT_FOUND: Final = Reply(Answer(Kind.BARE, 404), 404)


class OtherOperations:
    """Each answers at once; the scenario's `other_requests` rates apply to all of them."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider
        self._notifications = validator_for(corrected_contract(), "ReplyStatusNotificationRequest")

    def balance(self) -> Reply:
        """`GET /v1/balance`."""
        answer = self._provider.draw("balance")
        if not answer.takes_messages:
            return refusal(answer)
        accounts = self._provider.accounts
        balance = UNLIMITED_BALANCE if accounts.balance is None else round(accounts.balance, 6)
        body = {"balance": balance, "currency": accounts.settings.currency}
        return Reply(answer, body=orjson.dumps(body))

    def notification(self, body: bytes) -> Reply:
        """`POST /v1/notification`."""
        answer = self._provider.draw("notification")
        if not answer.takes_messages:
            return refusal(answer)
        try:
            request = orjson.loads(body)
        except orjson.JSONDecodeError:
            return refusal(Answer(Kind.CODE, MALFORMED))
        for fault in self._notifications.iter_errors(request):
            if fault.kind.name == "minLength":
                continue  # that notice alone is refused
            code = TOO_MANY if fault.kind.name == "maxItems" else MALFORMED
            return refusal(Answer(Kind.CODE, code))
        results = [self._noted(event) for event in request["event"]["messageStatusUpdate"]]
        accepted = sum(result["accepted"] for result in results)
        status = 202 if accepted == len(results) else 207 if accepted else 400
        return Reply(answer, status, orjson.dumps({"event": {"messageStatusUpdate": results}}))

    def upload(self, body: bytes, query: Mapping[str, str], content_type: str | None) -> Reply:
        """`POST /v1/media`; `content_type` is the request's header."""
        answer = self._provider.draw("media")
        if not answer.takes_messages:
            return refusal(answer, MEDIA)
        # Of what the client encrypted, the hash is of what is in it.
        digest = None if query.keys() & ENCRYPTION else query.get("sha256FileHash")
        broken = digest is not None and digest.lower() != sha256(body).hexdigest()
        # Stricter than the provider may be: a misspelt parameter must not pass a test.
        strange = query.keys() - UPLOAD_TERMS or query.get("broadcastAllowed", "true") != "true"
        if not query.get("fileName") or not content_type or not body or broken or strange:
            return _wrong(PARAMETER)
        if len(body) > MAX_FILE:
            return _wrong(MEDIA_TOO_BIG)
        file = MediaFile(
            content=body,
            content_type=content_type,
            to=query.get("to"),
            broadcast=query.get("broadcastAllowed") == "true",
            expires_at=self._provider.clock() + KEPT_MS,
        )
        file_id = self._provider.new_id()
        self._provider.media.add(file_id, file)
        return Reply(answer, 201, orjson.dumps({"fileId": file_id, "accepted": True}))

    def download(self, query: Mapping[str, str]) -> Reply:
        """`GET /v1/media`. With `source=client` the hash is of something else, and not checked."""
        answer = self._provider.draw("media")
        if not answer.takes_messages:
            return refusal(answer, MEDIA)
        digest = query.get("sha256Hash")
        if not query.get("fileId") or not digest or query.get("source", "client") != "client":
            return _wrong(PARAMETER)
        file = self._provider.media.get(query["fileId"], self._provider.clock())
        if file is None:
            return MEDIA_NOT_FOUND
        if "source" not in query and not file.has_hash(digest):
            return _wrong(PARAMETER)
        return Reply(answer, body=file.content, content_type=file.content_type)

    def metadata(self, file_id: str) -> Reply:
        """`GET /v1/media/{fileId}`."""
        answer = self._provider.draw("media")
        if not answer.takes_messages:
            return refusal(answer, MEDIA)
        file = self._provider.media.get(file_id, self._provider.clock())
        if file is None:
            return MEDIA_NOT_FOUND
        body = {"expirationTime": file.expires_at, "broadcastAllowed": file.broadcast}
        return Reply(answer, body=orjson.dumps(body))

    def _noted(self, event: dict[str, Any]) -> dict[str, Any]:
        result: dict[str, Any] = {"messageId": event["messageId"]}
        if "clientEventId" in event:
            result["clientEventId"] = event["clientEventId"]
        if not event["messageId"]:
            return {**result, "accepted": False, "error": error(PARAMETER)}
        return {**result, "apiEventId": self._provider.new_id(), "accepted": True}


def _wrong(code: int) -> Reply:
    return refusal(Answer(Kind.CODE, code), MEDIA)
