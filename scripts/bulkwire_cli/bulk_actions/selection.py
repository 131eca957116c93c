"""Which messages of an index are meant: what the options say, and whether a record fits."""

from dataclasses import dataclass, field, fields

import typer

from bulkwire.errors import InvalidNumber
from bulkwire.phone import normalise
from bulkwire.states import Category, Channel
from bulkwire.store.keys import Keys
from bulkwire.store.listing import Listed, read_time_ms
from bulkwire_cli.campaigns import find_campaign
from bulkwire_cli.moments import Moment
from bulkwire_cli.session import Session

__all__ = ["Filters", "Selection", "normalised"]


@dataclass(frozen=True, slots=True)
class Selection:
    """Which messages of an index are meant; what is None doesn't matter.

    The times are those of the index, in ms; walking it heeds them.
    """

    reason: str | None = None
    category: Category | None = None
    campaign: str | None = None
    channel: Channel | None = None
    recipient: str | None = field(default=None, repr=False)
    since_ms: int | None = None
    until_ms: int | None = None

    def fits(self, message: Listed) -> bool:
        """Whether the message is meant, its time apart."""
        return (
            self.reason in {None, message.reason}
            and self.category in {None, message.category}
            and self.campaign in {None, message.campaign}
            and self.channel in {None, message.channel}
            and self.recipient in {None, message.recipient}
        )


@dataclass(frozen=True, slots=True)
class Filters:
    """The options of a command line that narrow a listing."""

    reason: str | None = None
    category: Category | None = None
    campaign: str | None = None
    channel: Channel | None = None
    since: Moment | None = None
    until: Moment | None = None
    to: str | None = field(default=None, repr=False)

    @property
    def given(self) -> bool:
        """Whether anything is narrowed."""
        return self != Filters()

    def selection(self, session: Session, keys: Keys) -> Selection:
        """Completed by the settings and the server's clock. Raises BadParameter, CommandFailed."""
        if self.campaign:
            find_campaign(session, keys, self.campaign)
        now_ms = session.store.run(read_time_ms())
        since_ms = self.since.ms(now_ms) if self.since else None
        until_ms = self.until.ms(now_ms) if self.until else None
        if since_ms is not None and until_ms is not None and since_ms > until_ms:
            raise typer.BadParameter("is later than --until", param_hint="--since")
        recipient = None
        if self.to is not None:
            recipient = normalised(self.to, session.settings.default_region, "--to")
        return Selection(
            self.reason, self.category, self.campaign, self.channel, recipient, since_ms, until_ms
        )

    def in_words(self) -> str:
        """For the operator log: without the number."""
        given = {one.name: getattr(self, one.name) for one in fields(self)}
        given["to"] = "(number)" if self.to else None
        return " ".join(f"{name}={value}" for name, value in given.items() if value) or "all"


def normalised(written: str, region: str | None, where: str) -> str:
    """The number's international digits. Raises BadParameter, which doesn't quote it."""
    try:
        return normalise(written, region)
    except InvalidNumber as error:
        raise typer.BadParameter(str(error.as_fault("the number")), param_hint=where) from None
