"""The rows of what is sold and when it is promised: products, channels, conditions, published
standards, closures, settlement relations (formats: docs/reference/network-files.md).

Networks published before these files existed do without them: an absent file has no rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from datecertain.moments import DAY, parse_date, parse_utc
from datecertain.network.rows import Dated, Row, column, counted, filled, maybe_empty, one_of

#: Contents that a condition can speak of as a group: everything that is not documents.
NON_DOCUMENTS = "non-documents"
#: Classes of contents that every network knows.
KNOWN_CONTENTS = frozenset({"", "documents", NON_DOCUMENTS})
#: Kinds of address that a condition can single out.
ADDRESSES = ("street", "po_box", "poste_restante", "military")


def contents_class(text: str) -> str:
    """A class of contents as it is compared and kept: `Food ` and `food` are one."""
    return text.strip().lower()


def published_at(value: str) -> int:
    """A moment of publication: `2026-12-01T09:30Z`, or a date, whose beginning in UTC counts."""
    if not value:
        return 0
    return parse_utc(value) if "T" in value else parse_date(value) * DAY


def _limit(value: str) -> int:
    """A bound; empty: none (-1)."""
    return counted(value) if value else -1


def _amount(value: str) -> int:
    if value and not (value.isascii() and value.isdigit() and len(value) <= 12):
        raise ValueError("must be a whole number of micro-SDR")
    return int(value) if value else -1


@dataclass(frozen=True, slots=True)
class Product(Dated):
    """A product of an origin post. One that is not guaranteed gets an estimate."""

    file: ClassVar[str] = "products.csv"
    optional: ClassVar[bool] = True
    post: str = column(filled)
    product: str = column(filled)
    name_en: str = column(filled)
    name_ko: str = column(filled)
    guaranteed: str = column(one_of("yes", "no"))
    max_weight_g: int = column(_limit)


@dataclass(frozen=True, slots=True)
class Channel(Dated):
    """How an item comes to the post, and who bears the time before the post holds it.

    `schedule`: accepted by → at the post at; empty: the post holds it at once.
    """

    file: ClassVar[str] = "channels.csv"
    optional: ClassVar[bool] = True
    post: str = column(filled)
    area: str = column(filled)
    channel: str = column(filled)
    schedule: str = column(maybe_empty)
    borne_by: str = column(one_of("post", "sender"))


@dataclass(frozen=True, slots=True)
class Condition(Dated):
    """What changes the promise for some of the items, from a day and from its publication on.

    Columns that are `*` or empty match everything; areas may end in `*`. `valid_from`/`valid_to`
    are local acceptance dates at the origin; an acceptance before `known_from` is not touched. A
    row of kind `end` ends the condition of its name for acceptances from then on.
    """

    file: ClassVar[str] = "conditions.csv"
    optional: ClassVar[bool] = True
    condition: str = column(filled)
    kind: str = column(one_of("no_guarantee", "refuse", "tolerance", "end"))
    origin: str = column(filled)
    destination: str = column(filled)
    from_area: str = column(maybe_empty)
    to_area: str = column(maybe_empty)
    product: str = column(maybe_empty)
    contents: str = column(contents_class)
    address: str = column(one_of("", *ADDRESSES))
    over_g: int = column(_limit)
    over_usdr: int = column(_amount)
    days: int = column(_limit)
    known_from: int = column(published_at)
    text_en: str = column(maybe_empty)
    text_ko: str = column(maybe_empty)


@dataclass(frozen=True, slots=True)
class Standard(Dated):
    """A standard that a post publishes as a number of days instead of computing it.

    `day_zero`: `acceptance` (the local acceptance date), `cut_off` (the next one on which the
    export schedule still takes it), `day_after` (the day after that date is the first to count
    from). `counts`: the destination area's `delivery` days, the origin area's `origin` days, or
    `calendar` days; the date then rolls on to the next delivery day.
    """

    file: ClassVar[str] = "standards.csv"
    optional: ClassVar[bool] = True
    origin: str = column(filled)
    destination: str = column(filled)
    from_area: str = column(maybe_empty)
    to_area: str = column(maybe_empty)
    product: str = column(maybe_empty)
    days: int = column(counted)
    day_zero: str = column(one_of("acceptance", "cut_off", "day_after"))
    counts: str = column(one_of("delivery", "origin", "calendar"))


@dataclass(frozen=True, slots=True)
class Closure(Row):
    """An office of exchange that does not work on some local dates: mail goes another way or
    waits."""

    file: ClassVar[str] = "closures.csv"
    optional: ClassVar[bool] = True
    office: str = column(filled)
    direction: str = column(one_of("outward", "inward", "both"))
    closed_from: int = column(parse_date)
    closed_to: int = column(parse_date)
    known_from: int = column(published_at)
    text_en: str = column(maybe_empty)
    text_ko: str = column(maybe_empty)


@dataclass(frozen=True, slots=True)
class Relation(Dated):
    """Whether two posts settle with each other: not the same as membership or coverage (req 12)."""

    file: ClassVar[str] = "relations.csv"
    optional: ClassVar[bool] = True
    first: str = column(filled)
    second: str = column(filled)
    settles: str = column(one_of("yes", "no"))


RULE_ROWS: tuple[type[Row], ...] = (Product, Channel, Condition, Standard, Closure, Relation)


@dataclass(frozen=True, slots=True)
class ExclusionRow(Dated):
    """How an exclusion works in one scope on some lanes, and by what evidence (req 24)."""

    file: ClassVar[str] = "exclusions.csv"
    optional: ClassVar[bool] = True
    scope: str = column(one_of("sender", "relation"))
    origin: str = column(filled)
    destination: str = column(filled)
    exclusion: str = column(filled)
    mode: str = column(one_of("clips", "excludes", "attempt", "not_guaranteed", "no"))
    evidence: str = column(maybe_empty)
