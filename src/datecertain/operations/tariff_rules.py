"""The rows of a tariff that hold for the pairs of posts that whoever asks may see: bilateral rates
stay bilateral (req 57)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import Any

from datecertain.access import Viewer
from datecertain.errors import BadMoment
from datecertain.moments import format_date
from datecertain.network import Network
from datecertain.network.rows import ALWAYS_FROM, ALWAYS_TO
from datecertain.settlement import Tariff
from datecertain.settlement.tariffs import TariffRow

_DAYS = ("valid_from", "valid_to")
#: Days that a date can write, 1970 to 9999.
_LAST_DAY = 2_932_896


def rules_between(
    network: Network, tariff: Tariff, day: int, viewer: Viewer, partner: str = ""
) -> list[dict[str, Any]]:
    """The rows that hold on a day in either direction between the posts that a viewer may see
    (with one partner only, if it is named), by relation and kind. Raises `BadMoment`."""
    if not 0 <= day <= _LAST_DAY:
        raise BadMoment("a day before 1970 or after 9999: no tariff holds then")
    settling = tariff.settling(network, day)
    posts = sorted(network.posts)
    found = []
    for one in posts:
        for other in posts:
            if one == other or not viewer.sees_flow(one, other):
                continue
            if partner in ("", one, other):
                found += [{"origin": one, "destination": other} | rule
                          for rule in rules_of(settling, one, other, day)]  # fmt: skip
    return found


def rules_of(settling: Tariff, one: str, other: str, day: int) -> list[dict[str, Any]]:
    """The rows that hold on a day for mail from one post to another, by kind, of a tariff that is
    `settling` between the network's posts."""
    return [{"kind": kind, "row": _plain(row)} for kind, row in _rows(settling, one, other, day)]


def _rows(tariff: Tariff, one: str, other: str, day: int) -> Iterator[tuple[str, TariffRow]]:
    single = {
        "performance": tariff.performance_on(one, other, day),
        "recourse": tariff.recourse_on(one, other, day),
        "statement": tariff.statement_terms_on(one, other, day),
        "month_end": tariff.month_end_on(one, other, day),
    }
    for kind, row in single.items():
        if row is not None:
            yield kind, row
    for charge in tariff.charges_on(one, other, day):
        yield f"charge.{charge.counted.value}", charge


def _plain(row: Any) -> dict[str, Any]:
    return {one.name: _value(one.name, getattr(row, one.name)) for one in fields(row)}


def _value(name: str, value: Any) -> Any:
    if name in _DAYS:
        return format_date(value) if ALWAYS_FROM < value < ALWAYS_TO else None  # null: always
    if isinstance(value, tuple):
        return [_plain(one) if hasattr(one, "__slots__") else _value("", one) for one in value]
    return str(value) if isinstance(value, str) else value
