"""The demo as a command: start everything, import, watch, report, stop everything."""

import sys
import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console

from bulkwire.client import Bulkwire
from bulkwire.errors import BulkwireError, ConfigurationError
from bulkwire.states import Channel, Priority
from bulkwire.store.keys import Keys
from bulkwire.store.runner import Store
from bulkwire_cli.demo.evidence import Evidence, gather
from bulkwire_cli.demo.recipients import CAMPAIGN, TEXT, write_recipients
from bulkwire_cli.demo.report import show
from bulkwire_cli.demo.watching import watch_until_settled
from bulkwire_cli.file_progress import progress_bar
from bulkwire_cli.importing.importer import Importer, ImportRequest, Watch
from bulkwire_cli.importing.report import show as show_import
from bulkwire_cli.importing.tally import Tally
from bulkwire_cli.output import screen
from bulkwire_cli.simulator.process import RunningSimulator, start_simulator
from bulkwire_cli.simulator.scenario_file import ScenarioError, load_scenario, shipped_scenarios
from bulkwire_cli.testbed.errors import plain_failures
from bulkwire_cli.testbed.signals import stoppable, wait_for_stop
from bulkwire_cli.testbed.workers import settings_for, start_worker
from bulkwire_cli.testbed.workspace import Workspace, open_workspace

__all__ = ["demo"]

ACCOUNT: Final = "default"
REPLY_TIMEOUT_S: Final = 10.0
MOST_MESSAGES: Final = 1_000_000
STATUS_WINDOW_S: Final = 20
QUICK: Final = {
    # Days in production. Here everybody knows after seconds what will never be known.
    "STATUS_WINDOW_HOURS": f"{STATUS_WINDOW_S / 3600:.6f}",
    "FIRST_CHECK": "1",
    "READ_TIMEOUT": "5",
}


def demo(
    messages: Annotated[
        int, typer.Option(min=1, max=MOST_MESSAGES, help="Recipients of the campaign.")
    ] = 10_000,
    scenario: Annotated[
        str,
        typer.Option(
            help=f"How the provider behaves: a TOML file, or {', '.join(shipped_scenarios())}."
        ),
    ] = "faults",
    *,
    keep: Annotated[
        bool, typer.Option("--keep", help="Leave everything running until Ctrl-C, to look around.")
    ] = False,
) -> None:
    """Run a whole Bulkwire for a minute, and prove that it kept its promises.

    Starts a private server, a simulated provider and Celery workers, imports a campaign, shows it
    being sent until every message is settled, and reports: states, dead letters, throughput, the
    audit, and a comparison with what the provider says that people received. Nothing it started is
    left running. With BULKWIRE_REDIS_URL set it uses that database, which has to be empty.

    Exit codes: 0 audit and comparison hold; 1 they don't, or something failed; 2 bad options.
    """
    try:
        load_scenario(scenario)
        # The demo goes to a directory of its own.
        named = scenario if scenario in shipped_scenarios() else str(Path(scenario).resolve())
        with stoppable(), plain_failures():
            code = _run(messages, named, keep=keep)
    except (ScenarioError, ConfigurationError) as error:
        code = _complain(error, 2)
    except BulkwireError as error:
        code = _complain(error, 1)
    raise typer.Exit(code)


def _complain(error: object, code: int) -> int:
    typer.echo(f"demo: {error}", err=True)
    return code


def _run(messages: int, scenario: str, *, keep: bool) -> int:
    console = screen(fitted=True)
    with ExitStack() as stack:
        workspace = stack.enter_context(open_workspace())
        simulator = stack.enter_context(start_simulator(scenario))
        settings = settings_for(workspace, simulator.url, **QUICK)
        worker = stack.enter_context(start_worker(workspace, settings))
        console.print(f"Message store {workspace.redis_url}, provider {simulator.url} ({scenario})")
        if keep:
            _say_how_to_look(console, settings, simulator)
        started = time.monotonic()
        _import(console, workspace, messages)
        store = stack.enter_context(Store(workspace.redis_url, reply_timeout_s=REPLY_TIMEOUT_S))
        keys = Keys(ACCOUNT)
        seconds = watch_until_settled(console, store, keys, since=started, check=worker.check)
        evidence = gather(store, keys, simulator.client, expected=messages, seconds=seconds)
        show(console, evidence)
        if keep:
            _say_how_to_look(console, settings, simulator)
            wait_for_stop()
    return _code(evidence)


def _code(evidence: Evidence) -> int:
    return 0 if evidence.ok else 1


def _import(console: Console, workspace: Workspace, messages: int) -> None:
    path = workspace.folder / "recipients.csv"
    write_recipients(path, messages)
    request = ImportRequest(
        path=path,
        campaign=CAMPAIGN,
        text=TEXT,
        account=ACCOUNT,
        options={"channel": Channel.SMS, "priority": Priority.NORMAL},
    )
    tally, started = Tally(), time.monotonic()
    with (
        Bulkwire(redis_url=workspace.redis_url, broker_url=workspace.broker_url) as client,
        progress_bar(path.name) as progress,
    ):
        Importer(request, client, tally, Watch(progress)).run()
    show_import(console, tally, campaign=CAMPAIGN, seconds=time.monotonic() - started)


def _say_how_to_look(
    console: Console, settings: Mapping[str, str], simulator: RunningSimulator
) -> None:
    command = Path(sys.executable).with_name("bulkwire")
    lines = (
        "Everything keeps running until you press Ctrl-C. In another terminal:",
        *(f"  export {name}={value}" for name, value in settings.items()),
        f"  {command} status          # also: dead list, in-doubt list, audit, message show ID",
        f"  {command} flower          # the workers in a browser; prints its address and login",
        f"  What the provider took in: {simulator.url}/_simulator/summary",
    )
    for line in lines:
        console.print(line, soft_wrap=True, markup=False)
