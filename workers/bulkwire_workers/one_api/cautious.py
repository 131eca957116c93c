"""A client that makes sure whom it speaks to before it hands many messages over.

A wrong address, where something else answers "200" to everything, would put one request after the
other in doubt; any other wrong address would still get as many requests as there are places. So
the first request of a process goes alone, after a harmless question, and so does the next one
after an answer that nobody could read. Only what plainly is not the One API stops messages: a
provider whose balance can't be asked for may still send.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from pydantic import SecretStr

from bulkwire_workers.one_api.answers import Balance, SendAnswer
from bulkwire_workers.one_api.client import OneApi
from bulkwire_workers.one_api.departure import Departure
from bulkwire_workers.one_api.errors import (
    ConnectFailed,
    MayHaveLeft,
    NotYetKnown,
    ProviderError,
    WrongAddress,
)
from bulkwire_workers.one_api.wire import WireOptions

__all__ = ["CautiousOneApi"]

ALONE_FOR_S: Final = 2.0
"""For so long others wait for the first one. A provider may be slow without being a wrong one."""
NO_OBJECT: Final = frozenset({"empty", "not_json", "not_an_object"})
REFUSED_FOR_ALL: Final = frozenset({*range(300, 400), 401, 403, 404, 405})


class CautiousOneApi(OneApi):
    """`OneApi` for which nobody is taken for the One API before it has answered like it.

    Whoever sends does so inside `first_contact()`.
    """

    def __init__(
        self,
        api_url: str,
        api_key: SecretStr | str,
        *,
        options: WireOptions | None = None,
        alone_for_s: float = ALONE_FOR_S,
    ) -> None:
        super().__init__(api_url, api_key, options=options)
        self._known = False
        self._alone_for_s = alone_for_s
        self._alone_until = 0.0

    @asynccontextmanager
    async def first_contact(self) -> AsyncIterator[None]:
        """Where nobody is known there, the caller goes alone, after a harmless question.

        Raises, before the caller has begun: WrongAddress where the balance is answered by a success
        that is no JSON object; ConnectFailed where that answer is not HTTP, or the connection ends
        without one; NotYetKnown while another request is the first one.
        """
        if not self._known and time.monotonic() < self._alone_until:
            raise NotYetKnown("first_contact")
        try:
            if not self._known:
                await self._go_first()
            yield
        finally:
            self._alone_until = 0.0

    async def send(self, body: bytes, *, deadline: float, departure: Departure) -> SendAnswer:
        """As `OneApi.send`; remembers whether what answers is the One API."""
        try:
            answer = await super().send(body, deadline=deadline, departure=departure)
        except MayHaveLeft:
            self._known = False
            raise
        self._known = _is_known_by(answer)
        return answer

    async def _go_first(self) -> None:
        if self._alone_until:
            self._known = True  # the first one takes its time, and the others have waited
            return
        self._alone_until = time.monotonic() + self._alone_for_s
        try:
            async with asyncio.timeout(self._alone_for_s):
                answer = await self.balance()
        except TimeoutError:
            return
        except (ConnectFailed, MayHaveLeft) as error:
            raise ConnectFailed(error.reason) from None
        except ProviderError:
            return
        if _is_somebody_else(answer):
            raise WrongAddress("address_is_not_the_one_api")


def _is_somebody_else(answer: Balance | SendAnswer) -> bool:
    """Refusals and failures are left to the request itself: what they say is told apart there."""
    return 200 <= answer.http_status < 300 and answer.fault in NO_OBJECT


def _is_known_by(answer: SendAnswer) -> bool:
    refused = answer.http_status in REFUSED_FOR_ALL and not answer.results
    return not refused and not _is_somebody_else(answer)
