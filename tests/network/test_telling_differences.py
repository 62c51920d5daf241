"""Differences in the trade's words, in both languages."""

from __future__ import annotations

import pytest

from datecertain.moments import parse_date
from datecertain.network import Network
from datecertain.network.comparing import NetworkDifference, compare
from datecertain.network.telling_differences import DifferenceTeller, as_json
from datecertain.wording import words
from worlds import SMALL, texts, with_rows

FIRST, LAST = "2026-11-09", "2026-11-29"


def chicago(friday: str) -> Network:
    """The small world with Chicago in it, where Seoul alone takes mail until a time of its own on
    Fridays; Tokyo's rounds begin so early that it is a day behind Chicago."""
    seoul = SMALL["schedules.csv"].replace("deliver.JP,1234567,,08:00", "deliver.JP,1234567,,04:00")
    seoul += f"""export.SEL,1234,KR,17:00,20:30,0,days,,,test
            export.SEL,1234,KR,09:00,12:30,0,days,,,test
            {friday}
        """
    return Network.from_texts(
        texts(
            {
                "schedules.csv": seoul,
                "areas.csv": SMALL["areas.csv"].replace("California,캘리포니아", "Chicago,시카고"),
                "area_links.csv": SMALL["area_links.csv"].replace(
                    "KR-SEL,KRSELB,export,export.KR", "KR-SEL,KRSELB,export,export.SEL"
                ),
            }
        )
    )


def moved_cut_off() -> NetworkDifference:
    """On Fridays until midnight, or until four in the afternoon."""
    return compare(
        chicago("export.SEL,5,KR,24:00,05:00,1,days,,,test"),
        chicago("export.SEL,5,KR,16:00,20:30,0,days,,,test"),
        parse_date(FIRST), parse_date(LAST),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "Seoul → Chicago, Friday after 16:00: Tuesday → Wednesday"),
        ("ko", "서울 → 시카고, 금요일 16:00 이후: 화요일 → 수요일"),
    ],
)
def test_a_cut_off_moved_on_fridays_is_said_in_one_sentence(language: str, sentence: str) -> None:
    lines = list(DifferenceTeller(moved_cut_off(), words(language)).lines(0))
    assert sentence in lines
    assert len(lines) == len(set(lines))


def test_what_does_not_hold_every_week_says_in_how_many_and_gives_the_date_of_the_others() -> None:
    lines = list(DifferenceTeller(moved_cut_off(), words("en")).lines(0))
    # Thanksgiving, 26 November, is in the way of what is posted on Friday the 20th.
    assert "Seoul → New York, Friday after 16:00: Tuesday → Thursday (in 2 of 3 weeks)" in lines
    assert (
        "Seoul → New York, accepted Fri 20 Nov 2026 after 16:00: Tue 24 Nov 2026 → Fri 27 Nov 2026"
        in lines
    )


@pytest.mark.parametrize(
    ("friday", "when"),
    [
        ("export.SEL,5,KR,17:00,20:30,0,days,,,test", "Friday 16:01–17:00"),
        ("export.SEL,6,KR,09:00,10:30,0,days,,,test", "Friday 16:01 – Saturday 09:00"),
    ],
)
def test_minutes_are_those_between_the_cut_offs(friday: str, when: str) -> None:
    four = "export.SEL,5,KR,16:00,20:30,0,days,,,test"
    rows = friday if friday.startswith("export.SEL,5,") else f"{four}\n{friday}"
    found = compare(chicago(rows), chicago(four), parse_date(FIRST), parse_date(LAST))
    lines = list(DifferenceTeller(found, words("en")).lines(0))
    assert any(line.startswith(f"Seoul → Chicago, {when}: ") for line in lines), lines


def test_a_weekday_that_is_not_the_next_one_says_by_how_many_weeks() -> None:
    """With rounds on Tuesdays only, what came on a Wednesday waits for the second Tuesday (three
    weeks, and the one before them that ends on their first Monday)."""
    four = chicago("export.SEL,5,KR,16:00,20:30,0,days,,,test")
    rare = dict(four.data.texts)
    rare["schedules.csv"] = rare["schedules.csv"].replace("deliver.US,123456,", "deliver.US,2,")
    found = compare(four, Network.from_texts(rare), parse_date(FIRST), parse_date(LAST))
    line = "Friday 16:01 – Monday 09:00: Wednesday → Tuesday (+1 wk) (in 3 of 4 weeks)"
    assert f"Seoul → Chicago, {line}" in list(DifferenceTeller(found, words("en")).lines(0))
    assert "화요일(+1주)" in "".join(DifferenceTeller(found, words("ko")).lines(0))


