"""Two versions of the small world side by side, against quoting each minute of a fortnight."""

from __future__ import annotations

from functools import lru_cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from datecertain.errors import UsageError
from datecertain.moments import format_date, parse_date, zone
from datecertain.network import Network
from datecertain.network.declared_differences import (
    AreaChange,
    PostcodeChange,
    area_changes,
    lane_changes,
    postcode_changes,
    rule_changes,
)
from datecertain.network.difference_patterns import promise_changes
from datecertain.network.differences import DueChanges, due_changes, window_of
from slow_differences import disagreements
from thorough import often
from worlds import SMALL, small_network, texts, with_rows

FIRST, LAST = parse_date("2026-10-28"), parse_date("2026-11-10")

old_world = lru_cache(maxsize=1)(small_network)


def changed(file: str, old: str, new: str, base: dict[str, str] | None = None) -> dict[str, str]:
    """The small world with one text in one file replaced."""
    files = dict(base or texts())
    assert old in files[file], f"{old} is not in {file}"
    files[file] = files[file].replace(old, new, 1)
    return files


def changes_to(files: dict[str, str]) -> tuple[Network, DueChanges]:
    new = Network.from_texts(files)
    return new, due_changes(old_world(), new, window_of(old_world(), new, FIRST, LAST))


CASES = {
    "a cut-off is an hour earlier": changed(
        "schedules.csv", "export.KR,12345,KR,17:00,", "export.KR,12345,KR,16:00,"
    ),
    "a cut-off is gone on Fridays": changed(
        "schedules.csv", "export.KR,12345,KR,17:00,", "export.KR,1234,KR,17:00,"
    ),
    "a flight is gone": changed("flights.csv", "XA203,ICN,LAX,1234567,20:00,14:30", "#"),
    "a flight is added": with_rows(
        "flights.csv", "XX901,ICN,JFK,2467,11:00,10:50,0,2026-11-01,,2026-01-01,test"
    ),
    "a holiday is added": with_rows(
        "holidays.csv", "US,2026-11-04,closed,A day off,A day off,2026-10-01,test"
    ),
    "Saturdays are free": changed("schedules.csv", "deliver.US,123456,", "deliver.US,12345,"),
    "an office takes longer": changed("offices.csv", "both,close,present,customs,forward,180,120", "both,close,present,customs,forward,400,120"),  # noqa: E501
    "a second gateway is given up": changed("area_links.csv", "US-NYC,USLAXA,import", "#"),
    "a margin comes and goes over a flight that is gone": {
        **changed("flights.csv", "XA203,ICN,LAX,1234567,20:00,14:30", "#"),
        "lane_terms.csv": with_rows(
            "lane_terms.csv", "KR,US,2,2026-11-02,2026-11-05,test", "*,US,1,2026-10-30,,test"
        )["lane_terms.csv"],
    },
    "a margin over a new holiday": {
        **with_rows("holidays.csv", "US,2026-11-04,closed,A day off,A day off,2026-10-01,test"),
        "lane_terms.csv": with_rows("lane_terms.csv", "KR,US,1,,,test")["lane_terms.csv"],
    },
    "clocks of another zone": changed("areas.csv", "America/Los_Angeles", "America/Denver"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_every_minute_of_a_fortnight_agrees_with_quoting(case: str) -> None:
    new, changes = changes_to(CASES[case])
    assert disagreements(old_world(), new, changes) == []
    assert len(changes) > 0


def test_a_network_beside_itself_has_no_change() -> None:
    _, changes = changes_to(texts())
    assert len(changes) == 0
    assert promise_changes(changes) == []


def test_a_margin_alone_is_a_difference_of_the_lane_and_not_of_each_pair() -> None:
    new, changes = changes_to(with_rows("lane_terms.csv", "KR,US,2,2026-11-02,2026-11-05,test"))
    assert len(changes) == 0
    (lane,) = lane_changes(old_world(), new, FIRST, LAST)
    assert (lane.origin, lane.destination) == ("KR", "US")
    assert (format_date(lane.first_day), format_date(lane.last_day)) == ("2026-11-02", "2026-11-05")
    assert (lane.old_margin, lane.new_margin, lane.old_state) == (0, 2, lane.new_state)


def _single_changes() -> st.SearchStrategy[dict[str, str]]:
    rows = {name: text.splitlines() for name, text in texts().items()}

    def without(file: str, row: int) -> dict[str, str]:
        kept = [line for number, line in enumerate(rows[file]) if number != row]
        return texts() | {file: "\n".join(kept) + "\n"}

    def cut_off(row: int, hour: int, minute: int) -> dict[str, str]:
        values = rows["schedules.csv"][row].split(",")
        values[3] = f"{hour:02d}:{minute:02d}"
        if values[5] == "0":  # done on the same day: not before it is ready
            values[3] = min(values[3], values[4])
        return texts() | {"schedules.csv": "\n".join(
            [*rows["schedules.csv"][:row], ",".join(values), *rows["schedules.csv"][row + 1 :]]
        ) + "\n"}  # fmt: skip

    def holiday(calendar: str, day: int, kind: str) -> dict[str, str]:
        return with_rows(
            "holidays.csv", f"{calendar},{format_date(day)},{kind},Some day,Some day,,test"
        )

    schedule_rows = st.integers(1, len(rows["schedules.csv"]) - 1)
    free_days = [
        day for day in range(FIRST - 3, LAST + 10)
        if format_date(day) not in SMALL["holidays.csv"]
    ]  # fmt: skip
    return st.one_of(
        st.builds(without, st.just("flights.csv"), st.integers(1, len(rows["flights.csv"]) - 1)),
        st.builds(cut_off, schedule_rows, st.integers(0, 23), st.integers(0, 59)),
        st.builds(
            holiday, st.sampled_from(["KR", "US"]), st.sampled_from(free_days),
            st.sampled_from(["closed", "open"]),
        ),
    )  # fmt: skip


@pytest.mark.slow
@settings(max_examples=often(15), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(_single_changes())
def test_any_single_change_is_found_to_the_minute(files: dict[str, str]) -> None:
    new, changes = changes_to(files)
    assert disagreements(old_world(), new, changes) == []


@settings(max_examples=often(10), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(_single_changes())
def test_statements_cover_what_changes_once(files: dict[str, str]) -> None:
    """Weekly or dated, the statements add up to the minutes of all changes."""
    _, changes = changes_to(files)
    pairs = [
        len(changes.origins[i].areas) * len(changes.destinations[j].areas)
        for i, j in zip(changes.origin, changes.destination, strict=True)
    ]
    minutes = ((changes.to_at - changes.from_at + 1) * pairs).sum()
    statements = promise_changes(changes)
    assert sum(one.minutes for one in statements) == minutes
    assert all(one.weeks <= one.all_weeks for one in statements if one.weekly)


def test_an_interval_ends_with_the_cut_off_that_moved() -> None:
    """Cut-off 17:00 → 16:00: what is accepted from 16:01 to 17:00 is late by a slot."""
    _, changes = changes_to(CASES["a cut-off is an hour earlier"])
    first, last = (zone("Asia/Seoul").to_local(at)[1] for at in (changes.from_at, changes.to_at))
    assert set(first.tolist()) == {16 * 60 + 1}
    assert set(last.tolist()) == {17 * 60}
    assert (changes.new_due > changes.old_due).all()


def test_the_window_is_cut_to_what_both_networks_cover() -> None:
    shorter = Network.from_texts(
        changed("network.toml", "last_day = 2026-12-13", "last_day = 2026-12-06")
    )
    window = window_of(old_world(), shorter, parse_date("2026-01-01"), parse_date("2027-12-31"))
    assert format_date(window.first_day) == "2026-10-19"
    assert format_date(window.last_day) == "2026-12-06"
    with pytest.raises(UsageError, match="2026-10-19 to 2026-12-06"):
        window_of(old_world(), shorter, parse_date("2027-01-01"), parse_date("2027-02-01"))


def test_areas_postcodes_and_lanes_that_differ_are_told_as_such() -> None:
    files = changed("postcodes.csv", "KR,40200,40240,KR-ULL,,test", "#")
    files = changed("areas.csv", "KR-ULL", "#KR-ULL", files)
    files = changed("area_links.csv", "KR-ULL,KRSELB,export", "#", files)
    files = changed("area_links.csv", "KR-ULL,KRSELB,import", "#", files)
    files = changed("channels.csv", "KR,KR-ULL,agency", "#", files)
    files["areas.csv"] = files["areas.csv"].replace("deliver.US,yes,,", "deliver.US,no,storm,", 1)
    files["lanes.csv"] += "KR,JP,suspended,2026-11-02,,,test\n"
    new, changes = changes_to(files)
    assert all("KR-ULL" not in one.areas for one in (*changes.origins, *changes.destinations))
    assert area_changes(old_world(), new) == [
        AreaChange("US-NYC", "yes", "no"), AreaChange("KR-ULL", "no", None),
    ]  # fmt: skip
    assert postcode_changes(old_world(), new) == [
        PostcodeChange("KR", "40200", "40240", "KR-ULL", None)
    ]
    (lane,) = lane_changes(old_world(), new, FIRST, LAST)
    assert (lane.old_state, lane.new_state) == ("open", "suspended")
    assert (format_date(lane.first_day), lane.last_day) == ("2026-11-02", LAST)


def test_rules_that_come_and_go_are_told_as_rows() -> None:
    files = changed("conditions.csv", "po-box,no_guarantee,KR", "#")
    files["conditions.csv"] += (
        "fire,refuse,KR,JP,,,,,,,,,2026-11-03T02:00Z,Fire,화재,2026-11-03,,test\n"
    )
    new, _ = changes_to(files)
    gone, come = rule_changes(old_world(), new)
    assert (gone.added, gone.said) == (
        False, "condition po-box, kind no_guarantee, origin KR, address po_box",
    )  # fmt: skip
    assert (come.added, come.text_ko) == (True, "화재")
    assert come.said == (
        "valid_from 2026-11-03, condition fire, kind refuse, origin KR, destination JP, "
        "known_from 2026-11-03T02:00Z"
    )
    assert rule_changes(old_world(), new, ("JP", "US")) == []
    assert rule_changes(old_world(), new, ("KR", "US")) == [gone]
