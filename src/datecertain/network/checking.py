"""What must hold between the rows of a network before it is compiled.

Each check is a pure function from the data to its findings; all of them run, and all findings
are reported at once (issue: loading checks everything).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import TypeVar

from datecertain.errors import BadMoment
from datecertain.findings import Finding, Severity
from datecertain.moments import DAY, format_date, zone
from datecertain.network.calendars import OpenDays
from datecertain.network.flight_changes import PublishedDepartures, change_findings, departure_of
from datecertain.network.lanes import lane_histories
from datecertain.network.loading import NetworkData
from datecertain.network.monotone_checks import check_margins
from datecertain.network.places import postcode_table
from datecertain.network.rows import (
    ALWAYS_TO,
    Airport,
    Area,
    Dated,
    Flight,
    Office,
    Post,
    Row,
)
from datecertain.network.rule_checks import RULE_CHECKS
from datecertain.network.term_checks import TERM_CHECKS
from datecertain.network.timetable import PLAUSIBLE_BLOCK_MIN

R = TypeVar("R", bound=Row)
Check = Callable[[NetworkData], Iterator[Finding]]


def check_network(data: NetworkData) -> list[Finding]:
    """Every finding of every check, in the order of the files."""
    return [finding for check in CHECKS for finding in check(data)]


def _duplicates(rows: Iterable[R], key: Callable[[R], Hashable]) -> Iterator[Finding]:
    seen: dict[Hashable, int] = {}
    for row in rows:
        if (first := seen.setdefault(key(row), row.line)) != row.line:
            yield row.finding("row-twice", f"{key(row)} stands already in row {first}")


def check_names(data: NetworkData) -> Iterator[Finding]:
    """Each post, operator, airport, calendar, office, area and link has one row: what changes by
    date changes in the schedules."""
    yield from _duplicates(data.posts, lambda row: row.post)
    yield from _duplicates(data.posts, lambda row: row.operator)
    yield from _duplicates(data.airports, lambda row: row.airport)
    yield from _duplicates(data.calendars, lambda row: row.calendar)
    yield from _duplicates(data.offices, lambda row: row.office)
    yield from _duplicates(data.areas, lambda row: row.area)
    yield from _duplicates(data.holidays, lambda row: (row.calendar, format_date(row.date)))
    yield from _duplicates(data.area_links, lambda row: (row.area, row.office, row.direction))
    yield from _duplicates(data.rates, lambda row: (row.currency, format_date(row.on)))


def check_zones(data: NetworkData) -> Iterator[Finding]:
    """Zones are known to the pinned tzdata."""
    rows: list[Post | Airport | Office | Area]
    rows = [*data.posts, *data.airports, *data.offices, *data.areas]
    for row in rows:
        try:
            zone(row.zone)
        except BadMoment as error:
            yield row.finding("zone-unknown", str(error))


def check_validity(data: NetworkData) -> Iterator[Finding]:
    """Nothing ends before it begins, and the horizon has days in it."""
    if data.last_day <= data.first_day:
        yield Finding(
            "horizon", Severity.ERROR, "network.toml", "", "last_day is not after first_day"
        )
    dated: tuple[tuple[Dated, ...], ...] = (
        data.offices, data.areas, data.area_links, data.schedules, data.flights, data.lane_terms,
        data.terms, data.products, data.channels, data.conditions, data.standards, data.relations,
        data.exclusions,
    )  # fmt: skip
    for rows in dated:
        for row in rows:
            if row.valid_to < row.valid_from:
                yield row.finding("validity", "valid_to comes before valid_from")


def check_references(data: NetworkData) -> Iterator[Finding]:
    """Every name that a row uses is there."""
    known = {
        "post": {row.post for row in data.posts},
        "airport": {row.airport for row in data.airports},
        "office": {row.office for row in data.offices},
        "area": {row.area for row in data.areas},
        "schedule": {row.schedule for row in data.schedules},
        "calendar": {row.calendar for row in data.calendars},
        "post or *": {row.post for row in data.posts} | {"*"},
    }
    references: list[tuple[Iterable[Row], str, tuple[str, ...]]] = [
        (data.offices, "post", ("post",)),
        (data.offices, "airport", ("airport",)),
        (data.offices, "schedule", ("closing", "presentation", "customs", "forwarding")),
        (data.areas, "post", ("post",)),
        (data.areas, "schedule", ("delivery",)),
        (data.area_links, "area", ("area",)),
        (data.area_links, "office", ("office",)),
        (data.area_links, "schedule", ("schedule",)),
        (data.postcodes, "post", ("post",)),
        (data.postcodes, "area", ("area",)),
        (data.schedules, "calendar", ("calendar",)),
        (data.holidays, "calendar", ("calendar",)),
        (data.calendars, "calendar", ("includes",)),
        (data.flights, "airport", ("origin", "destination")),
        (data.flight_changes, "airport", ("origin", "destination")),
        (data.lane_events, "post or *", ("origin", "destination")),
        (data.lane_terms, "post or *", ("origin", "destination")),
        (data.terms, "post or *", ("origin", "destination")),
        (data.exclusions, "post or *", ("origin", "destination")),
        (data.products, "post", ("post",)),
        (data.channels, "post", ("post",)),
        (data.channels, "schedule", ("schedule",)),
        (data.conditions, "post or *", ("origin", "destination")),
        (data.standards, "post or *", ("origin", "destination")),
        (data.closures, "office", ("office",)),
        (data.relations, "post or *", ("first", "second")),
    ]
    for rows, what, names in references:
        for row in rows:
            for name in names:
                value = getattr(row, name)
                if value and value not in known[what]:
                    yield row.finding("reference-unknown", f"{name}: no {what} {value!r} here")


def check_offices(data: NetworkData) -> Iterator[Finding]:
    """An office has the schedules that its direction needs."""
    for office in data.offices:
        needed = ["closing"] if office.outward else []
        needed += ["presentation", "customs", "forwarding"] if office.inward else []
        for name in needed:
            if not getattr(office, name):
                yield office.finding(
                    "schedule-missing", f"an {office.direction} office needs {name}"
                )


def check_links(data: NetworkData) -> Iterator[Finding]:
    """An area can be reached and left, through offices of its own post that face the right way."""
    offices = {row.office: row for row in data.offices}
    areas = {row.area: row for row in data.areas}
    directions: dict[str, set[str]] = {row.area: set() for row in data.areas}
    for link in data.area_links:
        area, office = areas.get(link.area), offices.get(link.office)
        if area is None or office is None:
            continue
        directions[link.area].add(link.direction)
        if office.post != area.post:
            yield link.finding(
                "office-of-another-post", f"{office.office} belongs to {office.post}"
            )
        if not (office.outward if link.direction == "export" else office.inward):
            yield link.finding("office-direction", f"{office.office} is {office.direction} only")
    members = {row.post for row in data.posts if row.left_on == ALWAYS_TO}
    used = {row.area for row in data.postcodes}
    for area in data.areas:
        for direction in ("export", "import"):
            if direction not in directions[area.area] and area.post in members:
                yield area.finding("area-unlinked", f"{area.area} has no {direction} link")
        if area.area not in used:
            yield area.finding("area-unused", f"no postcode leads to {area.area}", Severity.WARNING)
        if area.guarantee == "no" and not area.reason:
            yield area.finding("reason-missing", f"{area.area} is not guaranteed: say why")


def check_schedules(data: NetworkData) -> Iterator[Finding]:
    """No slot is done before it begins; nothing waits for weeks."""
    for row in data.schedules:
        if row.plus_days < 0 or row.plus_days * DAY + row.at < row.by:
            yield row.finding("slot-backwards", "is done before it is ready")
        if row.plus_days > 21:
            yield row.finding("slot-long", f"takes {row.plus_days} days", Severity.WARNING)
        if row.counting == "open" and not row.calendar:
            yield row.finding("slot-counting", "counts open days of no calendar", Severity.WARNING)


def check_flights(data: NetworkData) -> Iterator[Finding]:
    """A flight lands elsewhere, after it departs and within a day, and stands there once."""
    airports = {row.airport: row for row in data.airports}
    for row in data.flights:
        yield from _flight_findings(row, row, airports, data)
    yield from _duplicates(
        data.flights,
        lambda row: (row.flight, row.origin, row.departs, row.valid_from, row.days),
    )


def check_flight_changes(data: NetworkData) -> Iterator[Finding]:
    """What changes by date is there to be changed, and what is flown instead is a flight."""
    airports = {row.airport: row for row in data.airports}
    published = PublishedDepartures(data.flights)
    yield from change_findings(data.flights, data.flight_changes)
    for change in data.flight_changes:
        named = {data.flights[row].destination for row in published.named(change)}
        for destination in {change.destination} if change.destination else named:
            for row in departure_of(change, destination):
                yield from _flight_findings(row, change, airports, data)


def _flight_findings(
    row: Flight, told_by: Row, airports: dict[str, Airport], data: NetworkData
) -> Iterator[Finding]:
    if row.origin not in airports or row.destination not in airports:
        return
    minutes = _block_min(row, airports, data)
    if row.origin == row.destination:
        yield told_by.finding("flight-nowhere", f"{row.flight} lands where it left")
    elif minutes not in PLAUSIBLE_BLOCK_MIN:
        yield told_by.finding("flight-block", f"{row.flight} would take {minutes} minutes")


def _block_min(row: Flight, airports: dict[str, Airport], data: NetworkData) -> int:
    day = max(row.valid_from, data.first_day)
    try:
        departs, _ = zone(airports[row.origin].zone).to_utc(day, row.departs)
        arrives, _ = zone(airports[row.destination].zone).to_utc(day + row.plus_days, row.arrives)
    except BadMoment:
        return 60  # the unknown zone has its own finding
    return int(arrives - departs)


def check_postcodes(data: NetworkData) -> Iterator[Finding]:
    """Ranges have the form of their post, are nested or disjoint, and lead to its own areas."""
    areas = {row.area: row for row in data.areas}
    for post in data.posts:
        ranges = [row for row in data.postcodes if row.post == post.post]
        if ranges or post.left_on == ALWAYS_TO:
            yield from postcode_table(post, ranges)[1]
        for row in ranges:
            area = areas.get(row.area)
            if isinstance(area, Area) and area.post != post.post:
                yield row.finding("area-of-another-post", f"{row.area} belongs to {area.post}")


def check_lanes(data: NetworkData) -> Iterator[Finding]:
    """The history of a lane makes sense: it opens first, and is resumed only after a suspension."""
    before = {"opened": {"", "closed"}, "suspended": {"opened", "resumed"},
              "resumed": {"suspended"}, "closed": {"opened", "resumed", "suspended"}}  # fmt: skip
    told: set[int] = set()
    for lane, rows in lane_histories(data).items():
        state = ""
        for row in rows:
            if state not in before[row.event] and row.line not in told:
                told.add(row.line)
                yield row.finding(
                    "lane-history",
                    f"{'-'.join(lane)} is {row.event} when it is {state or 'not open'}",
                )
            state = row.event


def check_rates(data: NetworkData) -> Iterator[Finding]:
    """Every currency of a member has a rate on or before the first day."""
    first: dict[str, int] = {}
    for row in data.rates:
        if row.per_sdr <= 0:
            yield row.finding("rate", "must be above zero")
        first[row.currency] = min(first.get(row.currency, row.on), row.on)
    for post in data.posts:
        if post.left_on == ALWAYS_TO and first.get(post.currency, ALWAYS_TO) > data.first_day:
            yield post.finding(
                "rate-missing",
                f"no {post.currency} rate on or before {format_date(data.first_day)}",
            )


def check_holidays(data: NetworkData) -> Iterator[Finding]:
    """A national calendar has rows in every year of the horizon: an empty year is a gap, whether
    schedules name it or calendars that they name include it.

    Rows before the first day are history, kept beside it; rows after the last day are noted, for
    they wait for a longer horizon or are a slip."""
    years: Counter[tuple[str, str]] = Counter()
    for row in data.holidays:
        years[row.calendar, format_date(row.date)[:4]] += 1
    days = OpenDays(data.calendars, data.holidays)
    named = {row.calendar for row in data.schedules if row.calendar}
    used = {name for start in named for name in days.chain(start)}
    spans = range(int(format_date(data.first_day)[:4]), int(format_date(data.last_day)[:4]) + 1)
    for calendar in data.calendars:
        if calendar.calendar in days.chain(calendar.includes):
            yield calendar.finding("calendar-cycle", f"{calendar.calendar} includes itself")
        if calendar.calendar not in used or calendar.includes:
            continue
        for year in map(str, spans):
            if not years[calendar.calendar, year]:
                yield calendar.finding("calendar-gap", f"no holiday in {year}")
    for row in data.holidays:
        if row.date > data.last_day:
            yield row.finding("holiday-outside", "lies after the horizon", Severity.NOTE)


CHECKS: tuple[Check, ...] = (
    check_names, check_validity, check_zones, check_references, check_offices, check_links,
    check_schedules, check_flights, check_flight_changes, check_postcodes, check_lanes, check_rates,
    check_holidays, *TERM_CHECKS, check_margins, *RULE_CHECKS,
)  # fmt: skip
