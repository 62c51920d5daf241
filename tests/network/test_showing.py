"""What a clerk is shown of an area, an office and a lane."""

from __future__ import annotations

import pytest

from datecertain.errors import UnknownPlace
from datecertain.moments import parse_date
from datecertain.network import Network
from datecertain.network.showing import area_view, header_view, lane_view, office_view
from datecertain.network.telling_shows import (
    area_lines,
    header_line,
    lane_lines,
    office_lines,
    share_line,
)
from datecertain.wording import words
from worlds import small_network, texts

TODAY = parse_date("2026-11-02")


def test_an_area_shows_its_cut_offs_delivery_days_and_next_closed_days() -> None:
    network = small_network()
    lines = list(area_lines(network, area_view(network, "KR-SEL", TODAY), words("en")))
    assert lines == [
        "Seoul (KR-SEL), Korea Post, Asia/Seoul: guaranteed",
        "As of Mon 2 Nov 2026.",
        "Source: test",
        "",
        "Cut-offs for KRSELB → when the item is there",
        "  Monday–Friday: 09:00 → 12:30, 17:00 → 20:30",
        "",
        "From KRSELB: ready by → at the delivery office",
        "  Monday–Sunday: 14:00 → 06:00 +1, 23:00 → 07:00 +1",
        "",
        "At the delivery office by → end of the delivery round",
        "  Monday–Friday: 08:00 → 18:00",
        "",
        "Next exceptions: acceptance and way to the office of exchange; delivery",
        "  Thu 5 Nov 2026: closed, Test holiday (시험 공휴일) [test]",
    ]


def test_exceptions_before_the_day_are_past() -> None:
    view = area_view(small_network(), "KR-SEL", parse_date("2026-11-06"))
    assert view["exceptions"]["delivery"] == []


def test_weekdays_that_differ_are_told_apart_and_rows_out_of_force_left_out() -> None:
    files = texts()
    files["schedules.csv"] += (
        "deliver.KR,6,KR,09:00,13:00,0,days,,,test\ndeliver.KR,7,KR,09:00,13:00,0,days,2026-12-01,,test\n"
    )
    network = Network.from_texts(files)
    lines = list(area_lines(network, area_view(network, "KR-SEL", TODAY), words("ko")))
    assert "  월요일–금요일: 08:00 → 18:00" in lines
    assert "  토요일: 09:00 → 13:00" in lines
    assert not any(line.startswith("  일요일") for line in lines)


def test_an_area_without_guarantee_says_why() -> None:
    network = small_network()
    lines = list(area_lines(network, area_view(network, "KR-ULL", TODAY), words("en")))
    assert lines[0].endswith("served without guarantee (island)")


def test_an_office_shows_its_airport_minutes_and_customs_sessions() -> None:
    network = small_network()
    lines = list(office_lines(network, office_view(network, "USJFKA", TODAY), words("en")))
    assert lines[0] == "New York (USJFKA), USPS, at JFK, America/New_York: outward and inward"
    assert (
        "Handed over 180 minutes before a departure; recovered 180 minutes after a landing."
        in lines
    )
    customs = lines.index("Customs sessions: shown by → released")
    assert lines[customs + 1] == "  Monday–Saturday: 08:00 → 11:00, 16:30 → 19:00"


def test_a_lane_shows_its_history_and_the_terms_that_hold_on_the_day() -> None:
    network = small_network()
    resting = lane_view(network, "US", "JP", parse_date("2026-11-17"))
    lines = list(lane_lines(network, resting, words("en")))
    assert lines[0] == "USPS → Japan Post: suspended"
    assert "  Mon 16 Nov 2026: suspended (Test suspension) [test]" in lines
    assert "  towards the sender, customs: subtract (US-*) [test]" in lines
    assert "  between the posts, customs: step (*-*) [test]" in lines
    assert lane_view(network, "US", "JP", TODAY)["state"] == "open"


def test_a_lane_shows_the_margin_and_where_it_comes_from() -> None:
    network = small_network()
    with_margin = lane_view(network, "JP", "US", TODAY)
    assert with_margin["buffer_days"] == 1
    assert with_margin["margin"] == {"valid_from": None, "valid_to": None, "source": "test"}
    assert "No row of lane_terms.csv adds delivery days." in list(
        lane_lines(network, lane_view(network, "KR", "JP", TODAY), words("en"))
    )


def test_the_header_counts_rows_and_how_many_are_illustrative() -> None:
    view = header_view(small_network())
    assert header_line(view, words("en")).startswith("A small world (small ")
    assert {"file": "lanes.csv", "rows": 3, "illustrative": 1} in view["files"]
    assert "1 of " in share_line(view, words("en"))


@pytest.mark.parametrize("ask", [area_view, office_view])
def test_a_name_that_the_network_does_not_know_is_refused(ask: object) -> None:
    with pytest.raises(UnknownPlace, match="QQ"):
        ask(small_network(), "QQ", TODAY)  # type: ignore[operator]
    with pytest.raises(UnknownPlace, match="XX"):
        lane_view(small_network(), "KR", "XX", TODAY)


def test_a_flagged_place_says_what_its_scans_are_worth() -> None:
    rows = "place,weakening,valid_from,valid_to,source\n"
    rows += "US-NYC,needs_second_scan,2026-11-01,2026-11-30,agreement 7\n"
    rows += "USJFKA,earliest_landing_instead,2026-11-01,,agreement 7\n"
    network = Network.from_texts(texts({"weakened_evidence.csv": rows}))
    area = list(area_lines(network, area_view(network, "US-NYC", TODAY), words("en")))
    told = "  a delivery attempt only with a second scan beside it [agreement 7]"
    assert area[-2:] == ["Scans made here count for less", told]
    office = office_view(network, "USJFKA", TODAY)
    assert office["weakened"][0]["weakening"] == "earliest_landing_instead"
    assert "착륙" in list(office_lines(network, office, words("ko")))[-1]
    assert area_view(network, "US-NYC", parse_date("2026-12-01"))["weakened"] == []
