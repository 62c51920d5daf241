"""The table of cases: what happened × what excuses it × customs policy × clock rule, a line each.

Every line is a standard journey from Korea to Japan with something otherwise (notation:
spoken_items.py), judged in a world with that policy and that rule. `python tests/verdict/
case_table.py` writes tests/verdict/cases.txt anew; the tests compare it with both judges, and a
sample of it was worked by hand (test_case_table.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from judged_items import World, judged, rows
from spoken_items import spoken

from slow_replay import Item
from worlds import with_rows

TABLE = Path(__file__).with_name("cases.txt")
#: What happened; the promise is Wednesday 4 November, Thursday the 5th is a day late.
HAPPENED = {
    "in time": "",
    "a day late by the carrier": "EMD..+1d",
    "delivered a day late": "EMI=05T15:00",
    "a day late, promise too tight": "promised=03",
    "not delivered yet": "EDB- EDC- EMF- EMG- EMI- as_of=10T00:00",
    "final scan missing": "EMI- as_of=20T00:00",
    "no scan for weeks": "EMD- EDB- EDC- EMF- EMG- EMI- as_of=26T00:00",
    "no date told": "told=-",
    "handover scan missing, a day late": "EMD..+1d EMD-",
}
#: What might excuse it.
EXCUSES = {
    "nothing": "",
    "customs kept it two days": "EME=03T16:00 EDC..+2d",
    "customs kept it, no reason": "EME?=03T16:00 EDC..+2d",
    "typhoon": "typhoon:JP",
    "addressee absent": "EMH=04T10:00",
    "address wrong": "EMH=04T10:00/4",
    "premises closed": "EMH=04T10:00/7",
    "prohibited goods": "EMH=04T10:00/23",
    "a notice left": "EMH=04T10:00/9/N",
    "seized by customs": "EDX=04T10:00",
}
POLICIES = ("step", "subtract", "exclude", "extend", "deemed_delivered")
#: Which event besides delivery stops the clock.
CLOCKS = ("delivery", "attempt", "notification", "pickup")
CATALOGUE = """scope,origin,destination,exclusion,mode,evidence,valid_from,valid_to,source
relation,*,*,customs,clips,hold,,,test
relation,*,*,force_majeure,clips,case,,,test
relation,*,*,authority_stop,excludes,EXX EDX,,,test
relation,*,*,tolerance,clips,claim,,,test
relation,*,*,sender_data,attempt,EMH:4,,,test
relation,*,*,addressee_closed,clips,EMH:7,,,test
relation,*,*,prohibited_goods,not_guaranteed,EMH:23,,,test
"""


@lru_cache(maxsize=len(POLICIES) * len(CLOCKS))
def world_of(policy: str, clock: str) -> World:
    """The small world with a customs policy and a clock rule between the posts."""
    texts = with_rows(
        "terms.csv",
        f"relation,KR,JP,customs,{policy},,,test",
        "relation,*,*,customs_days,1,,,test",
        *(
            f"relation,KR,JP,{rule}_stops,{'yes' if rule == clock else 'no'},,,test"
            for rule in CLOCKS[1:]
        ),
        "relation,*,*,notification_measures,N,,,test",
    )  # fmt: skip
    return World.of({**texts, "exclusions.csv": CATALOGUE}, f"{policy}, {clock}")


#: What happened, excuse, policy, clock, changes of the journey.
Case = tuple[str, str, str, str, str]


def cases() -> Iterator[Case]:
    """(happened, excuse, policy, clock, changes); the excuse comes first, so that scans it moves
    can be missing."""
    for happened, first in HAPPENED.items():
        for excuse, told in EXCUSES.items():
            second = told
            if "EMD..+1d" in first:  # customs got it a day later
                second = second.replace("=03T16:00", "=04T16:00")
            for policy in POLICIES:
                for clock in CLOCKS:
                    changes = f"{second} {first}".strip()
                    if clock == "pickup":
                        changes += " EDH=05T09:00"
                    yield happened, excuse, policy, clock, changes


@lru_cache(maxsize=len(POLICIES) * len(CLOCKS))
def lines_of(policy: str, clock: str) -> dict[Case, str]:
    """The cases of a policy and a clock rule, each with its verdict between the posts in one
    line; those that share notices and closing are judged together."""
    together: dict[tuple[object, ...], list[tuple[Case, Item]]] = {}
    for case in cases():
        if case[2:4] == (policy, clock):
            item, notices, as_of = spoken("KR>JP", case[4])
            together.setdefault((as_of, *notices), []).append((case, item))
    found = {}
    for (as_of, *notices), told in together.items():
        judgement = judged([item for _, item in told], notices, as_of, world_of(policy, clock))
        for (case, _), row in zip(told, rows(judgement), strict=True):
            found[case] = _line(case, row)
    return found


def _line(case: Case, row: dict[str, Any]) -> str:
    happened, excuse, policy, clock, _ = case
    reason = f" ({row['outcome_reason']})" if row["outcome_reason"] else ""
    told = f"{row['outcome']}{reason} {row['days_late']} {row['days_excused']} {row['days_liable']}"
    stopped = row["stopped_by"] or "-"
    return f"{happened:33} | {excuse:26} | {policy:16} | {clock:12} | {stopped:12} | {told}"


HEAD = (
    "# Made by tests/verdict/case_table.py: synthetic cases, Korea to Japan.\n"
    "# what happened | what might excuse it | customs policy | also stops the clock | stopped by | "
    "verdict between the posts: days late, excused, liable\n"
)


def table() -> str:
    """The whole table."""
    return HEAD + "".join(f"{lines_of(*case[2:4])[case]}\n" for case in cases())


if __name__ == "__main__":
    TABLE.write_text(table(), encoding="utf-8")
