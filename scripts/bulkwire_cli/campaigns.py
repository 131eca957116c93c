"""The campaign that a command names."""

from bulkwire.store.keys import Keys
from bulkwire.store.overview import CampaignOverview, read_campaign
from bulkwire_cli.errors import CommandFailed
from bulkwire_cli.session import Session

__all__ = ["find_campaign"]


def find_campaign(session: Session, keys: Keys, name: str) -> CampaignOverview:
    """The campaign of this name. Raises CommandFailed: a typing error must not look like none."""
    found = session.store.run(read_campaign(keys, name))
    if found is None:
        problem = f"account {keys.account} has no campaign {name}: see `bulkwire campaign list`"
        raise CommandFailed(problem)
    return found
