"""Every kind of rule worked by hand over the small world (tests/worlds.py), one line a case.

The ground: Seoul to New York accepted on Monday 2 November at 16:10 goes by the 17:00 cut-off,
Wednesday's flight to JFK and Wednesday's second customs session; due on Thursday 5 November. New
York delivers from Monday to Saturday.
"""

from __future__ import annotations

import pytest

from datecertain.errors import BadMoment, UsageError
from datecertain.moments import format_date, format_local
from datecertain.network import Network
from datecertain.promise.asking import Ask, answer
from datecertain.promise.quoting import Route, parse_place
from worlds import with_tables

#: rows of conditions.csv, by name
ROWS = {
    "none": "",
    "+1": "t,tolerance,KR,US,,,,,,,,1,,Peak,성수기,2026-11-02,2026-11-02,test",
    "+2": "t,tolerance,KR,US,,,,,,,,2,,Peak,성수기,2026-11-02,2026-11-02,test",
    "+3": "t,tolerance,KR,US,,,,,,,,3,,Peak,성수기,2026-11-02,2026-11-02,test",
    "late": "t,tolerance,KR,US,,,,,,,,1,2026-11-02T07:30Z,Peak,성수기,2026-11-02,,test",
    "west": "t,tolerance,KR,US,,US-CAL,,,,,,1,,Peak,성수기,,,test",
    "stop": "s,no_guarantee,KR,*,,,,,,,,,2026-11-02T07:00Z,Fire,화재,2026-11-02,,test",
    "ended": """s,no_guarantee,KR,*,,,,,,,,,2026-11-01,Fire,화재,2026-11-01,,test
                s,end,KR,*,,,,,,,,,2026-11-02T07:00Z,,,,,test""",
    "goods": "g,refuse,KR,US,,,,non-documents,,,,,,No goods,비서류 중지,,,test",
    "papers": "g,no_guarantee,KR,US,,,,documents,,,,,,No papers,서류 제외,,,test",
    "gifts": "g,no_guarantee,KR,US,,,,gift,,,73000000,,,Gifts,선물,,,test",
    "heavy": "h,refuse,KR,US,,,,,,20000,,,,Heavy,중량,,,test",
    "plus": "p,no_guarantee,KR,US,,,EMS-PREMIUM,,,,,,,Premium,프리미엄,,,test",
}

# rows | what is asked besides, or another time | answer | due
CASES = """
none  |                                           | guaranteed                     | 2026-11-05
+1    |                                           | guaranteed                     | 2026-11-06
+2    |                                           | guaranteed                     | 2026-11-07
+3    | Sunday is no delivery day                 | guaranteed                     | 2026-11-09
+1    | at=2026-11-03T16:10 the peak is over      | guaranteed                     | 2026-11-05
late  | accepted at 07:10Z, published at 07:30Z   | guaranteed                     | 2026-11-05
late  | at=2026-11-02T16:29                       | guaranteed                     | 2026-11-05
late  | at=2026-11-02T16:30                       | guaranteed                     | 2026-11-06
west  |                                           | guaranteed                     | 2026-11-05
west  | to=US:90001 carried for the 5th there too | guaranteed                     | 2026-11-06
stop  | at=2026-11-02T15:59                       | guaranteed                     | 2026-11-05
stop  | at=2026-11-02T16:00                       | estimate condition             | 2026-11-05
ended | at=2026-11-02T15:59                       | estimate condition             | 2026-11-05
ended | at=2026-11-02T16:00                       | guaranteed                     | 2026-11-05
goods | contents=documents                        | guaranteed                     | 2026-11-05
goods | contents=merchandise                      | refused not_accepted           | -
goods | contents=gift                             | refused not_accepted           | -
goods |                                           | estimate details_needed        | 2026-11-05
papers| contents=documents                        | estimate condition             | 2026-11-05
papers| contents=merchandise                      | guaranteed                     | 2026-11-05
gifts | contents=gift value=73000000              | guaranteed                     | 2026-11-05
gifts | contents=gift value=73000001              | estimate condition             | 2026-11-05
gifts | contents=gift                             | estimate details_needed        | 2026-11-05
gifts | contents=merchandise value=99000000       | guaranteed                     | 2026-11-05
gifts | a gift has to be declared                 | guaranteed                     | 2026-11-05
heavy | weight=20000                              | guaranteed                     | 2026-11-05
heavy | weight=20001                              | refused not_accepted           | -
heavy | nobody weighed it                         | guaranteed                     | 2026-11-05
none  | weight=30000                              | guaranteed                     | 2026-11-05
none  | weight=30001                              | refused too_heavy              | -
none  | product=EMS-PREMIUM                       | estimate product_not_guaranteed| 2026-11-05
plus  | product=EMS-PREMIUM one reason is said    | estimate product_not_guaranteed| 2026-11-05
none  | product=PARCEL                            | refused product_unknown        | -
none  | address=po_box                            | estimate condition             | 2026-11-05
none  | channel=counter                           | guaranteed                     | 2026-11-05
none  | channel=pigeon                            | refused channel_unknown        | -
none  | channel=label                             | estimate not_in_possession     | 2026-11-05
none  | channel=agency at=2026-11-04T15:00        | guaranteed                     | 2026-11-07
none  | channel=agency at=2026-11-04T15:01        | guaranteed                     | 2026-11-10
none  | channel=contract at=2026-11-04T16:10      | guaranteed                     | 2026-11-09
"""


