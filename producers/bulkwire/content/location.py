"""A place on the map."""

from bulkwire.content.base import Content, Text
from bulkwire.content.coordinates import Latitude, Longitude

__all__ = ["Location"]


class Location(Content):
    """WhatsApp only. The provider's `Location`."""

    latitude: Latitude
    longitude: Longitude
    name: Text | None = None
    address: Text | None = None
    """Shown only where there is a name."""
