"""`bulkwire import`: a CSV recipient list becomes a campaign."""

import time
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import typer

from bulkwire.client import Bulkwire
from bulkwire.errors import BulkwireError, ConfigurationError, InvalidMessage, StoreError
from bulkwire.phone import check_region
from bulkwire.settings import ProducerSettings
from bulkwire.states import Channel, OnDoubt, Priority
from bulkwire.store.record import read_accounts
from bulkwire.store.runner import Store
from bulkwire_cli.bulk_actions.filter_options import RegionOption, RejectsOption
from bulkwire_cli.file_progress import progress_bar
from bulkwire_cli.importing.build import check_options
from bulkwire_cli.importing.campaign import CampaignDiffersError, CampaignEndedError
from bulkwire_cli.importing.importer import BAD_INPUT, Importer, ImportRequest, Watch
from bulkwire_cli.importing.media import CampaignMedia, media_of_file, media_of_id
from bulkwire_cli.importing.rejects_file import open_rejects
from bulkwire_cli.importing.report import as_json, show
from bulkwire_cli.importing.tally import Tally
from bulkwire_cli.media import content_type_of
from bulkwire_cli.options import AccountOption, JsonOption
from bulkwire_cli.output import print_json, screen
from bulkwire_cli.provider import find_access
from bulkwire_cli.session import explained

__all__ = ["import_campaign"]

LISTED_ON_SCREEN = 20
LISTED_AS_JSON = 1_000


File = Annotated[Path, typer.Argument(metavar="FILE", help="CSV, UTF-8, with a header line.")]
Campaign = Annotated[
    str, typer.Option(metavar="NAME", help="The campaign's name; made on first use.")
]
Text = Annotated[
    str | None,
    typer.Option(
        metavar="TEXT", help='What to send: "Hi {{ first_name }}". With --media: its caption.'
    ),
]
MediaPath = Annotated[
    Path | None,
    typer.Option("--media", metavar="FILE", help="WhatsApp: send this file; it is uploaded once."),
]
MediaId = Annotated[
    str | None, typer.Option(metavar="ID", help="WhatsApp: send the file that has this id.")
]
ContentType = Annotated[
    str | None, typer.Option(metavar="TYPE", help="Of the file. Default: what its ending says.")
]
ChannelOption = Annotated[
    Channel | None,
    typer.Option("--channel", help="How to send it. Default: sms, whatsapp for a file."),
]
From = Annotated[
    str | None,
    typer.Option("--from", metavar="NUMBER", help="SMS only: the two-way number to send from."),
]
PriorityOption = Annotated[
    Priority, typer.Option("--priority", help="low lets other campaigns go first.")
]
Validity = Annotated[
    int | None,
    typer.Option(metavar="MINUTES", min=1, help="After so long it need not be sent any more."),
]
OnDoubtOption = Annotated[
    OnDoubt,
    typer.Option(
        "--on-doubt",
        help="What may have been sent, but was not answered: resend sends it once more.",
    ),
]
ToColumn = Annotated[
    str | None,
    typer.Option(metavar="COLUMN", help="The column with the number, if its name does not say so."),
]
Again = Annotated[
    bool,
    typer.Option("--again", help="Into an ended campaign: recipients may get a second message."),
]


def import_campaign(
    file: File,
    *,
    campaign: Campaign,
    text: Text = None,
    media: MediaPath = None,
    media_id: MediaId = None,
    content_type: ContentType = None,
    channel: ChannelOption = None,
    from_: From = None,
    account: AccountOption = None,
    priority: PriorityOption = Priority.NORMAL,
    validity: Validity = None,
    on_doubt: OnDoubtOption = OnDoubt.HOLD,
    region: RegionOption = None,
    to_column: ToColumn = None,
    again: Again = False,
    rejects: RejectsOption = None,
    json: JsonOption = False,
) -> None:
    """Import a CSV recipient list as a campaign.

    Merge fields are the columns: "First Name" is {{ first_name }}. A row whose merge field is
    empty is rejected, unless the text says otherwise: {{ first_name or "there" }}.

    Good rows are queued, bad ones listed with line, column and reason. Importing again adds and
    uploads nothing twice, until records of the campaign are archived: then it needs --again.

    Exit codes: 0 rows are in; 1 Redis or the provider can't do it; 2 nothing could be imported.

    \b
    Examples:
      bulkwire import spring.csv --campaign spring --text "Hi {{ first_name }}"
      bulkwire import list.csv --campaign photo --media spring.jpg --text "Hi!"
    """
    carried = _Carried(media, media_id, content_type)
    given = {"from_": from_, "validity_period": validity, "on_doubt": on_doubt}
    options = _options(channel or carried.channel, priority, given)
    wanted = _Wanted(file, campaign, text, account, options, region, to_column, carried, again)
    raise typer.Exit(_import(wanted, rejects=rejects, json=json))


def _options(channel: Channel, priority: Priority, given: Mapping[str, Any]) -> Mapping[str, Any]:
    # What is as usual is left out: it is the same campaign whether it was said or not.
    usual = (None, OnDoubt.HOLD)
    said = {name: value for name, value in given.items() if not any(value is one for one in usual)}
    return {"channel": channel, "priority": priority, **said}