def test_all_areas_of_a_post_are_said_by_its_name() -> None:
    """Without the Friday flight of the evening, all of the United States waits, from all of
    Korea."""
    fewer = SMALL["flights.csv"].replace(
        "XA203,ICN,LAX,1234567,20:00,14:30", "XA203,ICN,LAX,123467,20:00,14:30"
    )
    old, new = Network.from_texts(texts()), Network.from_texts(texts({"flights.csv": fewer}))
    found = compare(old, new, parse_date(FIRST), parse_date(LAST))
    teller = DifferenceTeller(found, words("en"))
    assert teller.places(["KR-SEL", "KR-ULL"]) == "Korea Post"
    assert teller.places(["JP-TYO", "US-NYC", "US-CAL"]) == "Japan Post; USPS"
    assert teller.places(["US-CAL"]) == "California"
    assert any(line.startswith("Korea Post → USPS, ") for line in teller.lines(0))


def test_only_the_first_are_shown_and_the_rest_is_counted() -> None:
    found = moved_cut_off()
    teller = DifferenceTeller(found, words("en"))
    shown = list(teller.lines(1))
    assert f"… and {len(found.promises) - 1} more changes that touch less; --top 0 shows all." in (
        shown
    )
    minutes = [one.minutes for one in found.promises]
    assert minutes == sorted(minutes, reverse=True)


def test_networks_that_promise_the_same_say_so() -> None:
    network = chicago("export.SEL,5,KR,16:00,20:30,0,days,,,test")
    found = compare(network, network, parse_date(FIRST), parse_date(LAST))
    assert found.same
    assert list(DifferenceTeller(found, words("en")).lines(20))[-1] == (
        "No promise changes in these days."
    )


def test_lanes_areas_and_postcodes_have_sentences_of_their_own() -> None:
    files = with_rows("lane_terms.csv", "KR,US,2,2026-11-16,2026-11-20,test")
    files["lanes.csv"] = with_rows("lanes.csv", "KR,JP,suspended,2026-11-01,,,test")["lanes.csv"]
    files["areas.csv"] = files["areas.csv"].replace("deliver.US,yes,,", "deliver.US,no,storm,", 1)
    files["postcodes.csv"] = files["postcodes.csv"].replace(
        "40200,40240,KR-ULL", "40200,40240,KR-SEL"
    )
    old, new = Network.from_texts(texts()), Network.from_texts(files)
    found = compare(old, new, parse_date(FIRST), parse_date(LAST))
    english = list(DifferenceTeller(found, words("en")).lines(0))
    for sentence in (
        "Lane Korea Post → Japan Post, accepted on all these days: guaranteed → suspended",
        (
            "Lane Korea Post → USPS, accepted from Mon 16 Nov 2026 to Fri 20 Nov 2026: "
            "the lane's terms add 0 → 2 delivery days"
        ),
        "Area New York (US-NYC): guaranteed → served without guarantee",
        "Postcodes KR 40200–40240: Ulleung → Seoul",
    ):
        assert sentence in english
    assert "지역 뉴욕 (US-NYC): 배달보장 → 배달보장 없이 배달" in list(
        DifferenceTeller(found, words("ko")).lines(0)
    )


def test_json_holds_every_change_with_its_sentence_and_plain_dates() -> None:
    found = moved_cut_off()
    told = as_json(found, words("en"))
    assert len(told["promises"]) == len(found.promises)
    (friday,) = [
        one for one in told["promises"]
        if one["text"] == "Seoul → Chicago, Friday after 16:00: Tuesday → Wednesday"
    ]  # fmt: skip
    expected = {
        "origins": ("KR-SEL",), "destinations": ("US-CAL",), "first_day": "2026-11-13",
        "first_time": "16:01", "last_day": "2026-11-13", "last_time": "24:00",
        "old_due": "2026-11-17", "new_due": "2026-11-18", "weekly": True, "weeks": 3,
        "all_weeks": 3, "minutes": 3 * 8 * 60,
    }  # fmt: skip
    assert {name: friday[name] for name in expected} == expected
    # Within the window: JP, Chicago, New York later on three Fridays from 16:01 to 24:00; of 16
    # pairs of areas, 21 days of 1,440 minutes.
    assert told["later"] == pytest.approx(3 * 3 * 480 / (16 * 21 * 1440))
    assert told["pairs"] <= told["all_pairs"] == 16
