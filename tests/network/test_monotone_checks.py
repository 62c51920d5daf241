"""What `network check` says of tolerances that end and of open lanes that nothing flies."""

from __future__ import annotations

from datecertain.findings import Finding, Severity
from datecertain.network import Network, check_network
from datecertain.network.monotone_checks import check_margins, lanes_not_flown
from worlds import small_network, texts, with_rows


def margins(*rows: str) -> list[Finding]:
    return list(check_margins(Network.from_texts(with_rows("lane_terms.csv", *rows)).data))


def test_a_peak_tolerance_is_listed_on_the_day_after_its_last() -> None:
    (found,) = margins("KR,US,2,2026-11-16,2026-11-29,test")
    assert (found.code, found.severity) == ("tolerance-drops", Severity.WARNING)
    assert found.source == "lane_terms.csv"
    assert "KR-US: 2 delivery days become 0 on 2026-11-30" in found.detail


def test_a_tolerance_that_begins_or_stays_is_not_listed() -> None:
    assert margins() == []
    assert margins("KR,US,2,2026-11-16,,test") == []
    assert margins("KR,US,1,2026-11-01,2026-11-15,test", "KR,US,2,2026-11-16,,test") == []


def test_a_row_that_takes_the_place_of_a_longer_margin_is_listed_too() -> None:
    """Standing a day from Japan to the United States, none from the 20th on."""
    (found,) = margins("JP,US,0,2026-11-20,,test")
    assert "JP-US: 1 delivery days become 0 on 2026-11-20" in found.detail


def test_one_row_for_many_lanes_is_listed_once() -> None:
    (found,) = margins("*,*,1,2026-11-16,2026-11-29,test")
    # Not from Japan to the United States: its own row keeps a day all the time.
    assert found.detail.startswith("KR-JP, KR-US, JP-KR and 2 more: 1 delivery days become 0")


def test_a_lane_that_is_suspended_that_day_is_not_listed() -> None:
    # The lane from the United States to Japan rests from 16 to 22 November.
    assert margins("US,JP,1,2026-11-09,2026-11-18,test") == []
    assert margins("US,JP,1,2026-11-09,2026-11-25,test") != []


def test_the_check_of_a_network_lists_them_as_warnings() -> None:
    network = Network.from_texts(with_rows("lane_terms.csv", "KR,US,2,2026-11-16,2026-11-29,test"))
    assert [one.code for one in check_network(network.data)].count("tolerance-drops") == 1


def without(file: str, start: str) -> dict[str, str]:
    files = texts()
    kept = [line for line in files[file].splitlines() if not line.startswith(start)]
    assert len(kept) < len(files[file].splitlines())
    return files | {file: "\n".join(kept) + "\n"}


def test_every_lane_of_the_small_world_is_flown() -> None:
    assert list(lanes_not_flown(small_network().compiled)) == []


def test_an_open_lane_without_any_flight_is_listed() -> None:
    """Mail from Japan to Korea has the one flight from Narita to Incheon."""
    network = Network.from_texts(without("flights.csv", "XB201"))
    (found,) = lanes_not_flown(network.compiled)
    assert (found.code, found.severity) == ("lane-not-flown", Severity.WARNING)
    assert found.position == "JP-KR"
    assert "2026-10-19" in found.detail


def test_one_flown_pair_of_areas_is_enough() -> None:
    """From Los Angeles nothing leaves any more, but New York still mails to Japan, and over
    Narita to Korea."""
    network = Network.from_texts(without("flights.csv", "XC305"))
    assert list(lanes_not_flown(network.compiled)) == []


def test_a_lane_that_was_suspended_all_the_time_is_not_asked_for_flights() -> None:
    files = without("flights.csv", "XB201")
    files["lanes.csv"] += "JP,KR,suspended,2026-01-01,,,test\n"
    assert list(lanes_not_flown(Network.from_texts(files).compiled)) == []
