"""The simulator's own endpoints under `/_simulator/`: what really happened, and what shall happen.

They need no key and are never faulted.
"""

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import Any, Final

import orjson
from aiohttp import web
from pydantic import TypeAdapter, ValidationError

from bulkwire_cli.simulator.ledger import Record
from bulkwire_cli.simulator.provider import Provider
from bulkwire_cli.simulator.scenario_file import ScenarioError, parse_scenario

__all__ = ["Control"]

LINES_PER_CHUNK: Final = 1_000
_BALANCE: Final = TypeAdapter(dict[str, float | None])


class Control:
    """Handlers of `/_simulator/…`."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider

    def routes(self) -> list[web.RouteDef]:
        """All of them."""
        return [
            web.get("/_simulator/health", self.health),
            web.get("/_simulator/summary", self.summary),
            web.get("/_simulator/ledger", self.ledger),
            web.get("/_simulator/recipients", self.recipients),
            web.get("/_simulator/requests", self.requests),
            web.get("/_simulator/scenario", self.scenario),
            web.post("/_simulator/scenario", self.set_scenario),
            web.post("/_simulator/balance", self.set_balance),
            web.post("/_simulator/reset", self.reset),
        ]

    async def health(self, _: web.Request) -> web.Response:
        """It is up."""
        return _json({"ok": True})

    async def summary(self, request: web.Request) -> web.Response:
        """Counts over everything; `?statuses=0` leaves out the statuses, which cost a full walk."""
        provider = self._provider
        log, ledger, now = provider.log, provider.ledger, provider.clock()
        summary: dict[str, Any] = {
            "uptime_s": (now - provider.started_at) / 1000,
            "requests": log.requests(),
            "messages": {
                "seen": log.seen,
                "accepted": log.accepted,
                "rejected": sum(log.rejected.values()),
                "rejected_by_code": {str(code): n for code, n in sorted(log.rejected.items())},
            },
            "batch_sizes": log.batch_sizes(),
            "recipients": {
                "accepted": ledger.recipients_seen(),
                "received": ledger.count(1),
                "received_more_than_one": ledger.count(2),
            },
            "balance": provider.accounts.balance,
        }
        if request.query.get("statuses") != "0":
            summary["statuses"] = dict(ledger.statuses(now))
        return _json(summary)

    async def ledger(self, request: web.Request) -> web.StreamResponse:
        """One line per accepted message."""
        now = self._provider.clock()
        records = list(self._provider.ledger.records.values())
        return await _stream(request, (_line(record, now) for record in records))

    async def recipients(self, request: web.Request) -> web.StreamResponse:
        """One line per recipient that received at least `?min=` messages (1)."""
        try:
            at_least = int(request.query.get("min", "1"))
        except ValueError:
            return _fault("min: give a whole number")
        found = self._provider.ledger.recipients(at_least)
        return await _stream(request, (asdict(recipient) for recipient in found))

    async def requests(self, request: web.Request) -> web.Response:
        """The most recent requests, oldest first; `?limit=` (100)."""
        try:
            limit = int(request.query.get("limit", "100"))
        except ValueError:
            return _fault("limit: give a whole number")
        return _json({"requests": self._provider.log.recent(limit)})

    async def scenario(self, _: web.Request) -> web.Response:
        """The scenario as it stands."""
        return _json(self._provider.scenario.model_dump(mode="json"))

    async def set_scenario(self, request: web.Request) -> web.Response:
        """Behave like this from now on. What was taken in stays; balance and rules begin anew."""
        try:
            table = orjson.loads(await request.read())
            self._provider.follow(parse_scenario(table, "scenario"))
        except orjson.JSONDecodeError:
            return _fault("scenario: not JSON")
        except ScenarioError as error:
            return _fault(str(error))
        return _json({"ok": True})

    async def set_balance(self, request: web.Request) -> web.Response:
        """`{"balance": 12.5}`; null: never used up."""
        try:
            balance = _BALANCE.validate_json(await request.read())["balance"]
        except (ValidationError, KeyError):
            return _fault('balance: send {"balance": number or null}')
        self._provider.accounts.balance = balance
        return _json({"balance": balance})

    async def reset(self, _: web.Request) -> web.Response:
        """Forget everything and begin the scenario anew."""
        self._provider.reset()
        return _json({"ok": True})


def _line(record: Record, now_ms: int) -> dict[str, Any]:
    return {
        "apiMessageId": record.api_id,
        "clientMessageId": record.client_id,
        "to": record.to,
        "channel": record.channel,
        "content": record.content,
        "fileId": record.file_id,
        "accepted_at": record.accepted_at,
        "answered": record.answered,
        "status": record.status(now_ms)[0],
        "final": record.course.final,
        "account": record.account,
    }


def _json(body: dict[str, Any]) -> web.Response:
    return web.Response(body=orjson.dumps(body), content_type="application/json")


def _fault(message: str) -> web.Response:
    body = orjson.dumps({"error": message})
    return web.Response(status=422, body=body, content_type="application/json")


async def _stream(request: web.Request, rows: Iterable[dict[str, Any]]) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "application/x-ndjson"})
    await response.prepare(request)
    for chunk in _chunks(rows):
        await response.write(chunk)
    await response.write_eof()
    return response


def _chunks(rows: Iterable[dict[str, Any]]) -> Iterator[bytes]:
    lines: list[bytes] = []
    for row in rows:
        lines.append(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE))
        if len(lines) == LINES_PER_CHUNK:
            yield b"".join(lines)
            lines.clear()
    yield b"".join(lines)
