"""Joining a campaign: the salt of its ids, and whether it sends the same as before."""

import hashlib
import json
import secrets
from collections.abc import Mapping
from typing import Any

from bulkwire.errors import BulkwireError
from bulkwire.store.enqueueing import CampaignOpened, open_campaign
from bulkwire.store.keys import Keys
from bulkwire.store.runner import Store

__all__ = ["CampaignDiffersError", "campaign_fingerprint", "join_campaign"]

_SALT_BYTES = 32


class CampaignDiffersError(BulkwireError):
    """The campaign is there already and sends something else."""

    def __init__(self, campaign: str) -> None:
        super().__init__(
            f"campaign {campaign} was imported with another text, channel or other options: "
            "give them as before to go on with it, or another name with --campaign"
        )


def campaign_fingerprint(text: str, options: Mapping[str, Any]) -> str:
    """Differs where the text or an option of the messages does."""
    sends = {"text": text, **{name: str(value) for name, value in options.items()}}
    digest = hashlib.blake2b(json.dumps(sends, sort_keys=True).encode(), digest_size=12)
    return digest.hexdigest()


def join_campaign(store: Store, keys: Keys, name: str, fingerprint: str) -> CampaignOpened:
    """Finds the campaign or creates it. Raises CampaignDiffersError, StoreError."""
    fresh = secrets.token_hex(_SALT_BYTES)
    opened = store.run(open_campaign(keys, name, salt=fresh, fingerprint=fingerprint))
    if opened.fingerprint != fingerprint:
        raise CampaignDiffersError(name)
    return opened
