"""The drawing of a forecast shows the numbers of its table (made-up values)."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datecertain.web.forecast_charts import Ahead, Legend, forecast_chart, round_ticks

SVG = "{http://www.w3.org/2000/svg}"
LEGEND = Legend("KR>US", "beats <both>", "known", "forecast", "scenario")
PERIODS = [f"2026-{month:02d}" for month in range(10, 13)] + [f"2027-{m:02d}" for m in range(1, 3)]


def drawn(scenario: tuple[float, ...] = ()) -> ET.Element:
    ahead = [Ahead(150.0, 100.0, 200.0), Ahead(160.0, None, None)]
    return ET.fromstring(
        forecast_chart([100.0, 200.0, 50.0], ahead, list(scenario), PERIODS, LEGEND)
    )


def heights(line: ET.Element) -> list[float]:
    return [float(point.split(",")[1]) for point in line.attrib["points"].split()]


def test_every_value_stands_where_its_axis_says() -> None:
    root = drawn()
    rules = [float(one.attrib["y1"]) for one in root.iter(f"{SVG}line")]
    ticks = [float(one.text or "") for one in root.iter(f"{SVG}text")
             if one.get("text-anchor") == "end" and (one.text or "").isdigit()]  # fmt: skip
    per_item = (rules[0] - rules[-1]) / (ticks[-1] - ticks[0])

    def value(height: float) -> float:
        return ticks[0] + (rules[0] - height) / per_item

    known, made = root.iter(f"{SVG}polyline")
    assert [value(y) for y in heights(known)] == pytest.approx([100, 200, 50], abs=0.2)
    assert [value(y) for y in heights(made)] == pytest.approx([50, 150, 160], abs=0.2)
    (band,) = root.iter(f"{SVG}polygon")
    assert [value(y) for y in heights(band)] == pytest.approx([200, 100], abs=0.2)


def test_a_scenario_has_its_own_line_and_word() -> None:
    assert len(list(drawn((75.0, 80.0)).iter(f"{SVG}polyline"))) == 3
    assert "scenario" in {one.text for one in drawn((75.0, 80.0)).iter(f"{SVG}text")}
    assert "scenario" not in {one.text for one in drawn().iter(f"{SVG}text")}


def test_names_are_written_as_text_and_years_stand_under_their_first_month() -> None:
    texts = [one.text for one in drawn().iter(f"{SVG}text")]
    assert "beats <both>" in texts
    assert [one for one in texts if one in ("2026", "2027")] == ["2026", "2027"]


@given(st.floats(-1e9, 1e9), st.floats(1e-3, 1e9))
def test_ticks_are_few_and_on_the_scale(low: float, width: float) -> None:
    high = low + width
    if high - low < width / 2:  # no such width so far from zero
        return
    ticks = round_ticks(low, high)
    assert 1 <= len(ticks) <= 8
    assert all(low - width * 1e-3 <= tick <= high + width * 1e-3 for tick in ticks)
