"""S8 dispatches, S9 receptacles and office codes."""

import csv
from pathlib import Path

import pyarrow as pa
import pytest

from datecertain.identifiers import Defect, Dispatch, ImpcCode, Receptacle, impc_shaped
from datecertain.moments import parse_date

SHARED = Path(__file__).resolve().parents[2] / ".." / "shared" / "data" / "upu"


def test_an_ems_bag_by_air() -> None:
    bag = Receptacle.parse("BEBRUABOLPBBAEN60073003000227")
    assert isinstance(bag, Receptacle)
    dispatch = bag.dispatch
    assert (dispatch.origin, dispatch.destination) == ("BEBRUA", "BOLPBB")
    assert (dispatch.category, dispatch.subclass) == ("A", "EN")
    assert (dispatch.year_digit, dispatch.serial) == (6, 73)
    assert (bag.serial, bag.last, bag.registered, bag.weight_g) == (3, False, False, 22_700)
    assert str(dispatch) == "BEBRUABOLPBBAEN60073"
    assert Dispatch.parse(" bebruabolpbbaen60073 ") == dispatch


def test_the_last_bag_of_a_dispatch() -> None:
    bag = Receptacle.parse("INBOMAJPKWSAAUY60597001100039")
    assert isinstance(bag, Receptacle)
    assert (bag.last, bag.weight_g) == (True, 3_900)
    unknown = Receptacle.parse("INBOMAJPKWSAAUY60597001900000")
    assert isinstance(unknown, Receptacle)
    assert unknown.last is None


@pytest.mark.parametrize(
    ("digit", "event", "year"),
    [
        ("6", "2026-11-16", 2026),
        ("6", "2027-01-02", 2026),  # closed before New Year
        ("7", "2026-12-31", 2027),
        ("1", "2026-06-01", 2021),  # five years either way: a dispatch precedes its events
        ("2", "2026-06-01", 2022),
        ("0", "2026-06-01", 2030),
        ("9", "2030-01-01", 2029),
    ],
)
def test_the_year_of_a_dispatch_is_that_nearest_to_its_event(
    digit: str, event: str, year: int
) -> None:
    dispatch = Dispatch.parse(f"KRSELBJPKWSAAEN{digit}0412")
    assert isinstance(dispatch, Dispatch)
    assert dispatch.year(parse_date(event)) == year


@pytest.mark.parametrize(
    "text",
    [
        "",
        "KRSELBJPKWSAAEN6041",  # one digit short
        "KRSELBJPKWSAAEN60412X",
        "KRSEL1JPKWSAAEN60412",
        "KRSELBJPKWSAAENX0412",
        "KRSELBJPKWSAAEN6041٢",
    ],
)
def test_what_is_no_dispatch(text: str) -> None:
    refused = Dispatch.parse(text)
    assert isinstance(refused, Defect)
    assert refused.code == "dispatch-shape"


def test_what_is_no_receptacle() -> None:
    for text in ("KRSELBJPKWSAAEN60412", "KRSELBJPKWSAAEN60412001000O79", ""):
        refused = Receptacle.parse(text)
        assert isinstance(refused, Defect)
        assert refused.code == "receptacle-shape"


def test_an_unknown_category_is_a_doubt() -> None:
    dispatch = Dispatch.parse("KRSELBJPKWSAXEN60412")
    assert isinstance(dispatch, Dispatch)
    assert [doubt.code for doubt in dispatch.doubts()] == ["dispatch-category"]
    usual = Dispatch.parse("KRSELBJPKWSABEN60412")
    assert isinstance(usual, Dispatch)
    assert usual.doubts() == ()


def test_public_examples() -> None:
    path = SHARED / "receptacle_examples.csv"
    if not path.exists():
        pytest.skip("the shared receptacle examples are not beside this checkout")
    with path.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert len(rows) == 3
    for row in rows:
        bag = Receptacle.parse(row["s9_id"])
        assert isinstance(bag, Receptacle)
        assert bag.dispatch.text == row["s8_dispatch"]
        assert bag.dispatch.origin == row["origin_impc"]
        assert bag.dispatch.subclass == row["subclass"]
        assert f"{bag.serial:03d}" == row["receptacle_serial"]
        assert bag.last == (row["highest_flag"] == "1")
        assert bag.weight_g == round(float(row["weight_kg"]) * 1000)


def test_office_codes() -> None:
    office = ImpcCode.parse(" krselb ")
    assert isinstance(office, ImpcCode)
    assert (str(office), office.location_country) == ("KRSELB", "KR")
    for text in ("KRSEL", "KRSELBX", "KRSEL1", ""):
        refused = ImpcCode.parse(text)
        assert isinstance(refused, Defect)
        assert refused.code == "office-shape"
    column = pa.array(["KRSELB", "KRSEL", None, "krselb"])
    assert impc_shaped(column).tolist() == [True, False, False, False]
