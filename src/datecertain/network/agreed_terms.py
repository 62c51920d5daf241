"""The terms of a lane on a day as clauses: what two posts sign, and what the rule book prints.

A clause is one deciding row of the network's files, by the same look-ups that the promise, the
verdict and the refund use. The text that is signed is their canonical JSON, so that two posts that
have the same rows sign the same digest (req 78). What moves with the season, cut-offs and the
timetable, is no term: it is in the network, and the rule book prints it beside them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any

from datecertain.errors import NetworkError
from datecertain.moments import format_clock, format_date
from datecertain.network import Network, Scope
from datecertain.network.carriage_rows import Astray, HandoverPoint
from datecertain.network.exclusions import EXCLUSIONS
from datecertain.network.rows import ALWAYS_FROM, ALWAYS_TO, Dated, TermRow
from datecertain.network.rule_rows import Condition, Standard
from datecertain.network.terms import TERMS

#: How a row names the source of the row before it.
_AS_BEFORE = "the same"


class Part(StrEnum):
    """Which sort of rule a clause is."""

    PRODUCT = "product"  # what the origin post sells under the guarantee
    STANDARD = "standard"  # a published number of days
    MARGIN = "margin"  # delivery days added to what the network carries
    CONDITION = "condition"  # a suspension, a refusal, a tolerance
    TERM = "term"
    EXCLUSION = "exclusion"
    CHANNEL = "channel"  # from when the post holds an item
    TAG_TIME = "tag_time"  # until when a receptacle handed over counts as of a day
    CARRIAGE = "carriage"  # who contracted it, and where custody passes
    JOURNEY = "journey"  # how items that went astray are scored


@dataclass(frozen=True, slots=True)
class Clause:
    """One rule: `value` as its file writes it, `rule` the lane that the row names (`*-*`: all),
    `valid_from` and `valid_to` dates, empty where unbounded."""

    part: Part
    scope: str  # `sender`, `relation`; empty: both
    name: str
    value: str
    rule: str
    valid_from: str
    valid_to: str
    source: str

    @property
    def key(self) -> tuple[str, str, str]:
        """What the clause is about."""
        return self.part, self.scope, self.name


def clauses_of(network: Network, origin: str, destination: str, day: int) -> tuple[Clause, ...]:
    """The terms of a lane for acceptances on a local date at the origin, in a fixed order.

    Raises `UnknownPlace`.
    """
    network.post(origin)
    network.post(destination)
    lane = (origin, destination, day)
    return (
        *_products(network, origin, day), *_channels(network, origin, day),
        *_standards(network, *lane), *_margin(network, *lane),
        *_conditions(network, *lane), *_terms(network, *lane), *_exclusions(network, *lane),
        *_carriage(network, *lane), *_tag_times(network, destination, day),
    )  # fmt: skip


def digest_of(content: Any) -> str:
    """The SHA-256 of something's canonical JSON, in hex."""
    return hashlib.sha256(canonical(content).encode()).hexdigest()


def canonical(content: Any) -> str:
    """JSON in which the same content is always the same text."""
    return json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def as_content(clauses: Iterable[Clause]) -> list[dict[str, str]]:
    """The clauses as plain data."""
    return [asdict(one) | {"part": str(one.part)} for one in clauses]


@dataclass(frozen=True, slots=True)
class Differing:
    """A clause that reads otherwise in two texts of terms; None: it is not in that one."""

    part: str
    scope: str
    name: str
    was: str | None
    now: str | None


def differing(
    was: Sequence[dict[str, str]], now: Sequence[dict[str, str]]
) -> tuple[Differing, ...]:
    """What differs between two texts of terms, in the order of the second; a clause whose value is
    the same but whose dates or source are not is told with them."""
    before, after = _by_key(was), _by_key(now)
    found = []
    for key in [*after, *(key for key in before if key not in after)]:
        old, new = before.get(key), after.get(key)
        if old == new:
            continue
        same = old and new and [row["value"] for row in old] == [row["value"] for row in new]
        found.append(Differing(*key, _told(old, bool(same)), _told(new, bool(same))))
    return tuple(found)


def _by_key(rows: Sequence[dict[str, str]]) -> dict[tuple[str, str, str], list[dict[str, str]]]:
    found: dict[tuple[str, str, str], list[dict[str, str]]] = {}
    for row in rows:
        found.setdefault((row["part"], row["scope"], row["name"]), []).append(row)
    return found


def _told(rows: list[dict[str, str]] | None, fully: bool) -> str | None:
    if rows is None:
        return None
    if not fully:
        return "; ".join(row["value"] for row in rows)
    return "; ".join(
        f"{row['value']} ({row['rule']}, {row['valid_from']}–{row['valid_to']}, {row['source']})"
        for row in rows
    )


def _date(day: int) -> str:
    return "" if day in (ALWAYS_FROM, ALWAYS_TO) else format_date(day)


def _clause(part: Part, scope: str, name: str, value: str, rule: str, row: Dated) -> Clause:
    return Clause(
        part, scope, name, value, rule, _date(row.valid_from), _date(row.valid_to), row.source
    )


def _on(row: Dated, day: int) -> bool:
    return row.valid_from <= day <= row.valid_to


