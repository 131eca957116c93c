"""`bulkwire in-doubt resend` and `discard`."""

from dataclasses import replace

from bulkwire_cli.asking import ask
from bulkwire_cli.deciding import Deciding, why_not
from bulkwire_cli.filter_options import (
    AllOption,
    DryRunOption,
    SinceOption,
    SomeIds,
    ToOption,
    UntilOption,
)
from bulkwire_cli.options import (
    AccountOption,
    CampaignOption,
    ChannelOption,
    ForceOption,
    JsonOption,
    ReasonOption,
    YesOption,
)
from bulkwire_cli.selection import Filters
from bulkwire_cli.session import Session, open_session
from bulkwire_cli.stepping import Choice, Tally, Work, carry_out, choose
from bulkwire_cli.telling import counted, tell

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
    choice = choose("in_doubt", ids, filters, everything=everything)
    with open_session() as session:
        keys = session.keys(account)
        deciding = Deciding(session, keys, resend=True, force=force, dry_run=dry_run)
        _decide(deciding, choice, asking=not yes, as_json=as_json)


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
    choice = choose("in_doubt", ids, filters, everything=everything)
    with open_session() as session:
        keys = session.keys(account)
        deciding = Deciding(session, keys, resend=False, force=force, dry_run=dry_run)
        _decide(deciding, choice, asking=not (yes or ids), as_json=as_json)


def _decide(deciding: Deciding, choice: Choice, *, asking: bool, as_json: bool) -> None:
    if asking and not deciding.dry_run:
        foreseen = replace(deciding, dry_run=True, people=set())
        _ask(foreseen, _work(deciding.session, foreseen, choice))
    tally = _work(deciding.session, deciding, choice)
    more: dict[str, object] = {"dry_run": deciding.dry_run}
    if deciding.resend:
        more["people"] = len(deciding.people)
    said = _said(deciding, tally.done)
    tell(deciding.keys, tally, said, why_not, name="done", more=more, as_json=as_json)


def _work(session: Session, deciding: Deciding, choice: Choice) -> Tally:
    work = Work(
        f"in-doubt {'resend' if deciding.resend else 'discard'}",
        wanted=deciding.wanted,
        step=deciding.step,
        dry_run=deciding.dry_run,
        forced=deciding.force,
    )
    return carry_out(session, deciding.keys, choice, work)


def _ask(foreseen: Deciding, tally: Tally) -> None:
    if not tally.done:
        return
    messages = counted(tally.done, "message", "messages")
    if foreseen.resend:
        question = f"Send {messages} again? {_risk(foreseen)}"
    else:
        question = f"Give {messages} up? That can't be undone."
    ask(question)


def _said(deciding: Deciding, count: int) -> str:
    messages = counted(count, "message", "messages")
    would = " would be" if deciding.dry_run else ""
    if not deciding.resend:
        return f"{messages}{would} given up."
    return f"{messages}{would} sent again. {_risk(deciding) if count else ''}".rstrip()


def _risk(deciding: Deciding) -> str:
    return f"{counted(len(deciding.people), 'person', 'people')} may get it twice."
