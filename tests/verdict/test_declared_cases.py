# ruff: noqa: E501 - one line a case
"""Declared cases worked by hand, one line each: what a case is limited to, how late it was told,
what each side's terms say of it, who contested it (journeys and agreements: spoken_items.py,
judged_items.py).

The case: post, beginning..end in November (UTC), then `told=` its first notice (when it began, if
nothing is said), `office=`, `leg=`, `kind=`, the limits, and `said=US:contest,*:accept`. An item's
declared value is `worth=` SDR. Contents are documents, the product is EMS.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from judged_items import AS_OF, judged, named_world, rows
from spoken_items import spoken

from slow_declared import Case
from slow_replay import Item
from slow_verdict import Side

# KR>US: a late notice excuses nothing between the posts, nor does a strike. KR>JP: towards the
# sender a closure published after the acceptance excuses nothing. JP>US: between the posts a case
# counts once it is accepted, towards the sender once it is notified, but a late notice not at all.
# what | lane | otherwise | the case | between: outcome, days excused | sender: outcome
CASES = """
the whole post                                      | KR>JP | EMD..+1d             | JP 03T00:00..04T00:00                                   | late_excused 1 | late_excused
another post                                        | KR>JP | EMD..+1d             | US 03T00:00..04T00:00                                   | late_liable 0  | late_liable
another time                                        | KR>JP | EMD..+1d             | JP 05T00:00..06T00:00                                   | late_liable 0  | late_liable
the office that waits for the flight                | KR>JP | EMD..+1d             | JP 03T00:00..04T00:00 office=JPKWSA                     | late_excused 1 | late_excused
another office                                      | KR>JP | EMD..+1d             | JP 03T00:00..04T00:00 office=USJFKA                     | late_liable 0  | late_liable
the leg                                             | KR>JP | EMD..+1d             | JP 03T00:00..04T00:00 leg=transport                     | late_excused 1 | late_excused
another leg                                         | KR>JP | EMD..+1d             | JP 03T00:00..04T00:00 leg=import                        | late_liable 0  | late_liable
region: delivery in it                              | KR>JP | EMI=05T15:00         | JP 03T22:00..05T00:00 area=JP-TYO                       | late_excused 1 | late_excused
region: of other addressees                         | KR>US | EMI=06T15:00         | US 05T12:00..06T12:00 area=US-CAL                       | late_liable 0  | late_liable
region: the flight to it is not in it               | KR>JP | EMD..+1d             | JP 03T00:00..04T00:00 area=JP-TYO                       | late_liable 0  | late_liable
region: posted in it                                | KR>JP | EMB..+1d             | KR 02T08:00..03T08:00 area=KR-SEL                       | late_excused 1 | late_excused
region: posted elsewhere                            | KR>JP | EMB..+1d             | KR 02T08:00..03T08:00 area=KR-ULL                       | late_liable 0  | late_liable
region: lying in the office of exchange             | KR>JP | EMC..+1d             | KR 02T12:00..03T12:00 area=KR-SEL                       | late_liable 0  | late_liable
product                                             | KR>JP | EMD..+1d             | JP 03T00:00..04T00:00 product=EMS                       | late_excused 1 | late_excused
another product                                     | KR>JP | EMD..+1d             | JP 03T00:00..04T00:00 product=EMS-PREMIUM               | late_liable 0  | late_liable
one of two products                                 | KR>JP | EMD..+1d             | JP 03T00:00..04T00:00 product=EMS-PREMIUM+EMS           | late_excused 1 | late_excused
standard of two days                                | KR>JP | EMD..+1d             | JP 03T00:00..04T00:00 standard=2                        | late_excused 1 | late_excused
standard of three days                              | KR>JP | EMD..+1d             | JP 03T00:00..04T00:00 standard=3                        | late_liable 0  | late_liable
contents                                            | KR>JP | EMD..+1d             | JP 03T00:00..04T00:00 contents=documents                | late_excused 1 | late_excused
contents as a case of before was told               | KR>JP | EMD..+1d             | JP 03T00:00..04T00:00 contents=Documents                | late_excused 1 | late_excused
other contents                                      | KR>JP | EMD..+1d             | JP 03T00:00..04T00:00 contents=goods+food               | late_liable 0  | late_liable
value in the range, its bounds included             | KR>JP | EMD..+1d worth=100   | JP 03T00:00..04T00:00 value=100-200                     | late_excused 1 | late_excused
value below the range                               | KR>JP | EMD..+1d worth=99    | JP 03T00:00..04T00:00 value=100-200                     | late_liable 0  | late_liable
no value declared: in no range                      | KR>JP | EMD..+1d             | JP 03T00:00..04T00:00 value=0-200                       | late_liable 0  | late_liable
accepted within the window                          | KR>JP | EMD..+1d             | JP 03T00:00..04T00:00 accepted=02T07:00-02T08:00        | late_excused 1 | late_excused
accepted before the window                          | KR>JP | EMD..+1d             | JP 03T00:00..04T00:00 accepted=02T07:01-02T08:00        | late_liable 0  | late_liable
told after 24 hours: in time                        | KR>JP | EMD..+1d             | JP 02T00:00..04T00:00 told=03T00:00                     | late_excused 1 | late_excused
told a minute later, the item still on its way      | KR>JP | EMD..+1d             | JP 02T00:00..04T00:00 told=03T00:01                     | late_excused 1 | late_excused
the same where late notices excuse nothing          | KR>US | EMD..+1d             | US 02T00:00..06T00:00 told=03T00:01                     | late_liable 0  | late_excused
the same where they excuse nothing to the sender    | JP>US | EMD..+1d             | US 09T00:00..13T00:00 told=10T00:01 said=JP:accept      | late_excused 1 | late_liable
told too late: what had happened stays              | KR>JP | EMD..+1d             | JP 02T00:00..05T00:00 told=04T01:00                     | late_liable 0  | late_liable
told when it was over                               | KR>JP | EMD..+1d             | JP 02T00:00..04T00:00 told=05T00:00                     | late_liable 0  | late_liable
told before the acceptance, a closure               | KR>JP | EMD..+1d             | JP 03T00:00..04T00:00 told=02T06:00 kind=closure        | late_excused 1 | late_excused
told at the acceptance, a closure                   | KR>JP | EMD..+1d             | JP 03T00:00..04T00:00 told=02T07:00 kind=closure        | late_excused 1 | late_excused
told after the acceptance: the promise stands       | KR>JP | EMD..+1d             | JP 03T00:00..04T00:00 told=02T07:01 kind=closure        | late_excused 1 | late_liable
told after the acceptance, no closure               | KR>JP | EMD..+1d             | JP 03T00:00..04T00:00 told=02T07:01                     | late_excused 1 | late_excused
a strike that counts                                | KR>JP | EMD..+1d             | JP 03T00:00..04T00:00 kind=strike                       | late_excused 1 | late_excused
a strike that the agreement does not count          | KR>US | EMD..+1d             | US 04T00:00..06T00:00 kind=strike                       | late_liable 0  | late_excused
the same days, no strike                            | KR>US | EMD..+1d             | US 04T00:00..06T00:00                                   | late_excused 1 | late_excused
contested by the other post                         | KR>JP | EMD..+1d             | JP 03T00:00..04T00:00 said=KR:contest                   | late_liable 0  | late_liable
contested by a third post                           | KR>JP | EMD..+1d             | JP 03T00:00..04T00:00 said=US:contest                   | late_excused 1 | late_excused
contested, then accepted                            | KR>JP | EMD..+1d             | JP 03T00:00..04T00:00 said=KR:contest,KR:accept         | late_excused 1 | late_excused
accepted, then contested                            | KR>JP | EMD..+1d             | JP 03T00:00..04T00:00 said=KR:accept,KR:contest         | late_liable 0  | late_liable
contested, then accepted by the group               | KR>JP | EMD..+1d             | JP 03T00:00..04T00:00 said=KR:contest,*:accept          | late_excused 1 | late_excused
contested by the group, accepted by the other post  | KR>JP | EMD..+1d             | JP 03T00:00..04T00:00 said=*:contest,KR:accept          | late_excused 1 | late_excused
only what is accepted counts between these posts    | JP>US | EMD..+1d             | US 11T00:00..13T00:00                                   | late_liable 0  | late_excused
accepted                                            | JP>US | EMD..+1d             | US 11T00:00..13T00:00 said=JP:accept                    | late_excused 1 | late_excused
contested: the sender's terms count it all the same | JP>US | EMD..+1d             | US 11T00:00..13T00:00 said=JP:contest                   | late_liable 0  | late_excused
"""
LISTED = CASES.strip().splitlines()
NAMES = [line.split("|")[0].strip() for line in LISTED]


def moment(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(f"2026-11-{text}+00:00")


def case_of(text: str) -> Case:
    post, span, *others = text.split()
    start, end = (moment(one) for one in span.split(".."))
    case = Case(post, "", "", start, end)
    limits: dict[str, Any] = {}
    for other in others:
        name, _, value = other.partition("=")
        if name == "told":
            case = replace(case, told=moment(value))
        elif name == "said":
            words = [word.split(":") for word in value.split(",")]
            case = replace(case, words=tuple((by, word) for by, word in words))
        elif name in ("office", "leg", "kind"):
            case = replace(case, **{name: value})
        elif name == "value":
            limits[name] = tuple(int(bound) for bound in value.split("-"))
        elif name == "accepted":
            limits[name] = tuple(moment(bound) for bound in value.split("-"))
        elif name == "standard":
            limits[name] = [int(value)]
        elif name == "product" and "+" not in value:
            limits[name] = [value]
        else:
            limits[name] = value.split("+")
    return replace(case, limits=limits)


def told(line: str) -> tuple[Item, Case, str, str]:
    _, lane, changes, case, between, sender = (part.strip() for part in line.split("|"))
    worth = [one for one in changes.split() if one.startswith("worth=")]
    others = " ".join(one for one in changes.split() if one not in worth)
    item = spoken(lane, others)[0]
    if worth:
        item = replace(item, value=int(worth[0].removeprefix("worth=")))
    return item, case_of(case), " ".join(between.split()), sender


def slowly(side: Side) -> str:
    return f"{side.outcome} {side.excused}"


@pytest.mark.parametrize("line", LISTED, ids=NAMES)
def test_named_cases(line: str) -> None:
    item, case, between, sender = told(line)
    (row,) = rows(judged([item], [case], where=named_world()))
    assert f"{row['outcome']} {row['days_excused']}" == between
    assert row["sender_outcome"] == sender


@pytest.mark.parametrize("line", LISTED, ids=NAMES)
def test_the_slow_judge_says_the_same(line: str) -> None:
    item, case, between, sender = told(line)
    verdict = named_world().slow.judge(item, [case], AS_OF)
    assert slowly(verdict.between) == between
    assert verdict.sender.outcome == sender


def test_the_order_of_cases_changes_nothing() -> None:
    items = [told(line)[0] for line in LISTED]
    cases = [told(line)[1] for line in LISTED]
    expected = rows(judged(items, cases))
    for seed in range(5):
        Random(seed).shuffle(cases)
        assert rows(judged(items, cases)) == expected


def test_each_item_by_itself_is_judged_as_among_others() -> None:
    items, cases = [told(line)[0] for line in LISTED], [told(line)[1] for line in LISTED[:25]]
    together = rows(judged(items, cases))
    assert together == [rows(judged([item], cases))[0] for item in items]
