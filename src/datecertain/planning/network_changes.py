"""A change to a network said in a few words, as `--set` takes it (req 65).

    USORDA.cutoff +01:00            dispatches of Chicago close an hour later
    USORDA.release -02:00           its customs release two hours earlier
    USORDA.presentation.by +01:00   any stage: closing, presentation, customs, forwarding
    KR-SEOUL.export.by +00:30       an area's collection; KR-SEOUL.import.at, KR-SEOUL.delivery.at
    KR-SEOUL.delivery.days +6       its rounds also on Saturdays (1 is Monday)
    ICN-ORD.flights +3              one more flight a week, on Wednesdays
    KR-US.buffer +1                 a delivery day more in the date told
    KR-US.term.tolerance_days 1     a term between the posts; `sender.` before it: to the sender

The files of the network are edited as text: what comes out is a network like any other.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from datecertain.errors import UsageError
from datecertain.moments import DAY
from datecertain.network.loading import NetworkData

SOURCE = "illustrative: supposed, by a replay"
_STAGES = ("closing", "presentation", "customs", "forwarding")
_ALIASES = {"cutoff": "closing.by", "release": "customs.at"}
_SHIFT = re.compile(r"([+-])(\d{1,2}):(\d{2})")
_CLOCK = re.compile(r"(\d{2}):(\d{2})")
Cells = dict[str, str]


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of a file of a network."""

    columns: list[str]
    rows: list[Cells]

    @classmethod
    def of(cls, text: str) -> Rows:
        """From its text, comments left out."""
        lines = [line for line in text.splitlines() if line.strip() and line.strip()[0] != "#"]
        cells = list(csv.reader(line.strip() for line in lines))
        names = [name.strip() for name in cells[0]] if cells else []
        return cls(names, [dict(zip(names, row, strict=True)) for row in cells[1:]])

    def text(self) -> str:
        """As a file."""
        out = io.StringIO()
        writer = csv.DictWriter(out, self.columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(self.rows)
        return out.getvalue()


def changed_texts(texts: Mapping[str, str], change: str) -> dict[str, str]:
    """The files of a network with a change. Raises `UsageError` for one that cannot be read, names
    nothing of the network, or moves by nothing."""
    place, _, rest = change.strip().partition(".")
    rest = re.sub(r"^(cutoff|release)\b", lambda found: _ALIASES[found[0]], rest)
    what, _, value = rest.partition(" ")
    value = value.strip()
    if not (place and what and value):
        raise UsageError(f"{change!r} is not a change: write such as 'USORDA.release -02:00'")
    edited = _edit(_Files(texts), place, what, value, change)
    if edited == dict(texts):
        raise _nothing(change)
    return edited


def _nothing(change: str) -> UsageError:
    return UsageError(f"{change!r} changes nothing in this network")


class _Files:
    """The files of a network, read when they are asked for."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self.texts = dict(texts)
        self.read: dict[str, Rows] = {}

    def __getitem__(self, name: str) -> Rows:
        if name not in self.read:
            self.read[name] = Rows.of(self.texts.get(name, ""))
        return self.read[name]

    def written(self, *names: str) -> dict[str, str]:
        return self.texts | {name: self.read[name].text() for name in names}


def _edit(files: _Files, place: str, what: str, value: str, change: str) -> dict[str, str]:
    stage, _, column = what.partition(".")
    offices = [row for row in files["offices.csv"].rows if row["office"] == place]
    areas = [row for row in files["areas.csv"].rows if row["area"] == place]
    if offices and stage in _STAGES:
        return _schedule(files, "offices.csv", offices, stage, column, value, change)
    if areas and stage == "delivery":
        return _schedule(files, "areas.csv", areas, stage, column, value, change)
    if areas and stage in ("export", "import"):
        links = [row for row in files["area_links.csv"].rows
                 if row["area"] == place and row["direction"] == stage]  # fmt: skip
        return _schedule(files, "area_links.csv", links, "schedule", column, value, change)
    pair = place.split("-")
    if len(pair) == 2 and what == "flights":
        return _flights(files, pair[0], pair[1], value, change)
    if len(pair) == 2 and what == "buffer":
        return _buffer(files, pair[0], pair[1], value, change)
    if len(pair) == 2 and stage in ("term", "sender"):
        scope = "relation" if stage == "term" else "sender"
        name = column.removeprefix("term.")
        row = {"scope": scope, "origin": pair[0], "destination": pair[1], "term": name,
               "value": value, "source": SOURCE}  # fmt: skip
        return _instead(files, "terms.csv", row, ("scope", "origin", "destination", "term"))
    raise UsageError(
        f"{change!r}: the network has no {place!r} with {what!r}; an office has "
        f"{', '.join((*_ALIASES, *_STAGES))}, an area export, import and delivery, two airports "
        "flights, a lane buffer and term.NAME"
    )


def _schedule(
    files: _Files, file: str, uses: list[Cells], column: str, part: str, value: str, change: str
) -> dict[str, str]:  # fmt: skip
    """Give the rows a schedule of their own, with another time or other days."""
    if part not in ("by", "at", "days"):
        raise UsageError(f"{change!r}: of a schedule by, at or days can change, not {part!r}")
    schedules = files["schedules.csv"]
    for name in dict.fromkeys(use[column] for use in uses if use[column]):
        own = f"{name}~{uses[0].get('office', '')}{uses[0].get('area', '')}"
        for row in [row for row in schedules.rows if row["schedule"] == name]:
            edited = _slot(row, part, value, change)
            schedules.rows.append({**edited, "schedule": own, "source": SOURCE})
        for use in uses:
            if use[column] == name:
                use[column] = own
    return files.written("schedules.csv", file)


def _slot(row: Cells, part: str, value: str, change: str) -> Cells:
    if part == "days":
        if not re.fullmatch(r"\+?[1-7]+", value):
            raise UsageError(f"{change!r}: days are digits 1 (Monday) to 7, +6 adds Saturdays")
        weekdays = {*value.lstrip("+"), *(row["days"] if value[0] == "+" else "")}
        return {**row, "days": "".join(sorted(weekdays))}
    by, at = _minutes(row["by"]), _minutes(row["at"]) + DAY * int(row["plus_days"] or 0)
    moved = _moved(by if part == "by" else at, value, change)
    if part == "by":
        return {**row, "by": _clock(min(max(moved, 0), at, DAY))}
    days, minute = divmod(max(moved, by), DAY)  # nothing is done before it is ready
    return {**row, "at": _clock(minute), "plus_days": str(days)}


def _moved(minutes: int, value: str, change: str) -> int:
    if found := _SHIFT.fullmatch(value):
        by = int(found[2]) * 60 + int(found[3])
        if not by:
            raise _nothing(change)
        return minutes + (by if found[1] == "+" else -by)
    if _CLOCK.fullmatch(value):
        return minutes // DAY * DAY + _minutes(value)
    raise UsageError(f"{change!r}: write how much earlier or later, -02:00, or the time, 18:30")


def _minutes(text: str) -> int:
    hours, _, minutes = text.partition(":")
    return int(hours) * 60 + int(minutes)


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _flights(files: _Files, begin: str, end: str, value: str, change: str) -> dict[str, str]:
    """Each schedule season's first flight of the pair that does not fly on that weekday does."""
    if not re.fullmatch(r"\+[1-7]", value):
        raise UsageError(f"{change!r}: write +3 for one more flight a week, on Wednesdays")
    day, flights = value[1], files["flights.csv"]
    mine = [row for row in flights.rows if (row["from"], row["to"]) == (begin, end)]
    seasons: dict[tuple[str, str], list[Cells]] = {}
    for row in mine:
        seasons.setdefault((row["valid_from"], row["valid_to"]), []).append(row)
    for rows in seasons.values():
        free = [row for row in rows if day not in row["days"]]
        if free:
            free[0]["days"] = "".join(sorted({*free[0]["days"], day}))
            free[0]["source"] = SOURCE
    return files.written("flights.csv") if mine else files.texts


def _buffer(
    files: _Files, origin: str, destination: str, value: str, change: str
) -> dict[str, str]:
    if not re.fullmatch(r"[+-]?\d+", value):
        raise UsageError(f"{change!r}: write +1, or the days themselves")
    if value[0] in "+-" and not int(value):
        raise _nothing(change)
    rows = files["lane_terms.csv"].rows
    touched = [row for row in rows if (row["origin"], row["destination"]) == (origin, destination)]
    if value[0] in "+-" and touched:
        for row in touched:
            row["buffer_days"] = str(max(int(row["buffer_days"]) + int(value), 0))
            row["source"] = SOURCE
        return files.written("lane_terms.csv")
    base = 0
    if value[0] in "+-":
        wider = [row for row in rows if row["origin"] in (origin, "*")
                 and row["destination"] in (destination, "*")]  # fmt: skip
        wider.sort(key=lambda row: (row["origin"] != "*") + (row["destination"] != "*"))
        base = int(wider[-1]["buffer_days"]) if wider else 0
    days = max(base * (value[0] in "+-") + int(value), 0)
    row = {"origin": origin, "destination": destination, "buffer_days": str(days), "source": SOURCE}
    return _instead(files, "lane_terms.csv", row, ("origin", "destination"))


def _instead(files: _Files, name: str, row: Cells, keys: tuple[str, ...]) -> dict[str, str]:
    """The row instead of those with the same keys, whatever their dates."""
    table = files[name]
    kept = [one for one in table.rows if any(one[key] != row[key] for key in keys)]
    table.rows[:] = [*kept, {column: row.get(column, "") for column in table.columns}]
    return files.written(name)


def narrowed(data: NetworkData, first_day: int, last_day: int) -> NetworkData:
    """The same network for fewer days: it compiles in a fraction of the time."""
    return replace(
        data, first_day=max(data.first_day, first_day), last_day=min(data.last_day, last_day)
    )
