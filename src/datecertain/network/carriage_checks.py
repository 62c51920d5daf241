"""What must hold for carriage agreements, critical tag times and rules of scoring."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from datecertain.findings import Finding, Severity
from datecertain.moments import format_clock
from datecertain.network.carriage_rows import CarriageRow, JourneyRule, Scoring
from datecertain.network.loading import NetworkData
from datecertain.network.rows import Dated


def check_carriage(data: NetworkData) -> Iterator[Finding]:
    """Agreements and rules name posts of the network, end after they begin, and none stands beside
    another of the same lane at the same time."""
    posts = {row.post for row in data.posts} | {"*"}
    rows: tuple[CarriageRow | JourneyRule, ...] = (*data.carriage, *data.journey_rules)
    seen: dict[tuple[str, ...], list[Dated]] = defaultdict(list)
    for row in rows:
        for name in ("origin", "destination"):
            if getattr(row, name) not in posts:
                value = getattr(row, name)
                yield row.finding("reference-unknown", f"{name}: no post or * {value!r} here")
        what = row.fact if isinstance(row, JourneyRule) else ""
        yield from _overlaps(row, seen[row.file, row.origin, row.destination, what])
    for row in data.journey_rules:
        if row.scoring == Scoring.IF_PROVEN and not row.proof:
            yield row.finding("proof-missing", "left out if proven, but says by which events")
        if row.scoring != Scoring.IF_PROVEN and row.proof:
            yield row.finding("proof-unused", f"{row.scoring} asks for no proof", Severity.WARNING)


def check_tag_times(data: NetworkData) -> Iterator[Finding]:
    """Tag times belong to inward offices, are said once for a weekday, and are not later than the
    last hour at which the office presents to customs: what counts as of a day must be able to
    make the standard of that day."""
    offices = {row.office: row for row in data.offices}
    seen: dict[tuple[str, int], list[Dated]] = defaultdict(list)
    for row in data.tag_times:
        office = offices.get(row.office)
        if office is None or not office.inward:
            yield row.finding("reference-unknown", f"office: no inward office {row.office!r} here")
            continue
        for weekday in (day for day in range(7) if row.days[day]):
            yield from _overlaps(row, seen[row.office, weekday])
        last = max(
            (slot.by for slot in data.schedules if slot.schedule == office.presentation), default=0
        )
        if row.by > last:
            yield row.finding(
                "tag-time-late",
                f"{format_clock(row.by)} is after the last presentation, {format_clock(last)}: "
                "what comes between counts as of a day whose standard it cannot make",
                Severity.WARNING,
            )


def _overlaps(row: Dated, before: list[Dated]) -> Iterator[Finding]:
    if row.valid_to < row.valid_from:
        yield row.finding("validity", "valid_to comes before valid_from")
    for other in before:
        if row.valid_from == other.valid_from and row.valid_to == other.valid_to:
            yield row.finding("row-twice", f"says what row {other.line} says, for the same time")
            break
    before.append(row)


CARRIAGE_CHECKS = (check_carriage, check_tag_times)
