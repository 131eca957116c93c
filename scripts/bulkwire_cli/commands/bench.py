"""`bulkwire bench …`: measurements, each with a server of its own."""

import typer

from bulkwire_cli.bench.audit import bench_audit
from bulkwire_cli.bench.durability import bench_durability
from bulkwire_cli.bench.rate import bench_rate
from bulkwire_cli.bench.soak import bench_soak
from bulkwire_cli.bench.validation import bench_validation

__all__ = ["make_bench_commands"]


def make_bench_commands() -> typer.Typer:
    """The commands of the group."""
    commands = typer.Typer(
        no_args_is_help=True,
        help="Measure Bulkwire on this machine: what needs a server starts one of its own.",
    )
    commands.command("audit")(bench_audit)
    commands.command("durability")(bench_durability)
    commands.command("soak")(bench_soak)
    commands.command("rate")(bench_rate)
    commands.command("validation")(bench_validation)
    return commands
