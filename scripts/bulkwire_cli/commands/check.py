"""`bulkwire check`: does everything fit together here?"""

from collections.abc import Iterable, Iterator
from typing import Final

import typer
from rich.text import Text

from bulkwire.errors import ConfigurationError
from bulkwire.settings import load_settings
from bulkwire_cli.checking import check_everything
from bulkwire_cli.options import JsonOption
from bulkwire_cli.output import print_json, screen
from bulkwire_cli.unknown_settings import UnknownSetting, unknown_settings
from bulkwire_config.settings import WorkerSettings
from bulkwire_workers.server_findings import Finding, Result

__all__ = ["check"]

STYLES: Final = {Result.OK: "green", Result.WARN: "yellow", Result.FAIL: "bold red"}


def check(*, as_json: JsonOption = False) -> None:
    """Check settings, store, broker and provider, and say how to mend what is wrong.

    Sends no message: it asks the provider for the balance, and wakes the workers once. Accounts
    whose messages wait without a key here are named. Exit code 1 where something fails; a warning
    is no failure.

    \b
    Examples:
      bulkwire check
      bulkwire check --json | jq '.checks[] | select(.result != "ok")'
    """
    findings = _findings()
    seen = list(findings if as_json else _shown(findings))
    failed = any(finding.result is Result.FAIL for finding in seen)
    if as_json:
        documents = [
            {
                "name": one.name,
                "result": one.result,
                "found": one.found,
                "remedy": one.remedy or None,
            }
            for one in seen
        ]
        print_json({"ok": not failed, "checks": documents})
    if failed:
        raise typer.Exit(1)


def _findings() -> Iterator[Finding]:
    try:
        settings = load_settings(WorkerSettings)
    except ConfigurationError as error:
        for line in str(error).splitlines():
            found, _, remedy = line.partition(": ")
            yield Finding("settings", Result.FAIL, found, remedy)
        return
    yield Finding("settings", Result.OK, "valid")
    yield from map(_unknown, unknown_settings())
    yield from check_everything(settings)


def _unknown(setting: UnknownSetting) -> Finding:
    remedy = f"did you mean {setting.close}?" if setting.close else "see .env.example, or remove it"
    return Finding("settings", Result.WARN, f"there is no {setting.name}", remedy)


def _shown(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Prints each finding at once: the next may take seconds."""
    console = screen()
    for one in findings:
        line = Text.assemble((f"{one.result:<5}", STYLES[one.result]), f"{one.name}: {one.found}")
        console.print(line)
        if one.remedy:
            console.print(Text(f"      {one.remedy}", style="dim"))
        yield one
