"""`bulkwire health`: does this worker make progress? For supervisors."""

from dataclasses import asdict
from typing import Annotated

import typer
from celery.utils.nodenames import default_nodename, host_format

from bulkwire.errors import StoreError
from bulkwire.settings import load_settings
from bulkwire.store.keys import Keys, WorkerKey
from bulkwire.store.record import read_accounts
from bulkwire.store.runner import Store
from bulkwire.store.workers import WorkerReport, claimable, read_report, read_report_left_ms
from bulkwire_cli.health import Health, judge_health
from bulkwire_cli.options import JsonOption
from bulkwire_cli.output import print_json
from bulkwire_config.settings import WorkerSettings

__all__ = ["health"]


def health(
    worker: Annotated[
        str,
        typer.Option(metavar="NAME", help="As its --hostname. Default: celery@ this host."),
    ] = "",
    *,
    as_json: JsonOption = False,
) -> None:
    """Tell whether a worker makes progress: for the health check of its container.

    Exit code 1 where something could be claimed, and this worker's claims, renewals and settles
    have all stood still for BULKWIRE_STUCK_AFTER. A rate of one a minute, a hold, a paused
    campaign, a provider or a broker that is away are no reason. Where Redis cannot be asked,
    nothing can be told, and starting the worker anew would not help: exit code 0.

    \b
    Examples:
      bulkwire health
      bulkwire health --worker sms@%h --json
    """
    settings = load_settings(WorkerSettings)
    name = host_format(default_nodename(worker))
    report: WorkerReport | None = None
    try:
        with Store(settings.redis_url) as store:
            report = store.run(read_report(WorkerKey(name)))
            judged = _judge(store, settings, name, report)
    except StoreError as error:
        judged = Health(healthy=True, why=f"cannot be judged: {error}")
    if as_json:
        said = asdict(report) if report else None
        print_json({"worker": name, **asdict(judged), "report": said})
    else:
        typer.echo(f"{'healthy' if judged.healthy else 'UNHEALTHY'}: {name} {judged.why}")
    if not judged.healthy:
        raise typer.Exit(1)


def _judge(
    store: Store, settings: WorkerSettings, name: str, report: WorkerReport | None
) -> Health:
    left_ms = store.run(read_report_left_ms(WorkerKey(name)))

    def anything_to_do() -> bool:
        # Where no key is set, somebody asks from elsewhere.
        accounts = list(settings.keys) or store.run(read_accounts())
        limits = settings.most_per_second
        return any(store.run(claimable(Keys(one), most_per_second=limits)) for one in accounts)

    return judge_health(report, left_ms, settings.stuck_limit, anything_to_do)