def network(rows: str = "", **files: str) -> Network:
    return Network.from_texts(with_tables({"conditions.csv": rows, **files}))


def asked(text: str, **given: str) -> Ask:
    values = {
        "from": "KR:03051", "to": "US:10001", "at": "2026-11-02T16:10", **given,
        **dict(part.split("=") for part in text.split() if "=" in part),
    }  # fmt: skip
    route = Route(
        *parse_place(values["from"]), *parse_place(values["to"]),
        values.get("product", "EMS"), values.get("contents", ""), values.get("channel", ""),
        values.get("address", "street"),
    )  # fmt: skip
    ask = Ask.at(route, values["at"])
    return Ask(
        route, ask.accepted_day, ask.accepted_min, ask.offset_min,
        int(values.get("weight", -1)), int(values.get("value", -1)),
    )  # fmt: skip


def told(world: Network, ask: Ask) -> tuple[str, str]:
    quote = answer(world, ask)
    due = format_date(quote.due_day) if quote.due_day >= 0 else "-"
    return f"{quote.status} {quote.reason}".strip(), due


@pytest.mark.parametrize("line", CASES.strip().splitlines())
def test_a_rule_by_hand(line: str) -> None:
    rows, question, expected, due = (part.strip() for part in line.split("|"))
    assert told(network(ROWS[rows]), asked(question)) == (expected, due)


def test_who_bears_the_time_before_the_post_holds_the_item() -> None:
    """The agency's van of 15:00 brings Wednesday's items at 16:30; Thursday is a holiday, so what
    comes a minute later is in the post's hands on Friday at 16:30."""
    world = network()
    in_time = answer(world, asked("channel=agency at=2026-11-04T15:00"))
    missed = answer(world, asked("channel=agency at=2026-11-04T15:01"))
    assert [format_local(one.possession_at, "Asia/Seoul") for one in (in_time, missed)] == [
        "2026-11-04T16:30", "2026-11-06T16:30",
    ]  # fmt: skip
    # Ulleung's agency hands over on Monday, Wednesday and Friday, on the next day that it works.
    island = answer(world, asked("from=KR:40220 channel=agency at=2026-11-02T09:00"))
    assert format_local(island.possession_at, "Asia/Seoul") == "2026-11-04T13:00"


