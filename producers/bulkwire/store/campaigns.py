"""Pausing and resuming campaigns: what waits in one stays where it is, without a turn.

And the files that media campaigns refer to: each gets one id in a campaign, and keeps it.
"""

from dataclasses import dataclass
from typing import Literal

from bulkwire.store.call import Call, Reply, command, one_line, text, transition
from bulkwire.store.keys import Keys
from bulkwire.store.overview import CampaignOverview

__all__ = ["Steered", "keep_media", "pause_campaign", "read_media", "resume_campaign"]


@dataclass(frozen=True, slots=True)
class Steered:
    """What a campaign is afterwards, "" where there is none, and whether this call made it so."""

    state: str
    done: bool


def pause_campaign(keys: Keys, seen: CampaignOverview, *, why: str, by: str) -> Call[Steered]:
    """Pauses a running campaign, as it was seen. What is on its way is not called back."""
    return _steer(keys, seen, "pause", why, by)


def resume_campaign(keys: Keys, seen: CampaignOverview) -> Call[Steered]:
    """Lets a paused campaign go on, as it was seen."""
    return _steer(keys, seen, "resume")


def _steer(
    keys: Keys, seen: CampaignOverview, wanted: Literal["pause", "resume"], *about: str
) -> Call[Steered]:
    def read(answer: Reply) -> Steered:
        return Steered(text(answer[0]), answer[1] == 1)

    words = [one_line(word) for word in about] or ["", ""]
    return transition("campaign_steer", keys, seen.name, seen.version, wanted, *words, read=read)


def keep_media(keys: Keys, campaign: str, identity: str, file_id: str) -> Call[None]:
    """Remembers the provider's id of a file of the campaign, unless it has one: the first stays.

    `identity` tells the file from others, by its content. Ask `read_media` which one it is.
    """
    key = keys.campaign(campaign)
    return command("HSETNX", key, _media(identity), file_id, read=lambda _: None)


def read_media(keys: Keys, campaign: str, identity: str) -> Call[str | None]:
    """The provider's id of that file of the campaign; None: none yet."""
    key = keys.campaign(campaign)
    return command("HGET", key, _media(identity), read=lambda found: text(found) or None)


def _media(identity: str) -> str:
    return f"media:{identity}"
