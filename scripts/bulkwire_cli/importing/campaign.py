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

__all__ = [
    "CampaignDiffersError",
    "CampaignEndedError",
    "campaign_fingerprint",
    "join_campaign",
]

_SALT_BYTES = 32


class CampaignDiffersError(BulkwireError):
    """The campaign is there already and sends something else."""

    def __init__(self, campaign: str) -> None:
        super().__init__(
            f"campaign {campaign} was imported with another text, channel or other options: "
            "give them as before to go on with it, or another name with --campaign"
        )


class CampaignEndedError(BulkwireError):
    """Records of the campaign are archived: nobody knows any more whom it reached."""

    def __init__(self, campaign: str, archived: int) -> None:
        super().__init__(
            f"campaign {campaign} has ended: {archived:,} of its messages are archived, and their "
            "recipients would get a second one. Take another name with --campaign; or give "
            "--again, to send to everybody on this list whose message is archived"
        )


def campaign_fingerprint(text: str, options: Mapping[str, Any]) -> str:
    """Differs where the text or an option of the messages does."""
    sends = {"text": text, **{name: str(value) for name, value in options.items()}}
    digest = hashlib.blake2b(json.dumps(sends, sort_keys=True).encode(), digest_size=12)
    return digest.hexdigest()


def join_campaign(
    store: Store, keys: Keys, name: str, fingerprint: str, *, again: bool
) -> CampaignOpened:
    """Finds the campaign or creates it. `again`: also where recipients may get a second message.

    Raises CampaignDiffersError, CampaignEndedError, StoreError.
    """
    fresh = secrets.token_hex(_SALT_BYTES)
    opened = store.run(open_campaign(keys, name, salt=fresh, fingerprint=fingerprint))
    if opened.fingerprint != fingerprint:
        raise CampaignDiffersError(name)
    if opened.archived and not again:
        raise CampaignEndedError(name, opened.archived)
    return opened