@dataclass(frozen=True, slots=True)
class _Carried:
    """The file that the command line names, if it does."""

    path: Path | None
    file_id: str | None
    content_type: str | None

    @property
    def channel(self) -> Channel:
        """The one that carries it."""
        return Channel.WHATSAPP if self.path or self.file_id else Channel.SMS

    def found(self, account: str | None) -> CampaignMedia | None:
        """The file, read once. Raises BadParameter, CommandFailed, ConfigurationError."""
        if self.path and self.file_id:
            raise typer.BadParameter("give --media, or --media-id for what was uploaded before")
        if self.path:
            content_type = content_type_of(self.path, self.content_type)
            return media_of_file(find_access(account), self.path, content_type)
        if self.file_id:
            return media_of_id(find_access(account), self.file_id, self.content_type)
        if self.content_type:
            raise typer.BadParameter("--content-type goes with --media or --media-id")
        return None


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What the command line says, not checked yet."""

    file: Path
    campaign: str
    text: str | None
    account: str | None
    options: Mapping[str, Any]
    region: str | None
    to_column: str | None
    carried: _Carried
    again: bool

    def checked(self, settings: ProducerSettings, media: CampaignMedia | None) -> ImportRequest:
        """Completed by the settings. Raises ConfigurationError for the region."""
        return ImportRequest(
            path=self.file,
            campaign=self.campaign,
            text=self.text,
            account=settings.account,
            options=self.options,
            region=check_region(self.region) if self.region else settings.default_region,
            to_column=self.to_column,
            media=media,
            again=self.again,
        )


def _import(wanted: _Wanted, *, rejects: Path | None, json: bool) -> int:
    try:
        account = {} if wanted.account is None else {"account": wanted.account}
        media = wanted.carried.found(wanted.account)
        check_options(
            wanted.campaign,
            {**wanted.options, **account},
            media=media.fields if media else None,
            captioned=wanted.text is not None,
        )
        with Bulkwire(account=wanted.account) as client:
            request = wanted.checked(client.settings, media)
            new = wanted.account is not None and _is_new(wanted.account, client.settings)
            code = _run(request, client, rejects=rejects, json=json)
        if new and code == 0:
            _say(f"account {wanted.account} is new: its messages wait for a worker with its key")
        return code
    except InvalidMessage as error:
        _say("\n".join(str(replace(fault, path=_option(fault.path))) for fault in error.faults))
    except (*BAD_INPUT, CampaignDiffersError, CampaignEndedError, ConfigurationError) as error:
        _say(error)
    return 2


def _is_new(account: str, settings: ProducerSettings) -> bool:
    """Whether nobody has enqueued for it: it may be a typing error."""
    with suppress(StoreError), Store(settings.redis_url) as store:
        return account not in store.run(read_accounts())
    return False  # the import itself will say that the store is away


def _option(field: str) -> str:
    names = {"from_": "--from", "validity_period": "--validity", "media.caption": "--text"}
    return names.get(field, f"--{field.replace('.', '-').replace('_', '-')}")


def _run(request: ImportRequest, client: Bulkwire, *, rejects: Path | None, json: bool) -> int:
    """Imports and reports; answers the exit code. Raises where nothing was read."""
    tally = Tally(most_listed=LISTED_AS_JSON if json else LISTED_ON_SCREEN)
    started = time.monotonic()
    with ExitStack() as stack:
        watch = Watch(stack.enter_context(progress_bar(request.path.name)))
        if rejects is not None:
            write = stack.enter_context(open_rejects(rejects, request.path))
            watch = Watch(watch.progress, write)
        importer = Importer(request, client, tally, watch)
        trouble = _trouble(importer)
    if json:
        summary = as_json(tally, campaign=request.campaign, account=request.account)
        print_json(summary)
    elif tally.taken or not trouble:
        seconds = time.monotonic() - started
        show(screen(), tally, campaign=request.campaign, seconds=seconds)
    return _verdict(importer, trouble, client.settings.redis_url)


def _trouble(importer: Importer) -> BulkwireError | KeyboardInterrupt | None:
    """Runs the import; what stopped it half-way, if anything did."""
    try:
        importer.run()
    except (StoreError, KeyboardInterrupt) as error:
        return error
    except BAD_INPUT as error:
        if not importer.tally.taken:
            raise
        return error
    return None


def _verdict(
    importer: Importer, trouble: BulkwireError | KeyboardInterrupt | None, redis_url: str
) -> int:
    """Says what is left to say; answers the exit code."""
    tally = importer.tally
    if trouble is not None:
        if isinstance(trouble, KeyboardInterrupt):
            code, what = 130, "interrupted"
        else:
            code, what = 1, explained(trouble, redis_url)
        _say(what)
        _say(
            f"stopped after line {importer.line} with {tally.taken:,} rows in. "
            "Run the same import again to go on: nothing is added twice."
        )
        return code
    if not tally.rows:
        _say("the file has no rows: nothing was imported")
    elif not tally.taken:
        _say("no row could be taken in: nothing was imported")
    elif importer.state != "running":
        _say(f"the campaign is {importer.state}: its messages wait")
    return 0 if tally.taken else 2


def _say(what: object) -> None:
    typer.echo(f"bulkwire: {what}", err=True)
