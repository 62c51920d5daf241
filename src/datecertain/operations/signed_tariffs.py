"""The tariff in what two posts sign of a lane: the rates that hold between them for its mail, as
both may see them (req 57, 78).

What is signed is the rows for this lane and their digest, not the digest of the whole tariff: that
would change with what other posts agree among themselves, and tell that they did.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from datecertain.network.agreed_terms import Differing, digest_of
from datecertain.network.opening import Offer
from datecertain.operations.tariff_rules import rules_of
from datecertain.settlement import Tariff, bundled_tariff, bundled_tariffs

#: Where it stands in the text that is signed; texts of before it was part of them have none.
TARIFF = "tariff"
#: Fields of a row that are no rate.
_ABOUT = ("valid_from", "valid_to", "source")


def tariff_content(settling: Tariff, origin: str, destination: str, day: int) -> dict[str, Any]:
    """What is signed of a tariff that is `settling` between the network's posts."""
    rows = rules_of(settling, origin, destination, day)
    return {"name": settling.name, "sha256": digest_of(rows), "rows": rows}


def tariff_of_offer(settling: Tariff, offer: Offer) -> dict[str, Any]:
    """The same, of what is proposed."""
    return tariff_content(settling, offer.origin, offer.destination, offer.from_on)


def tariff_to_hold(signed: Mapping[str, Any], given: Tariff | None) -> Tariff | None:
    """The tariff to hold a text against: the one given, else the bundled one of its name; None
    where there is neither, and the text is all that is known of its rates."""
    if TARIFF not in signed:
        return None
    name = str(signed[TARIFF]["name"])
    if given is None and name in bundled_tariffs():
        return bundled_tariff(name)
    return given


def rates_differing(was: Mapping[str, Any], now: Mapping[str, Any]) -> list[Differing]:
    """The rates that read otherwise in two contents (`tariff_content`); where only dates or sources
    do, those."""
    if was["sha256"] == now["sha256"]:
        return []
    before, after = (dict(_flat("", _by_kind(one["rows"]))) for one in (was, now))
    found = [
        Differing(TARIFF, "", name, before.get(name), after.get(name))
        for name in [*after, *(name for name in before if name not in after)]
        if before.get(name) != after.get(name)
    ]
    rates = [one for one in found if one.name.rpartition(" ")[2] not in _ABOUT]
    return rates or found


def tariff_changed(signed: Mapping[str, Any], now: Tariff, lane: tuple[str, str], day: int) -> int:
    """How many rates of a lane read otherwise on a day than in the text that was signed; dates and
    sources alone are no change. `now`: `settling` between the network's posts."""
    was = signed[TARIFF]
    values = [dict(_flat("", _by_kind(_rates(rows))))
              for rows in (was["rows"], rules_of(now, *lane, day))]  # fmt: skip
    return sum(values[0].get(name) != values[1].get(name) for name in {*values[0], *values[1]})


def _by_kind(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {row["kind"]: row["row"] for row in rows}


def _rates(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [{"kind": row["kind"], "row": _without_about(row["row"])} for row in rows]


def _without_about(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _without_about(one) for name, one in value.items() if name not in _ABOUT}
    if isinstance(value, list | tuple):
        return [_without_about(one) for one in value]
    return value


def _flat(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Every value under its names: `performance measures 1 weight_ppm`."""
    if isinstance(value, Mapping):
        for key, one in value.items():
            yield from _flat(f"{name} {key}".strip(), one)
    elif isinstance(value, list | tuple) and any(isinstance(one, Mapping) for one in value):
        for number, one in enumerate(value, start=1):
            yield from _flat(f"{name} {number}", one)
    else:
        yield name, _plain(value)


def _plain(value: Any) -> Any:
    return [_plain(one) for one in value] if isinstance(value, list | tuple) else value
