"""The views of `showing` in words, line by line (req 63)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from datecertain.moments import parse_date
from datecertain.network import Network
from datecertain.wording import Words


def area_lines(network: Network, view: dict[str, Any], words: Words) -> Iterator[str]:
    """An area: offices, cut-offs, delivery days, next exceptions."""
    say = words.say
    if view["guaranteed"]:
        guarantee = say("show.area.guaranteed")
    else:
        guarantee = say("show.area.estimate", reason=view["reason"])
    yield say(
        "show.area", name=view[f"name_{words.language}"], area=view["area"], zone=view["zone"],
        post=_post(network, view["post"], words), guarantee=guarantee,
    )  # fmt: skip
    yield _on(view, words)
    yield say("show.source", source=view["source"])
    for link in view["offices"]:
        yield from _titled(
            say(f"show.{link['direction']}", office=link["office"]), link["by_weekday"], words
        )
    yield from _titled(say("show.delivery"), view["delivery"], words)
    yield from _exceptions(view, words)
    yield from _weakened(view, words)


def office_lines(network: Network, view: dict[str, Any], words: Words) -> Iterator[str]:
    """An office of exchange: airport, hours, customs sessions, next exceptions."""
    say = words.say
    yield say(
        "show.office", name=view["name"], office=view["office"], airport=view["airport"],
        zone=view["zone"], post=_post(network, view["post"], words),
        direction=say(f"show.direction.{view['direction']}"),
    )  # fmt: skip
    yield _on(view, words)
    yield say("show.source", source=view["source"])
    yield say("show.minutes", tender=view["tender_min"], recovery=view["recovery_min"])
    for name, weekdays in view["stages"].items():
        yield from _titled(say(f"show.stage.{name}"), weekdays, words)
    yield from _exceptions(view, words)
    yield from _weakened(view, words)


def lane_lines(network: Network, view: dict[str, Any], words: Words) -> Iterator[str]:
    """A lane: its state, margin, history and terms."""
    say = words.say
    ends = {end: _post(network, view[end], words) for end in ("origin", "destination")}
    yield say("show.lane", state=say(f"diff.state.{view['state']}"), **ends)
    yield _on(view, words)
    if view["margin"]:
        count, source = view["buffer_days"], view["margin"]["source"]
        yield say("show.margin", count=count, source=source)
    else:
        yield say("show.margin.none")
    yield from ("", say("show.history"))
    for row in view["history"]:
        note = row[f"note_{words.language}"]
        day = words.date(parse_date(row["on"]))
        told = say(
            f"show.event.{row['event']}", day=day, note=f"({note}) " if note else "",
            source=row["source"],
        )  # fmt: skip
        yield f"  {told}"
    yield from ("", say("show.terms"))
    for row in view["terms"]:
        texts = {name: row[name] for name in ("term", "value", "rule", "source")}
        yield f"  {say('show.term.' + row['scope'], **texts)}"


def header_line(view: dict[str, Any], words: Words) -> str:
    """Title, version and horizon of a network."""
    first, last = (words.date(parse_date(view[day])) for day in ("first_day", "last_day"))
    names = {name: view[name] for name in ("title", "name", "version")}
    return words.say("show.network", first=first, last=last, **names)


def share_line(view: dict[str, Any], words: Words) -> str:
    """How many rows of a network are illustrative."""
    rows = sum(file["rows"] for file in view["files"])
    illustrative = sum(file["illustrative"] for file in view["files"])
    return words.say(
        "show.share", rows=words.count(rows), illustrative=words.count(illustrative),
        share=words.share(illustrative / rows if rows else float("nan")),
    )  # fmt: skip


def _post(network: Network, code: str, words: Words) -> str:
    post = network.post(code)
    return post.name_ko if words.language == "ko" else post.name_en


def _on(view: dict[str, Any], words: Words) -> str:
    return words.say("show.on", day=words.date(parse_date(view["on"])))


def _titled(title: str, weekdays: Sequence[dict[str, Any]], words: Words) -> Iterator[str]:
    yield from ("", title)
    if not weekdays:
        yield f"  {words.say('show.no_days')}"
    for line in weekday_lines(weekdays, words):
        yield f"  {line}"


def weekday_lines(weekdays: Sequence[dict[str, Any]], words: Words) -> Iterator[str]:
    """The slots of a schedule; weekdays in a row that work alike are told together."""
    for _, alike in groupby(
        enumerate(weekdays), lambda one: (one[1]["weekday"] - one[0], one[1]["slots"])
    ):
        days = [entry for _, entry in alike]
        first, last = (
            words.say(f"report.weekday.{entry['weekday'] - 1}") for entry in (days[0], days[-1])
        )
        slots = ", ".join(_slot(slot, words) for slot in days[0]["slots"])
        yield f"{first if first == last else f'{first}–{last}'}: {slots}"


def _slot(slot: dict[str, Any], words: Words) -> str:
    at = slot["at"]
    if slot["plus_days"]:
        kind = "plus_open_days" if slot["counting"] == "open" else "plus_days"
        at = words.say(f"show.{kind}", at=at, days=slot["plus_days"])
    return f"{slot['by']} → {at}"


def _weakened(view: dict[str, Any], words: Words) -> Iterator[str]:
    if view["weakened"]:
        yield from ("", words.say("show.weakened"))
    for row in view["weakened"]:
        what = words.say(f"show.weakening.{row['weakening']}")
        yield f"  {what} [{row['source']}]"


def _exceptions(view: dict[str, Any], words: Words) -> Iterator[str]:
    """Steps with the same exceptions are told together."""
    alike: list[tuple[list[dict[str, str]], list[str]]] = []
    for step, rows in view["exceptions"].items():
        same = next((steps for known, steps in alike if known == rows), None)
        if same is None:
            alike.append((rows, same := []))
        same.append(words.say(f"show.step.{step}"))
    for rows, steps in alike:
        yield from ("", words.say("show.exceptions", steps="; ".join(steps)))
        if not rows:
            yield f"  {words.say('show.exceptions.none')}"
        for row in rows:
            name = row["name_en"]
            if row["name_local"] != name:
                name = f"{name} ({row['name_local']})"
            told = words.say(
                f"show.exception.{row['kind']}", day=words.date(parse_date(row["date"])), name=name,
                source=row["source"],
            )  # fmt: skip
            yield f"  {told}"
