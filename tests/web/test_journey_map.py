"""The route map of an item: its stops, and the branch of what carried it."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import pytest

from datecertain.moments import parse_date, parse_utc
from datecertain.operations.carriage import Carriage
from datecertain.operations.timelines import Episode, ItemScan, Place, Telling
from datecertain.web.journey_map import lines, route_map, stops_of, worth_drawing
from datecertain.wording import words

_TOLD = Telling("KRA", "USA", "a.edi", "1", 1, 1, 0, 0, 0)


def scan(code: str, at: str, place: str, name: str = "") -> ItemScan:
    """A scan, told in UTC for simplicity."""
    moment = parse_utc(f"{at}Z")
    return ItemScan(
        code, True, moment, parse_date(at[:10]), moment % 1440, "office",
        Place(place, name, name), None, None, None, None, None, _TOLD, (), frozenset(),
    )  # fmt: skip


def movement(code: str, at: str, place: str, flight: str | None = None) -> dict[str, Any]:
    """A status of a carrier."""
    moment = parse_utc(f"{at}Z")
    return {"source": "RESDIT", "code": code, "place": place, "flight": flight,
            "event_date": parse_date(at[:10]), "event_min": moment % 1440,
            "event_at": moment}  # fmt: skip


SCANS = (
    scan("EMA", "2026-10-21T01:00", "KR-SEL", "Seoul"),
    scan("EMB", "2026-10-21T08:00", "KRSELB", "Seoul outward"),
    scan("EMC", "2026-10-21T17:00", "KRSELB", "Seoul outward"),
    scan("EMD", "2026-10-22T12:00", "USJFKA", "New York inward"),
)
FLOWN = Carriage({}, (
    movement("74", "2026-10-21T18:00", "ICN"), movement("24", "2026-10-21T20:00", "ICN", "XX1201"),
    movement("21", "2026-10-22T10:00", "JFK", "XX1201"),
))  # fmt: skip


def episode(carriage: Carriage | None = None) -> Episode:
    return Episode(None, None, None, SCANS, (), None, carriage)


def test_scans_of_one_place_are_one_stop_and_what_carried_it_a_branch() -> None:
    stops = stops_of(episode(FLOWN), words("en"))
    assert [(one.code, one.branch) for one in stops] == [
        ("KR-SEL", False), ("KRSELB", False), ("ICN", True), ("JFK", True), ("USJFKA", False),
    ]  # fmt: skip
    assert stops[1].marks == ("EMB", "EMC")
    assert (stops[1].first, stops[1].last) == ("2026-10-21 08:00", "2026-10-21 17:00")
    assert stops[2].flights == ("XX1201",)
    told = lines(stops, words("en"))
    assert told[1] == "2026-10-21 08:00 – 2026-10-21 17:00 Seoul outward (KRSELB): EMB, EMC."
    assert "what carried it, ICN" in told[2]


@pytest.mark.parametrize("language", ["en", "ko"])
def test_the_drawing_holds_every_stop_and_joins_the_branch_to_the_way(language: str) -> None:
    speak = words(language)
    stops = stops_of(episode(FLOWN), speak)
    drawn = ElementTree.fromstring(str(route_map(stops, speak)))
    name = "{http://www.w3.org/2000/svg}"
    assert len(drawn.findall(f"{name}circle")) == len(stops)
    strokes = drawn.findall(f"{name}line")
    # The own rail, the branch, and its two ends.
    assert [one.get("class") for one in strokes] == ["s-line", "s-told", "s-told", "s-told"]
    assert len([one for one in strokes if one.get("x1") != one.get("x2")]) == 2
    assert drawn.findtext(f"{name}desc") == " ".join(lines(stops, speak))
    alone = ElementTree.fromstring(str(route_map(stops_of(episode(), speak), speak)))
    assert len(alone.findall(f"{name}line")) == 1


def test_one_place_alone_is_not_drawn() -> None:
    assert worth_drawing(stops_of(episode(), words("en")))
    one = Episode(None, None, None, SCANS[:1], (), None)
    assert not worth_drawing(stops_of(one, words("en")))
