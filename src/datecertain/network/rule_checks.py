"""What must hold for the rows of rules: products, channels, conditions, standards, closures,
relations. The checks compose with those of `network/checking.py`."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import cache

from datecertain.findings import Finding, Severity
from datecertain.moments import format_date
from datecertain.network.carriage_checks import CARRIAGE_CHECKS
from datecertain.network.loading import NetworkData, bundled_folder
from datecertain.network.rows import read_rows
from datecertain.network.rule_rows import KNOWN_CONTENTS, Condition, Standard
from datecertain.network.weakening import WEAKENING_CHECKS


def check_products(data: NetworkData) -> Iterator[Finding]:
    """Rows of one product do not overlap in time, and conditions and standards name products that
    their origin post has."""
    seen: dict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
    for row in data.products:
        spans = seen[row.post, row.product]
        if any(row.valid_from <= end and start <= row.valid_to for start, end in spans):
            yield row.finding("row-twice", f"{row.post} {row.product} has another row at that time")
        spans.append((row.valid_from, row.valid_to))
    sold = set(seen) | {("*", product) for _, product in seen}
    users: tuple[Condition | Standard, ...] = (*data.conditions, *data.standards)
    for user in users:
        if user.product not in ("", "*") and (user.origin, user.product) not in sold:
            yield user.finding("product-unknown", f"{user.origin} has no product {user.product!r}")


def check_channels(data: NetworkData) -> Iterator[Finding]:
    """One row per post, area and channel (what changes by date changes in the schedules), areas
    of the post itself, and no name with a meaning of its own."""
    seen: dict[tuple[str, str, str], int] = {}
    post_of = {row.area: row.post for row in data.areas}
    for row in data.channels:
        key = (row.post, row.area, row.channel)
        if (first := seen.setdefault(key, row.line)) != row.line:
            yield row.finding("row-twice", f"{key} stands already in row {first}")
        if row.area != "*" and post_of.get(row.area) != row.post:
            yield row.finding("area-of-another-post", f"{row.area} is no area of {row.post}")
        if row.channel == "label":
            yield row.finding("channel-reserved", "a label is no way of handing an item over")


def check_conditions(data: NetworkData) -> Iterator[Finding]:
    """A condition can be said in both languages, changes something, matches an area if it names
    one, and is not published after it begins; an `end` ends one that is there."""
    opened = {row.condition for row in data.conditions if row.kind != "end"}
    areas = [row.area for row in data.areas]
    seen: set[tuple[str, bool]] = set()
    for row in data.conditions:
        ending = row.kind == "end"
        if (row.condition, ending) in seen:
            yield row.finding("row-twice", f"{row.condition} has such a row already")
        seen.add((row.condition, ending))
        if ending and row.condition not in opened:
            yield row.finding("condition-unknown", f"ends {row.condition!r}, which is not there")
        if row.kind == "tolerance" and row.days < 1:
            yield row.finding("tolerance", "says no days: at least 1")
        if row.kind == "tolerance" and row.valid_to < data.last_day:
            yield row.finding(
                "tolerance-drops",
                f"{row.days} delivery days end after {format_date(row.valid_to)}; an item posted "
                "the day after can be promised for an earlier date than one posted on it",
                Severity.WARNING,
            )
        if row.kind in ("no_guarantee", "refuse") and not (row.text_en and row.text_ko):
            yield row.finding("text-missing", "needs text_en and text_ko: the public is told")
        for pattern in (row.from_area, row.to_area):
            if pattern and not any(fnmatchcase(area, pattern) for area in areas):
                yield row.finding("area-unknown", f"no area fits {pattern!r}")


def check_contents(data: NetworkData) -> Iterator[Finding]:
    """A class of contents that nothing else names may be one that no item is declared with."""
    named = Counter(row.contents for row in data.conditions)
    for row in data.conditions:
        if row.contents in KNOWN_CONTENTS or named[row.contents] > 1:
            continue
        if row.contents not in _bundled_contents():
            yield row.finding(
                "contents-unknown",
                f"no other condition names the contents {row.contents!r}: it holds for items of "
                "exactly this class",
                Severity.WARNING,
            )


@cache
def _bundled_contents() -> frozenset[str]:
    text = (bundled_folder() / Condition.file).read_text(encoding="utf-8")
    return frozenset(row.contents for row in read_rows(Condition, text)[0])


def check_standards(data: NetworkData) -> Iterator[Finding]:
    """A standard is a number of days that a journey can have, and names areas that are there."""
    areas = [row.area for row in data.areas]
    for row in data.standards:
        if row.days > 60:
            yield row.finding("standard-long", f"{row.days} days", Severity.WARNING)
        for pattern in (row.from_area, row.to_area):
            if pattern and not any(fnmatchcase(area, pattern) for area in areas):
                yield row.finding("area-unknown", f"no area fits {pattern!r}")


def check_closures(data: NetworkData) -> Iterator[Finding]:
    """A closure ends after it begins."""
    for row in data.closures:
        if row.closed_to < row.closed_from:
            yield row.finding("validity", "closed_to comes before closed_from")


RULE_CHECKS = (
    check_products, check_channels, check_conditions, check_contents, check_standards,
    check_closures,
    *CARRIAGE_CHECKS, *WEAKENING_CHECKS,
)  # fmt: skip
