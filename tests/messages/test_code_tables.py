"""Code lists as dated data: complete, sourced, and never believed further than they go."""

import csv
from pathlib import Path

import pytest

from datecertain.errors import LayoutError
from datecertain.messages import code_table
from datecertain.messages.code_tables import TABLES, read_table
from datecertain.moments import parse_date

SHARED = Path(__file__).resolve().parents[2] / ".." / "shared" / "data" / "upu"
TODAY = parse_date("2026-11-16")


def test_the_25_item_events_in_the_order_of_a_journey() -> None:
    events = code_table("emsevt_events")
    assert " ".join(events.codes()) == (
        "EMA EMB EXA EXB EXC EXD EXX EMC EMJ EMK EMD EDA EDB EME EDC EMF EDD EDE EMG EDF EDG EDH "
        "EMH EMI EDX"
    )
    assert [int(row.more["order"]) for row in events.rows] == list(range(1, 26))
    held = events.find("EME", TODAY)
    assert held is not None
    assert (held.meaning, held.more["side"], held.more["needs"]) == (
        "kept by import customs",
        "destination",
        "reason",
    )
    assert events.find("EMX", TODAY) is None


@pytest.mark.parametrize("name", TABLES)
def test_every_row_says_where_it_comes_from_and_how_far_it_is_trusted(name: str) -> None:
    for row in code_table(name).rows:
        assert row.code
        assert row.meaning
        assert row.source
        assert row.trust


def test_retention_reasons_are_inferred_and_say_so() -> None:
    reasons = code_table("retention_reasons")
    assert len(reasons.codes()) == 20
    assert {row.trust for row in reasons.rows} == {"inferred"}


def test_codes_agree_with_the_shared_tables() -> None:
    for name, file, column in (
        ("emsevt_events", "emsevt_events.csv", "event_code"),
        ("retention_reasons", "customs_retention_reasons.csv", "code"),
    ):
        path = SHARED / file
        if not path.exists():
            pytest.skip("the shared tables are not beside this checkout")
        with path.open(encoding="utf-8", newline="") as lines:
            shared = {row[column] for row in csv.DictReader(lines)}
        assert set(code_table(name).codes()) == shared


def test_codes_are_valid_between_their_dates() -> None:
    table = read_table(
        "test",
        "# a comment\ncode,meaning,trust,source,valid_from,valid_to\n"
        "54,declaration missing,confirmed,a list,2018-01-01,2020-12-31\n"
        "54,declaration missing or wrong,confirmed,a later list,2021-01-01,\n",
    )

    def meaning(day: str) -> str | None:
        row = table.find("54", parse_date(day))
        return None if row is None else row.meaning

    assert meaning("2017-12-31") is None
    assert meaning("2020-12-31") == "declaration missing"
    assert meaning("2021-01-01") == "declaration missing or wrong"
    assert table.codes() == ("54",)


def test_tables_that_are_none() -> None:
    with pytest.raises(LayoutError, match="no code table 'nowhere'"):
        code_table("nowhere")
    with pytest.raises(LayoutError, match="lacks source"):
        read_table("t", "code,meaning,trust,valid_from,valid_to\n1,one,confirmed,,\n")
