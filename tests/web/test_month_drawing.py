"""Charts as text: where marks stand, what is escaped, what runs off the edge."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from datecertain.quality import Interval
from datecertain.web.charts import (
    Part,
    Scale,
    cut_bar,
    diverging_bar,
    element,
    interval_dot,
    scale_for,
    stacked_bar,
)
from datecertain.web.writing import Writing
from datecertain.wording import words


def drawn(chart: Markup) -> ET.Element:
    return ET.fromstring(chart)


def test_segments_stand_side_by_side_and_nothing_has_no_segment() -> None:
    bar = drawn(stacked_bar([Part("export", 0.25), Part("transport", 0.0), Part("import", 0.5)]))
    assert [(rect.get("x"), rect.get("width")) for rect in bar.iter("rect")] == [
        ("0%", "25%"),
        ("25%", "50%"),
    ]


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8).filter(lambda shares: sum(shares) > 0))
def test_a_bar_of_shares_that_make_one_fills_its_width(shares: list[float]) -> None:
    bar = drawn(stacked_bar([Part("x", share / sum(shares)) for share in shares]))
    widths = [float((rect.get("width") or "0%")[:-1]) for rect in bar.iter("rect")]
    assert sum(widths) == pytest.approx(100, abs=0.01 * len(widths))


def test_what_is_given_goes_left_and_what_is_gained_goes_right() -> None:
    pays, receives = drawn(diverging_bar(-50, 100)), drawn(diverging_bar(100, 100))
    assert [rect.attrib["x"] for rect in pays.iter("rect")] == ["25%"]
    assert [rect.attrib["class"] for rect in pays.iter("rect")] == ["give"]
    assert [(r.attrib["x"], r.attrib["width"]) for r in receives.iter("rect")] == [("50%", "50%")]
    assert drawn(diverging_bar(0, 0)).tag == "svg"


def test_an_interval_beyond_the_scale_is_cut_and_says_so() -> None:
    scale = Scale(0.9, 1.0)
    inside = drawn(interval_dot(scale, 0.95, Interval(0.92, 0.97), 0.96, "below"))
    beyond = drawn(interval_dot(scale, 0.7, Interval(0.5, 0.93), 0.96, "below"))
    assert [circle.get("cx") for circle in inside.iter("circle")] == ["50%"]
    assert not list(inside.iter("text"))
    assert not list(beyond.iter("circle"))
    assert [text.text for text in beyond.iter("text")] == ["‹"]


def test_a_bar_longer_than_its_column_is_marked() -> None:
    assert [text.text for text in drawn(cut_bar("kept", 8.0)).iter("text")] == ["»"]
    assert not list(drawn(cut_bar("late", 1.0)).iter("text"))


def test_scales_begin_at_a_round_share() -> None:
    assert scale_for([Interval(0.931, 0.95)], 0.96) == Scale(0.9, 1.0)
    assert scale_for([Interval(0.871, 0.95)], 0.96) == Scale(0.85, 1.0)
    assert scale_for([Interval(0.1, 0.95)], 0.96) == Scale(0.5, 1.0)
    assert scale_for([], 0.96) == Scale(0.9, 1.0)


def test_text_and_attributes_are_escaped() -> None:
    made = element("text", "<b>&", class_='"><script>')
    assert made == '<text class="&#34;&gt;&lt;script&gt;">&lt;b&gt;&amp;</text>'


@pytest.mark.parametrize(
    ("share", "english", "korean"),
    [
        (0.9604, "96.0\u202f%", "96.0%"),
        (1.0, "100.0\u202f%", "100.0%"),
        (0.99999, "99.9\u202f%", "99.9%"),  # one late item of 100,000 still shows
        (0.00001, "0.1\u202f%", "0.1%"),
        (0.0, "0.0\u202f%", "0.0%"),
        (float("nan"), "–", "–"),
    ],
)
def test_not_quite_all_is_never_written_as_all(share: float, english: str, korean: str) -> None:
    assert Writing(words("en"), ()).percent(share) == english
    assert Writing(words("ko"), ()).percent(share) == korean


def test_days_and_amounts_as_a_reader_wants_them() -> None:
    writing = Writing(words("en"), ())
    assert writing.days(1_500_000) == "1.5"
    assert writing.days_in_text(311_999_999) == "312"
    assert writing.days_in_text(1_400_000) == "1.4"
    assert writing.sdr(-3_967_910_000) == "−3,967.91"
    assert writing.money(45_000, "KRW") == "45,000\u00a0KRW"


def test_an_item_excused_for_two_reasons_names_both() -> None:
    writing = Writing(words("en"), ())
    both = writing.reason("customs force_majeure")
    assert (
        both == f"{writing.head('reason', 'customs')} + {writing.head('reason', 'force_majeure')}"
    )
    assert writing.reason("") == "–"


def test_a_code_without_a_label_is_shown_as_it_stands() -> None:
    writing = Writing(words("ko"), ())
    assert writing.label("reason", "something_new") == "something_new"
    assert writing.head("finding", "segment-count-new") == "segment-count-new"
    assert writing.head("outcome", "on_time") == "정시 배달"
    assert Writing(words("en"), ()).head("outcome", "on_time") == "On time"
