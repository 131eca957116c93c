"""Ids as segments of an address."""

from typing import Final
from urllib.parse import quote

from bulkwire_workers.one_api.errors import Unaddressable

__all__ = ["fits_address", "segment"]

_LEAD_ELSEWHERE: Final = frozenset({"", ".", ".."})
"""On its way each turns into another address, the dots also where they are escaped."""


def segment(api_id: str) -> str:
    """The id, escaped, so that it is one segment of a path. Raises Unaddressable."""
    if api_id in _LEAD_ELSEWHERE:
        raise Unaddressable("id_fits_no_address")
    try:
        return quote(api_id, safe="")
    except UnicodeEncodeError:
        raise Unaddressable("id_fits_no_address") from None


def fits_address(api_id: str) -> bool:
    """Whether one can ask for such an id."""
    try:
        segment(api_id)
    except Unaddressable:
        return False
    return True
