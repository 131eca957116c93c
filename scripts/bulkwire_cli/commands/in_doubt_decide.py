"""`bulkwire in-doubt resend` and `discard`."""

from dataclasses import replace

from bulkwire_cli.asking import ask
from bulkwire_cli.bulk_actions.carry_out import Choice, Tally, Work, carry_out, choose
from bulkwire_cli.bulk_actions.filter_options import (
    AllOption,
    DryRunOption,
    SinceOption,
    SomeIds,
    ToOption,
    UntilOption,
)
from bulkwire_cli.bulk_actions.in_doubt import Resolving, why_not
from bulkwire_cli.bulk_actions.selection import Filters
from bulkwire_cli.bulk_actions.summary import counted, tell
from bulkwire_cli.options import (
    AccountOption,
    CampaignOption,
    ChannelOption,
    ForceOption,
    JsonOption,
    ReasonOption,
    YesOption,
)
from bulkwire_cli.session import Session, open_session

__all__ = ["discard", "resend"]


def resend(
    ids: SomeIds = None,
    account: AccountOption = None,
    *,
    reason: ReasonOption = None,
    campaign: CampaignOption = None,
    channel: ChannelOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    to: ToOption = None,
    everything: AllOption = False,
    force: ForceOption = False,
    dry_run: DryRunOption = False,
    yes: YesOption = False,
    as_json: JsonOption = False,
) -> None:
    """Send messages in doubt once more: their recipients may get them twice.

    Refuses what fell in doubt so recently that its answer may still come (BULKWIRE_READ_TIMEOUT
    and BULKWIRE_LEASE together), unless --force is given. May be stopped and run again at any
    time. Exit code 1 where one of the ids named was not resent.

    \b
    Examples:
      bulkwire in-doubt resend order-1042 order-1043
      bulkwire in-doubt resend --campaign spring --dry-run
      bulkwire in-doubt resend --all --yes
    """
    filters = Filters(reason, None, campaign, channel, since, until, to)
    with open_session() as session:
        keys = session.keys(account)
        choice = choose(session, keys, "in_doubt", ids, filters, everything=everything)
        resolving = Resolving(
            session, keys, resend=True, force=force, dry_run=dry_run, as_of_ms=choice.as_of_ms
        )
        _decide(resolving, choice, asking=not yes, as_json=as_json)


def discard(
    ids: SomeIds = None,
    account: AccountOption = None,
    *,
    reason: ReasonOption = None,
    campaign: CampaignOption = None,
    channel: ChannelOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    to: ToOption = None,
    everything: AllOption = False,
    force: ForceOption = False,
    dry_run: DryRunOption = False,
    yes: YesOption = False,
    as_json: JsonOption = False,
) -> None:
    """Give messages in doubt up: they count as dead, off the list, and are never redriven.

    A callback that says that one was delivered still counts. One whose answer may still come
    needs --force. Exit code 1 where one of the ids named was not given up.

    \b
    Examples:
      bulkwire in-doubt discard order-1042
      bulkwire in-doubt discard --until 7d --dry-run
    """
    filters = Filters(reason, None, campaign, channel, since, until, to)
    with open_session() as session:
        keys = session.keys(account)
        choice = choose(session, keys, "in_doubt", ids, filters, everything=everything)
        resolving = Resolving(
            session, keys, resend=False, force=force, dry_run=dry_run, as_of_ms=choice.as_of_ms
        )
        _decide(resolving, choice, asking=not (yes or ids), as_json=as_json)


def _decide(resolving: Resolving, choice: Choice, *, asking: bool, as_json: bool) -> None:
    if asking and not resolving.dry_run:
        foreseen = replace(resolving, dry_run=True, people=set())
        _ask(foreseen, _work(resolving.session, foreseen, choice))
    tally = _work(resolving.session, resolving, choice)
    more: dict[str, object] = {"dry_run": resolving.dry_run}
    if resolving.resend:
        more["people"] = len(resolving.people)
    said = _said(resolving, tally.done)
    tell(resolving.keys, tally, said, why_not, name="done", more=more, as_json=as_json)


def _work(session: Session, resolving: Resolving, choice: Choice) -> Tally:
    work = Work(
        f"in-doubt {'resend' if resolving.resend else 'discard'}",
        wanted=resolving.wanted,
        step=resolving.step,
        dry_run=resolving.dry_run,
        forced=resolving.force,
        wakes=resolving.resend,
    )
    return carry_out(session, resolving.keys, choice, work)


def _ask(foreseen: Resolving, tally: Tally) -> None:
    if not tally.done:
        return
    messages = counted(tally.done, "message", "messages")
    if foreseen.resend:
        question = f"Send {messages} again? {_risk(foreseen)}"
    else:
        question = f"Give {messages} up? That can't be undone."
    ask(question)


def _said(resolving: Resolving, count: int) -> str:
    messages = counted(count, "message", "messages")
    would = " would be" if resolving.dry_run else ""
    if not resolving.resend:
        return f"{messages}{would} given up."
    return f"{messages}{would} sent again. {_risk(resolving) if count else ''}".rstrip()


def _risk(resolving: Resolving) -> str:
    return f"{counted(len(resolving.people), 'person', 'people')} may get it twice."
