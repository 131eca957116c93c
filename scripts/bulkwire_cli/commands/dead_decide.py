"""`bulkwire dead redrive` and `discard`."""

from typing import Annotated

import typer

from bulkwire.store.keys import Keys
from bulkwire_cli.asking import ask
from bulkwire_cli.bulk_actions.carry_out import Choice, Tally, Work, carry_out, choose
from bulkwire_cli.bulk_actions.dead_letters import (
    DISCARDED,
    QUEUED,
    REFUSALS,
    Discarding,
    Redriving,
)
from bulkwire_cli.bulk_actions.filter_options import (
    AllOption,
    DryRunOption,
    SinceOption,
    SomeIds,
    ToOption,
    UntilOption,
)
from bulkwire_cli.bulk_actions.selection import Filters
from bulkwire_cli.bulk_actions.summary import counted, tell
from bulkwire_cli.options import (
    AccountOption,
    CampaignOption,
    CategoryOption,
    ChannelOption,
    JsonOption,
    ReasonOption,
    YesOption,
)
from bulkwire_cli.session import Session, open_session

__all__ = ["discard", "redrive"]

RedriveForce = Annotated[
    bool, typer.Option("--force", help="Also those whose recipient is at fault.")
]


def redrive(
    ids: SomeIds = None,
    account: AccountOption = None,
    *,
    reason: ReasonOption = None,
    category: CategoryOption = None,
    campaign: CampaignOption = None,
    channel: ChannelOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    to: ToOption = None,
    everything: AllOption = False,
    force: RedriveForce = False,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
) -> None:
    """Send dead letters again: those named, those that fit, or all.

    Their ids and histories stay, their attempts begin anew; holds and opt-outs are respected. May
    be stopped and run again. Exit code 1 where one of the ids named was not redriven.

    \b
    Examples:
      bulkwire dead redrive order-1042 order-1043
      bulkwire dead redrive --reason insufficient_account_balance --dry-run
      bulkwire dead redrive --all
    """
    filters = Filters(reason, category, campaign, channel, since, until, to)
    with open_session() as session:
        keys = session.keys(account)
        choice = choose(session, keys, "dead", ids, filters, everything=everything)
        step = Redriving(session, keys, force=force, dry_run=dry_run).step
        work = Work("dead redrive", QUEUED, step, dry_run=dry_run, forced=force, wakes=True)
        tally = carry_out(session, keys, choice, work)
    said = _said(tally, "redriven", dry_run=dry_run)
    more = {"dry_run": dry_run}
    tell(keys, tally, said, REFUSALS.__getitem__, name="redriven", more=more, as_json=as_json)


def discard(
    ids: SomeIds = None,
    account: AccountOption = None,
    *,
    reason: ReasonOption = None,
    category: CategoryOption = None,
    campaign: CampaignOption = None,
    channel: ChannelOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    to: ToOption = None,
    everything: AllOption = False,
    dry_run: DryRunOption = False,
    yes: YesOption = False,
    as_json: JsonOption = False,
) -> None:
    """Give dead letters up: they stay dead, leave the list, and are never redriven.

    News that one was delivered after all still counts. Asks first, unless ids are given. Exit
    code 1 where one of the ids named was not given up.

    \b
    Examples:
      bulkwire dead discard order-1042
      bulkwire dead discard --category recipient --until 7d --dry-run
    """
    filters = Filters(reason, category, campaign, channel, since, until, to)
    with open_session() as session:
        keys = session.keys(account)
        choice = choose(session, keys, "dead", ids, filters, everything=everything)
        if not (ids or yes or dry_run):
            _ask(_discard(session, keys, choice, dry_run=True).done)
        tally = _discard(session, keys, choice, dry_run=dry_run)
    said = _said(tally, "given up", dry_run=dry_run)
    more = {"dry_run": dry_run}
    tell(keys, tally, said, REFUSALS.__getitem__, name="discarded", more=more, as_json=as_json)


def _discard(session: Session, keys: Keys, choice: Choice, *, dry_run: bool) -> Tally:
    step = Discarding(session, keys, dry_run=dry_run).step
    work = Work("dead discard", DISCARDED, step, dry_run=dry_run)
    return carry_out(session, keys, choice, work)


def _ask(count: int) -> None:
    if count:
        letters = counted(count, "dead letter", "dead letters")
        ask(f"Give {letters} up? That can't be undone.")


def _said(tally: Tally, done: str, *, dry_run: bool) -> str:
    would = " would be" if dry_run else ""
    return f"{counted(tally.done, 'dead letter', 'dead letters')}{would} {done}."
