"""How the answers of `datecertain quote` are shown."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import typer

from datecertain.cli.output import progress, say, say_json
from datecertain.moments import parse_date
from datecertain.network import Network
from datecertain.promise.asking import Ask
from datecertain.promise.expected import History
from datecertain.promise.routes import Route
from datecertain.promise.telling import told_quote
from datecertain.wording import Words


def show_one(
    network: Network, ask: Ask, words: Words, history: History | None, json_: bool
) -> None:
    """One date with its steps, and what is expected."""
    show_told(told_quote(network, ask, words, history), words, json_)


def show_told(answer: Mapping[str, Any], words: Words, json_: bool) -> None:
    """An answer of `told_quote`, or of an office's table."""
    if json_:
        say_json(answer)
        return
    due = words.date(parse_date(answer["due_on"])) if answer["due_on"] else ""
    said = words.say(
        f"quote.headline.{answer['status']}", due=due, reason=answer["reason_text"] or ""
    )
    expected = [answer["expected"]["text"]] if answer.get("expected") else []
    say(said, *answer["notes"], *expected, "", *(f"  {step['text']}" for step in answer["steps"]))


def show_week(network: Network, ask: Ask, words: Words, json_: bool) -> None:
    """The dates told in a week, a line a day."""
    from datecertain.promise.telling_dates import told_week  # noqa: PLC0415

    answer = told_week(network, ask, words)
    if json_:
        say_json(answer)
        return
    origin = filter(None, (answer["origin"], answer["origin_postcode"]))
    destination = filter(None, (answer["destination"], answer["destination_postcode"]))
    headline = words.say(
        "week.headline", origin=":".join(origin), destination=":".join(destination)
    )
    say(headline, "", *(day["text"] for day in answer["days"]))


def show_latest(network: Network, ask: Ask, wanted_on: int, words: Words, json_: bool) -> None:
    """The latest moment to post for a date."""
    from datecertain.promise.telling_dates import told_latest  # noqa: PLC0415

    answer = told_latest(network, ask, wanted_on, words)
    if json_:
        say_json(answer)
    else:
        say(answer["text"])


def show_alternatives(network: Network, ask: Ask, words: Words, json_: bool) -> None:
    """The date as asked, and other ways to one."""
    from datecertain.promise.telling_dates import told_alternatives  # noqa: PLC0415

    answer = told_alternatives(network, ask, words)
    if json_:
        say_json(answer)
        return
    others = [f"  {one['text']}" for one in answer["alternatives"]]
    say(answer["now"]["text"], "", *(others or [f"  {words.say('alternative.none')}"]))


def show_batch(
    source: Path, out: Path | None, network: Network, unsaid: tuple[Route, int, int],
    words: Words, json_: bool,
) -> None:  # fmt: skip
    """A file answered; the summary goes where the answers do not."""
    from datecertain.operations.quoting_batch import quote_batch  # noqa: PLC0415
    from datecertain.promise.batch import Unsaid  # noqa: PLC0415

    with progress("quote", quiet=json_, unit="rows") as told:
        report = quote_batch(source, network, Unsaid(*unsaid), words, out, told)
    if json_:
        say_json(report.as_json())
        return
    count = words.count
    parts = [
        (words.say(f"batch.status.{name}"), number)
        for name, number in report.statuses.most_common()
    ]
    if report.problems:
        parts.append((words.say("batch.problem"), report.problems.total()))
    said = ", ".join(
        words.say("batch.part", what=what, count=count(number)) for what, number in parts
    )
    typer.echo(words.say("batch.done", rows=count(report.rows), told=said), err=out is None)
    for problem, number in report.problems.most_common():
        what = words.say(f"batch.{problem}")
        line = words.say("batch.problem.line", problem=what, count=count(number))
        typer.echo(line, err=out is None)
