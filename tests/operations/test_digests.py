"""Two posts with the same messages have the same roots; what differs is found by name (req 67)."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

from command_line import Answer
from command_line import say as run
from mail_bags import read_bag, renamed, write_bag
from month_of_mail import CLOCK, CLOSING, PERIOD, SMALL_CHUNK, Month, judge_month, take_in
from small_workspaces import interchange

from datecertain.moments import date_of, parse_utc
from datecertain.operations.digesting import pair_verdicts, period_roots
from datecertain.operations.fact_keeping import compact_facts
from datecertain.operations.ingesting import ingest
from datecertain.operations.judging import current_verdicts
from datecertain.operations.workspaces import open_workspace

Copy = Callable[[Path], Path]


def roots(folder: Path, as_of: int | None = None) -> object:
    with open_workspace(folder) as opened:
        return period_roots(opened, PERIOD, as_of)


def busiest_pair(folder: Path) -> str:
    with open_workspace(folder) as opened:
        counts = Counter({one.pair: one.items for one in period_roots(opened, PERIOD).pairs})
    return counts.most_common(1)[0][0]


def late_item(folder: Path) -> dict[str, Any]:
    """The verdict of an item that came late, and was scanned at the inward office."""
    with open_workspace(folder) as opened:
        rows = current_verdicts(opened, [PERIOD]).to_pylist()
    late = [row for row in rows if row["outcome"] == "late_liable" and row["inward_office"]]
    return late[0]


def tell_an_earlier_delivery(folder: Path, row: dict[str, Any], mail: Path) -> None:
    """An interchange in which the item was delivered a day after its acceptance; judged."""
    day = date_of(row["accepted_date"] + 1).strftime("%Y%m%d")
    told = interchange(
        ("EMI", f"{day}2330", row["inward_office"]), item=row["item_id"],
        sender=f"{row['destination']}A", recipient=f"{row['origin']}A", reference="PLANTED",
        prepared="202611150000",
    )  # fmt: skip
    with open_workspace(folder, write=True) as opened:
        assert ingest(opened, write_bag(mail, {"planted.edi": told}), CLOCK).events == 1
    judge_month(folder)


def test_the_same_messages_in_another_order_give_the_same_roots(
    month: Month, workspace: Copy, tmp_path: Path
) -> None:
    bag = renamed(read_bag(month.mailbox), Random("another order"))
    names = sorted(bag)
    folder = workspace(month.made)
    half = len(names) // 2
    for number, part in enumerate((names[half:], names[:half])):
        mail = write_bag(tmp_path / str(number), {name: bag[name] for name in part})
        take_in(folder, mail, SMALL_CHUNK)
        judge_month(folder, parse_utc("2026-11-10T00:00Z"))
    judge_month(folder)
    compact_facts(folder, CLOCK)
    found = roots(folder)
    assert found == roots(month.judged)
    assert len(found.pairs) > 20  # type: ignore[attr-defined]


def test_an_agreed_closing_is_judged_anew(month: Month, workspace: Copy) -> None:
    closing = parse_utc("2026-11-01T00:00Z")
    earlier = workspace(month.ingested)
    judge_month(earlier, closing)
    assert roots(earlier) == roots(month.judged, closing) != roots(month.judged)


def test_a_planted_difference_is_found_in_two_rounds(
    month: Month, workspace: Copy, tmp_path: Path
) -> None:
    row = late_item(month.judged)
    item, pair = row["item_id"], "-".join(sorted((row["origin"], row["destination"])))
    there = workspace(month.judged)
    tell_an_earlier_delivery(there, row, tmp_path / "planted")

    def compare(home: Path, file: str, *more: str | Path) -> Answer:
        return run(
            "compare", tmp_path / file, "--period", PERIOD, "--pair", pair, "-w", home, *more
        )

    def digest(home: Path, file: str) -> Answer:
        return run("digest", "--period", PERIOD, "--pair", pair, "-w", home, "-o", tmp_path / file)

    assert digest(month.judged, "here.json").code == 0
    assert compare(month.judged, "here.json").out.startswith(f"{pair} {PERIOD}: the same ")

    first = compare(there, "here.json", "-o", tmp_path / "answer.json", "--fields")
    assert first.code == 4
    assert "1 of " in first.out
    assert "send the answer" in first.out
    sent = json.loads((tmp_path / "answer.json").read_text(encoding="utf-8"))
    assert len(sent["opened"]) == 1
    found = compare(month.judged, "answer.json", "--json")
    assert found.code == 4
    (one,) = found.json["items"]
    assert (one["item_id"], one["is"]) == (item, "judged otherwise")
    assert {"outcome", "stopped_on"} <= one["differing"].keys()
    assert one["differing"]["outcome"] == ["late_liable", "on_time"]
    told = compare(month.judged, "answer.json")
    assert f"{item}: judged otherwise: " in told.out
    assert "outcome late_liable here, on_time there" in told.out

    with open_workspace(there) as opened:
        others = {one.pair: one.root for one in period_roots(opened, PERIOD).pairs}
    with open_workspace(month.judged) as opened:
        mine = {one.pair: one.root for one in period_roots(opened, PERIOD).pairs}
    assert {name for name in mine if mine[name] != others[name]} == {pair}


def test_the_digest_says_nothing_of_the_sender_or_of_this_machine(month: Month) -> None:
    pair = busiest_pair(month.judged)
    with open_workspace(month.judged) as opened:
        text = next(iter(pair_verdicts(opened, PERIOD, pair).texts.values()))
    for name in ("sender", "judged_as_of", "batch", "received", "source", "network_version"):
        assert name not in text


def test_what_cannot_be_compared_is_said_in_one_line(month: Month, tmp_path: Path) -> None:
    pair = busiest_pair(month.judged)
    file = tmp_path / "d.json"
    run("digest", "--period", PERIOD, "--pair", pair, "-w", month.judged, "-o", file)
    other = next(p for p in ("KR-US", "JP-KR") if p != pair)
    wrong = run("compare", file, "--period", PERIOD, "--pair", other, "-w", month.judged)
    assert wrong.code == 1
    assert f"the file is of {pair} in {PERIOD}" in wrong.err
    never = run("digest", "--period", PERIOD, "-w", month.ingested)
    assert "was not judged yet" in never.err
    assert "no pair of posts" in run(
        "digest", "--period", PERIOD, "--pair", "CN", "-w", month.judged
    ).err  # fmt: skip
    unknown = run("digest", "--period", PERIOD, "--pair", "KR-XX", "-w", month.judged)
    assert (unknown.code, "post 'XX' is not known: " in unknown.err) == (1, True)
    listed = run("digest", "--period", PERIOD, "-w", month.judged, "--json").json
    assert (listed["as_of"], listed["private"]["items"]) == (CLOSING, 300)
