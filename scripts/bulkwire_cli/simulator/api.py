"""The HTTP side of the One API's operations: headers and bodies in, decided answers out."""

import asyncio

from aiohttp import web

from bulkwire_cli.simulator.delivery import deliver
from bulkwire_cli.simulator.other_operations import OtherOperations
from bulkwire_cli.simulator.provider import UNAUTHORIZED, Provider
from bulkwire_cli.simulator.reply import MEDIA, SEND, Reply, refusal

__all__ = ["Api"]


class Api:
    """Handlers of the contract's paths."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider
        self._other = OtherOperations(provider)

    def routes(self) -> list[web.RouteDef]:
        """The contract's operations."""
        return [
            web.post("/v1/message", self.send),
            web.get("/v1/message/{id}", self.status, allow_head=False),
            web.get("/v1/balance", self.balance, allow_head=False),
            web.post("/v1/notification", self.notification),
            web.post("/v1/media", self.upload),
            web.get("/v1/media", self.download, allow_head=False),
            web.get("/v1/media/{id}", self.metadata, allow_head=False),
        ]

    async def send(self, request: web.Request) -> web.Response:
        """Send messages."""
        body = await request.read()
        account = self._account(request)
        reply = self._provider.send(body, account) if account else refusal(UNAUTHORIZED, SEND)
        return await self._answer(request, "send", reply, len(body))

    async def status(self, request: web.Request) -> web.Response:
        """Status of one message."""
        allowed = self._account(request)
        api_id = request.match_info["id"]
        reply = self._provider.status(api_id) if allowed else refusal(UNAUTHORIZED)
        return await self._answer(request, "status", reply)

    async def balance(self, request: web.Request) -> web.Response:
        """Balance of the account."""
        reply = self._other.balance() if self._account(request) else refusal(UNAUTHORIZED)
        return await self._answer(request, "balance", reply)

    async def notification(self, request: web.Request) -> web.Response:
        """Read notices."""
        body = await request.read()
        allowed = self._account(request)
        reply = self._other.notification(body) if allowed else refusal(UNAUTHORIZED)
        return await self._answer(request, "notification", reply, len(body))

    async def upload(self, request: web.Request) -> web.Response:
        """Media upload."""
        body = await request.read()
        reply = refusal(UNAUTHORIZED, MEDIA)
        if self._account(request):
            content_type = request.headers.get("Content-Type")
            reply = self._other.upload(body, request.query, content_type)
        return await self._answer(request, "media_upload", reply, len(body))

    async def download(self, request: web.Request) -> web.Response:
        """Media download."""
        allowed = self._account(request)
        reply = self._other.download(request.query) if allowed else refusal(UNAUTHORIZED, MEDIA)
        return await self._answer(request, "media_download", reply)

    async def metadata(self, request: web.Request) -> web.Response:
        """Media metadata."""
        allowed = self._account(request)
        file_id = request.match_info["id"]
        reply = self._other.metadata(file_id) if allowed else refusal(UNAUTHORIZED, MEDIA)
        return await self._answer(request, "media_metadata", reply)

    def _account(self, request: web.Request) -> str | None:
        return self._provider.account(request.headers.get("Authorization"))

    async def _answer(
        self, request: web.Request, operation: str, reply: Reply, size: int = 0
    ) -> web.Response:
        provider = self._provider
        provider.log.add(
            at=provider.clock(),
            operation=operation,
            answer=str(reply.answer),
            status=reply.status,
            size=size,
            messages=reply.messages,
        )
        delay = provider.delay_ms(reply.answer)
        if delay:
            await asyncio.sleep(delay / 1000)
        return await deliver(request, reply, provider.scenario.retry_after_s)
