"""Our verdicts beside a post's own figures: item by item, by hand (items and figures invented)."""

from __future__ import annotations

import pyarrow as pa
import pytest

from datecertain.planning.shadow import read_figures, reconcile, totals_of
from datecertain.verdict.judging import JUDGED

#: Item, outcome, days late, excused by, leg that lost most.
OURS = """
A on_time       0  -       -
B late_liable   2  -       delivery
C late_liable   2  -       delivery
D late_excused  1  customs -
E late_excused  3  customs -
F pending       0  -       -
G on_time      -1  -       -
H late_liable   1  -       transport
"""
THEIRS = """item_id,on_time,days_late,cause
A,yes,0,
B,no,2,delivery
C,no,3,delivery
D,yes,,
E,no,3,force_majeure
F,yes,,
H,no,1,our own word
Z,no,5,
"""
EXPECTED = {
    "A": "agree", "B": "agree", "C": "differ_days", "D": "differ_outcome", "E": "differ_cause",
    "F": "differ_outcome", "G": "only_ours", "H": "agree", "Z": "only_theirs",
}  # fmt: skip


def verdicts() -> pa.Table:
    rows = []
    for line in OURS.strip().splitlines():
        item, outcome, late, excused, leg = line.split()
        row: dict[str, object] = {
            field.name: "" if pa.types.is_string(field.type) else 0 for field in JUDGED
        }
        row |= {"item_id": item, "outcome": outcome, "days_late": int(late),
                "exclusions": "" if excused == "-" else excused}  # fmt: skip
        if leg != "-":
            row[f"share_{leg}"] = 1_000_000
        rows.append(row)
    return pa.Table.from_pylist(rows, schema=JUDGED)


def test_each_item_agrees_differs_or_is_on_one_side() -> None:
    figures, findings = read_figures(THEIRS, "theirs.csv")
    assert not findings
    rows = reconcile(verdicts(), figures)
    assert dict(zip(rows["item_id"].to_pylist(), rows["compared"].to_pylist(), strict=True)) == (
        EXPECTED
    )
    totals = totals_of(rows)
    assert (totals.items, totals.figures) == (8, 8)
    assert totals.on_time_share == 2 / 7  # the pending one is not decided
    assert totals.their_on_time_share == 3 / 8
    assert totals.agree_share == 3 / 7
    assert totals.causes == (
        ("", "", 1), ("customs", "", 1), ("customs", "force_majeure", 1),
        ("delivery", "delivery", 1),
    )  # fmt: skip
    assert sum(totals.compared.values()) == len(rows) == 9


def test_figures_may_say_the_outcome_or_only_the_days() -> None:
    by_outcome, _ = read_figures("item_id,outcome\nB,late_excused\nA,On_Time\nC,late\n", "f")
    rows = reconcile(verdicts(), by_outcome)
    said = dict(zip(rows["item_id"].to_pylist(), rows["compared"].to_pylist(), strict=True))
    assert (said["A"], said["B"], said["C"]) == ("agree", "differ_outcome", "agree")
    by_days, _ = read_figures("item_id,days_late\na,-1\nB,2\n", "f")
    rows = reconcile(verdicts(), by_days)
    said = dict(zip(rows["item_id"].to_pylist(), rows["compared"].to_pylist(), strict=True))
    assert (said["A"], said["B"], said["G"]) == ("agree", "agree", "only_ours")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("item,on_time\nA,yes\n", "column-missing"),
        ("item_id,cause\nA,customs\n", "column-missing"),
        ("item_id,on_time\nA,perhaps\n", "value-unreadable"),
        ("item_id,days_late\nA,two\n", "value-unreadable"),
        ("item_id,outcome\nA,missing\n", "value-unreadable"),
        ("item_id,on_time\n,yes\n", "value-unreadable"),
        ("item_id,on_time\nA,\n", "value-unreadable"),
        ("item_id,on_time\nA,yes\nA,no\n", "item-twice"),
    ],
)
def test_what_cannot_be_read_is_a_finding(text: str, code: str) -> None:
    _, findings = read_figures(text, "theirs.csv")
    assert [one.code for one in findings] == [code]


def test_without_figures_every_item_is_ours_alone() -> None:
    rows = reconcile(verdicts(), None)
    assert set(rows["compared"].to_pylist()) == {"only_ours"}
    totals = totals_of(rows)
    assert (totals.figures, totals.compared, totals.agree_share) == (0, {}, None)
    assert len(reconcile(JUDGED.empty_table(), None)) == 0
