"""The commands of `datecertain`, put together."""

from __future__ import annotations

import typer

from datecertain import __version__
from datecertain.cli import judging, networks, promising, settling, simulating, taking_in

app = typer.Typer(
    name="datecertain",
    help="Run a date-certain delivery guarantee between posts: promise, track, judge, explain, "
    "refund, settle, report.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.callback(invoke_without_command=True)
def start(
    version: bool = typer.Option(False, "--version", help="Print the version and leave."),
) -> None:
    """The system with which a group of posts runs a date-certain delivery guarantee."""
    if version:
        typer.echo(f"datecertain {__version__}")
        raise typer.Exit


app.add_typer(networks.app, name="network")
app.command("init")(taking_in.init)
app.command("quote")(promising.quote)
app.command("ingest")(taking_in.ingest)
app.command("judge")(judging.judge)
app.command("explain")(judging.explain)
app.command("settle")(settling.settle)
app.command("report")(settling.report)
app.command("verify")(settling.verify)
app.command("simulate")(simulating.simulate)
app.command("demo")(simulating.demo)