def test_a_closed_office_is_flown_around_or_waited_for() -> None:
    """JFK does not show mail to customs on Wednesday 4 November. Wednesday's arrival there is shown
    on Thursday at 05:00, released at 11:00 and delivered on Friday; by Los Angeles, Tuesday's
    flight, the line-haul of Wednesday night arrives on Friday at 05:00: Friday too."""
    closed = "USJFKA,inward,2026-11-04,2026-11-04,2026-11-03,Snow,폭설,test"
    assert told(network(**{"closures.csv": closed}), asked(""))[1] == "2026-11-06"
    # Outward, Seoul closes no dispatch on Monday: the first is Tuesday 04:00, in time for
    # Wednesday's flight all the same.
    closed = "KRSELB,outward,2026-11-02,2026-11-02,2026-11-01,Fire,화재,test"
    assert told(network(**{"closures.csv": closed}), asked(""))[1] == "2026-11-05"
    closed = "KRSELB,outward,2026-11-02,2026-11-04,2026-11-01,Fire,화재,test"
    assert told(network(**{"closures.csv": closed}), asked(""))[1] == "2026-11-07"


# A post that publishes numbers of days. from, to, accepted -> due
STANDARDS = """
JP:1000001 KR:03051 2026-11-09T10:00 2026-11-12  Monday, then three Korean delivery days
JP:1000001 KR:03051 2026-11-12T10:00 2026-11-17  Friday, Monday, Tuesday
JP:1000001 KR:40220 2026-11-09T10:00 2026-11-12  the day after is day 0, then two dates
JP:1000001 KR:40220 2026-11-12T10:00 2026-11-16  a Sunday rolls on to Monday
US:10001   KR:03051 2026-11-27T14:00 2026-12-02  before Friday's cut-off: Sat, Mon, Tue, Wed
US:10001   KR:03051 2026-11-27T15:01 2026-12-04  Monday's cut-off is day 0: Tue, Wed, Thu, Fri
US:10001   KR:03051 2026-11-25T15:01 2026-12-02  Thanksgiving has no cut-off: day 0 is Friday
"""


@pytest.mark.parametrize("line", STANDARDS.strip().splitlines())
def test_a_published_standard_counts_as_it_says(line: str) -> None:
    origin, destination, at, due, *_ = line.split()
    rows = """
        JP,KR,,,,3,acceptance,delivery,2026-11-09,,test
        JP,KR,,KR-ULL,,2,day_after,calendar,2026-11-09,,test
        US,KR,,,EMS,4,cut_off,origin,2026-11-23,,test
    """
    world = network(**{"standards.csv": rows})
    quote = answer(world, asked("", **{"from": origin, "to": destination, "at": at}))
    assert format_date(quote.due_day) == due


def test_a_local_time_that_occurs_twice_needs_its_offset_only_where_the_dates_differ() -> None:
    """Los Angeles' clocks go back on Sunday 1 November at 02:00; here a cut-off of 01:30 lies in
    the doubled hour, which is read as the first. In time for it the item flies on Monday at 11:00,
    else by Monday's cut-off on Tuesday."""
    cut_offs = "export.US,7,,01:30,05:00,0,days,,,test"
    world = network(**{"schedules.csv": cut_offs})
    ends = {"from": "US:90001", "to": "JP:1000001"}
    assert told(world, asked("at=2026-11-01T01:15", **ends)) == ("refused time_ambiguous", "-")
    first = told(world, asked("at=2026-11-01T01:15-07:00", **ends))
    second = told(world, asked("at=2026-11-01T01:15-08:00", **ends))
    assert (first[0], second[0]) == ("guaranteed", "guaranteed")
    assert first[1] < second[1]
    # Without such a cut-off both readings have one date, and nobody need be asked.
    assert told(network(), asked("at=2026-11-01T01:15", **ends)) == second
    with pytest.raises(BadMoment, match=r"not \+540 minutes from UTC in America/Los_Angeles"):
        answer(world, asked("at=2026-11-01T01:15+09:00", **ends))


def test_an_address_of_a_kind_that_does_not_exist_is_misuse() -> None:
    with pytest.raises(UsageError, match="address 'castle' is not known: use street, po_box"):
        answer(network(), asked("address=castle"))