def _products(network: Network, origin: str, day: int) -> Iterator[Clause]:
    for row in network.data.products:
        if row.post == origin and row.guaranteed == "yes" and _on(row, day):
            limit = "" if row.max_weight_g < 0 else f" {row.max_weight_g} g"
            yield _clause(Part.PRODUCT, "", row.product, f"guaranteed{limit}", f"{origin}-*", row)


def _channels(network: Network, origin: str, day: int) -> Iterator[Clause]:
    for row in network.data.channels:
        if row.post == origin and _on(row, day):
            name = row.channel if row.area == "*" else f"{row.channel} {row.area}"
            value = f"{row.borne_by} {row.schedule}".strip()
            yield _clause(Part.CHANNEL, "", name, value, f"{origin}-*", row)


def _tag_times(network: Network, destination: str, day: int) -> Iterator[Clause]:
    for row in network.data.tag_times:
        office = network.office(row.office)
        if office is not None and office.post == destination and _on(row, day):
            days = "".join(str(place) for place, works in enumerate(row.days, 1) if works)
            yield _clause(
                Part.TAG_TIME, "relation", f"{row.office} {days}", format_clock(row.by),
                f"*-{destination}", row,
            )  # fmt: skip


def _standards(network: Network, origin: str, destination: str, day: int) -> Iterator[Clause]:
    for row in network.data.standards:
        if _names(row, origin, destination) and _on(row, day):
            areas = f"{row.from_area or '*'}>{row.to_area or '*'}"
            yield _clause(
                Part.STANDARD, "", f"{row.product or '*'} {areas}",
                f"{row.days} {row.day_zero} {row.counts}", f"{row.origin}-{row.destination}", row,
            )  # fmt: skip


def _margin(network: Network, origin: str, destination: str, day: int) -> Iterator[Clause]:
    row = network.lanes.term(origin, destination, day)
    if row is not None:
        rule = f"{row.origin}-{row.destination}"
        yield _clause(Part.MARGIN, "", "buffer_days", str(row.buffer_days), rule, row)


def _conditions(network: Network, origin: str, destination: str, day: int) -> Iterator[Clause]:
    ended = {
        row.condition
        for row in network.data.conditions
        if row.kind == "end" and row.valid_from <= day
    }
    for row in network.data.conditions:
        stands = row.kind != "end" and row.condition not in ended and _on(row, day)
        if stands and _names(row, origin, destination):
            rule = f"{row.origin}-{row.destination}"
            yield _clause(Part.CONDITION, "", row.condition, condition_value(row), rule, row)


def condition_value(row: Condition) -> str:
    """A condition as text: its kind, then what narrows it."""
    narrowed = {
        "from_area": row.from_area, "to_area": row.to_area, "product": row.product,
        "contents": row.contents, "address": row.address,
        "over_g": "" if row.over_g < 0 else row.over_g,
        "over_usdr": "" if row.over_usdr < 0 else row.over_usdr,
        "days": "" if row.days <= 0 else row.days,
    }  # fmt: skip
    told = [f"{name}={value}" for name, value in narrowed.items() if value not in ("", "*")]
    return " ".join([row.kind, *told])


def _names(row: Condition | Standard, origin: str, destination: str) -> bool:
    return row.origin in ("*", origin) and row.destination in ("*", destination)


def _terms(network: Network, origin: str, destination: str, day: int) -> Iterator[Clause]:
    for term, kind in TERMS.items():
        for scope in sorted(kind.scopes):
            try:
                row = network.terms.row(scope, term, origin, destination, day)
            except NetworkError:  # a version published before the term existed
                continue
            rule = f"{row.origin}-{row.destination}"
            clause = _clause(Part.TERM, str(scope), term, row.value, rule, row)
            yield replace(clause, source=_full_source(network, row))


def _full_source(network: Network, row: TermRow) -> str:
    """Where a term comes from; a row that says `the same` means the nearest before it that says
    more, and what is printed alone must say it in full."""
    source = row.source
    before = [one for one in network.data.terms if one.line < row.line]
    while source.startswith(_AS_BEFORE) and before:
        source = before.pop().source
    return source


def _exclusions(network: Network, origin: str, destination: str, day: int) -> Iterator[Clause]:
    for scope in Scope:
        for name in EXCLUSIONS:
            row = network.exclusions.row(scope, name, origin, destination, day)
            if row is not None:
                rule = f"{row.origin}-{row.destination}"
                value = f"{row.mode} {row.evidence}".strip()
                yield _clause(Part.EXCLUSION, str(scope), name, value, rule, row)


def _carriage(network: Network, origin: str, destination: str, day: int) -> Iterator[Clause]:
    agreed = network.carriage.on(origin, destination, day)
    if agreed.row is not None:
        rule = f"{agreed.row.origin}-{agreed.row.destination}"
        handover = HandoverPoint(agreed.handover).name.lower()
        for name, value in (
            ("transport", agreed.transport), ("transit", agreed.transit), ("handover", handover),
        ):  # fmt: skip
            yield _clause(Part.CARRIAGE, "relation", name, str(value), rule, agreed.row)
    for fact in Astray:
        row = network.journey_rules.on(fact, origin, destination, day)
        if row is not None:
            proof = " ".join("+".join(sorted(group)) for group in row.proof)
            rule = f"{row.origin}-{row.destination}"
            value = f"{row.scoring} {proof}".strip()
            yield _clause(Part.JOURNEY, "relation", str(fact), value, rule, row)
