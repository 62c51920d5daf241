"""Judging again only what new facts touch ends in the verdicts of a month judged whole."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random

import pyarrow as pa
import pytest
from canonical_state import verdicts_of
from mail_bags import Mailbox, pieces, read_bag, write_bag
from month_of_mail import AS_OF, CLOCK, PERIOD, Month
from small_workspaces import (
    ACCEPTED,
    ITEM,
    NOTICE,
    OTHER_ITEM,
    acceptance_file,
    interchange,
    notice_file,
    small_workspace,
    take_in_files,
)

from datecertain.moments import DAY, format_utc, parse_date, parse_utc
from datecertain.operations import judging_units as judging_units_module
from datecertain.operations.fact_keeping import compact_facts
from datecertain.operations.ingesting import ingest
from datecertain.operations.judging import (
    JudgeReport,
    changed_verdicts,
    current_verdicts,
    judge_period,
    judge_periods,
)
from datecertain.operations.judging_log import judgings_of, last_judging
from datecertain.operations.judging_units import cuts_by_spans, judge_unit, judging_units
from datecertain.operations.rejudging import touched_items
from datecertain.operations.verifying import verify_month
from datecertain.operations.workspaces import open_workspace
from datecertain.promise.acceptance import item_key
from datecertain.verdict.judging import JUDGED
from thorough import often

Copy = Callable[[Path], Path]

#: A third item, of another lane than the two of the small workspaces.
ITEM_FROM_JAPAN = "EE000000028JP"


def judge(folder: Path, as_of: str, *, everything: bool = False) -> JudgeReport:
    with open_workspace(folder, write=True) as opened:
        return judge_period(opened, PERIOD, parse_utc(as_of), CLOCK, everything=everything)


def demand_as_if_judged_whole(folder: Path, as_of: int) -> int:
    """Every standing verdict is what judging the whole month now would say; how many there are."""
    count = 0
    with open_workspace(folder) as opened:
        for unit in judging_units(opened, PERIOD):
            whole = judge_unit(opened, PERIOD, unit, as_of)
            standing = current_verdicts(opened, [PERIOD], unit)
            changed, _ = changed_verdicts(whole, standing)
            assert changed.select(["item_id", "outcome", "outcome_reason"]).to_pylist() == []
            assert len(standing) == len(whole)
            count += len(whole)
    return count


def random_notices(chance: Random, number: int) -> bytes:
    """Closures of posts at random times of the month, some published late; and what other posts
    said of some of them."""
    rows = []
    for row in range(chance.randrange(3)):
        begin = AS_OF - chance.randrange(20, 52) * DAY
        end = begin + chance.randrange(1, 6) * DAY
        published = begin + chance.choice([60, 600, 30 * DAY])
        rows.append(
            NOTICE
            | dict.fromkeys(("action", "by", "reason"), "")
            | {
                "case_id": f"CASE-{chance.randrange(3)}",
                "post": chance.choice(["JP", "KR", "US", "CN", "ES"]),
                "office": "",
                "from_utc": format_utc(begin),
                "to_utc": format_utc(end),
                "published_utc": format_utc(published),
                "reference": f"test {number}.{row}",
            }
        )
        if chance.random() < 0.5:
            said = chance.choice(["accept", "contest"])
            spoken = format_utc(begin + chance.randrange(1, 40) * DAY)
            word = {"action": said, "by": "*", "reason": "test", "published_utc": spoken}
            rows.append(rows[-1] | word)
    return notice_file(*rows, more=("action", "by", "reason"))


def accepted_again(bag: Mailbox, chance: Random) -> bytes:
    """Some numbers of the month, accepted once more a few days or weeks later."""
    files = [data for name, data in sorted(bag.items()) if b"accepted_local" in data[:200]]
    head, *rows = chance.choice(files).decode().splitlines()
    column = head.split(",").index("accepted_local")
    again = []
    for row in chance.sample(rows, min(3, len(rows))):
        cells = row.split(",")
        month = chance.choice(["2026-10-3", "2026-11-0", "2026-11-1"])
        cells[column] = f"{month}{chance.choice('01')}T{cells[column][11:]}"
        again.append(",".join(cells))
    return "\n".join([head, *again, ""]).encode()


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1, 1 + often(1)))
def test_new_facts_in_random_portions_are_judged_as_if_the_month_were_judged_whole(
    seed: int, month: Month, workspace: Copy, tmp_path: Path
) -> None:
    chance = Random(f"portions {seed}")
    bag = read_bag(month.mailbox)
    loose = pieces(bag, chance)
    folder = workspace(month.made)
    closings = sorted(AS_OF - chance.randrange(-3, 40) * DAY for _ in range(5))
    first_share = len(loose) // 2
    judged_in_part = 0
    for number, closing in enumerate(closings):
        low = 0 if number == 0 else first_share + (number - 1) * (len(loose) - first_share) // 4
        high = first_share + number * (len(loose) - first_share) // 4
        mail = {f"{n:05d}.{end}": data for n, (end, data) in enumerate(loose[low:high])}
        mail["notices.csv"] = random_notices(chance, number)
        mail["again.csv"] = accepted_again(bag, chance)
        with open_workspace(folder, write=True) as opened:
            ingest(opened, write_bag(tmp_path / f"mail-{number}", mail), CLOCK)
        if chance.random() < 0.5:
            compact_facts(folder, CLOCK)
        done = judge(folder, format_utc(closing))
        assert done.whole == (number == 0)
        judged_in_part += not done.whole and done.judged < done.items
        assert demand_as_if_judged_whole(folder, closing) == done.items > 100
    assert judged_in_part > 0


def test_a_month_judged_in_parts_is_the_month_judged_at_once(
    month: Month, workspace: Copy, tmp_path: Path
) -> None:
    bag = read_bag(month.mailbox)
    names = sorted(bag)
    folder = workspace(month.made)
    for number, portion in enumerate((names[::2], names[1::2])):
        mail = write_bag(tmp_path / str(number), {name: bag[name] for name in portion})
        with open_workspace(folder, write=True) as opened:
            ingest(opened, mail, CLOCK)
        done = judge(folder, format_utc(AS_OF))
        assert done.whole == (number == 0)
    assert verdicts_of(folder) == verdicts_of(month.judged)
    with open_workspace(folder) as opened:
        assert verify_month(opened, PERIOD).whole


def a_small_month(tmp_path: Path) -> Path:
    """Three items accepted on a Wednesday, two of them KR-US, one JP-US; all delivered."""
    folder = small_workspace(tmp_path / "workspace")
    other = ACCEPTED | {"item_id": OTHER_ITEM}
    japan = ACCEPTED | {
        "item_id": ITEM_FROM_JAPAN,
        "origin": "JP",
        "origin_postcode": "100-0001",
        "currency": "JPY",
    }
    bag = {"accepted.csv": acceptance_file(ACCEPTED, other, japan)}
    for number, item in enumerate((ITEM, OTHER_ITEM, ITEM_FROM_JAPAN)):
        told = ("EMI", "202610261400", "USJFKA")
        bag[f"{item}.edi"] = interchange(
            told, item=item, sender="USA", recipient=f"{item[-2:]}A", reference=f"D{number}",
            prepared="202610262330",
        )  # fmt: skip
    assert take_in_files(folder, tmp_path / "mail", bag).clean
    return folder


def touched(folder: Path, as_of: str) -> list[str]:
    with open_workspace(folder) as opened:
        since = last_judging(opened, PERIOD)
        assert since is not None
        return sorted(touched_items(opened, PERIOD, since, parse_utc(as_of))["item_id"].to_pylist())


CLOSING = "2026-11-20T00:00Z"


def test_nothing_new_touches_nothing(tmp_path: Path) -> None:
    folder = a_small_month(tmp_path)
    first = judge(folder, CLOSING)
    assert (first.whole, first.judged, first.new) == (True, 3, 3)
    assert touched(folder, CLOSING) == []
    assert judge(folder, CLOSING).already_done
    later = judge(folder, "2026-11-21T00:00Z")
    assert (later.whole, later.judged, later.items, later.superseding) == (False, 0, 3, 0)


def test_a_late_event_touches_its_item_and_no_other(tmp_path: Path) -> None:
    folder = a_small_month(tmp_path)
    judge(folder, CLOSING)
    late = interchange(("EMC", "202610220900", "KRSELB"), item=OTHER_ITEM, reference="LATE")
    take_in_files(folder, tmp_path / "late", {"late.edi": late})
    assert touched(folder, CLOSING) == [OTHER_ITEM]
    done = judge(folder, CLOSING)
    assert (done.whole, done.judged, done.items, done.new) == (False, 1, 3, 0)


def test_an_event_that_was_later_than_the_closing_touches_its_item_at_the_next(
    tmp_path: Path,
) -> None:
    folder = a_small_month(tmp_path)
    early = judge(folder, "2026-10-26T12:00Z")  # before any delivery was told
    assert early.new == 3
    with open_workspace(folder) as opened:
        assert [one.later_facts for one in judgings_of(opened, PERIOD)] == [True]
    done = judge(folder, CLOSING)
    assert (done.whole, done.judged, done.superseding) == (False, 3, 3)
    with open_workspace(folder) as opened:
        assert [one.later_facts for one in judgings_of(opened, PERIOD)] == [True, False]


def test_a_scan_told_after_the_closing_touches_its_delivered_item_at_the_next(
    tmp_path: Path,
) -> None:
    folder = a_small_month(tmp_path)
    told_late = interchange(
        ("EMC", "202610220900", "KRSELB"), item=OTHER_ITEM, reference="LATE",
        prepared="202611100000",
    )  # fmt: skip
    take_in_files(folder, tmp_path / "late", {"late.edi": told_late})
    judge(folder, "2026-11-05T00:00Z")
    assert touched(folder, "2026-11-09T00:00Z") == []
    assert touched(folder, CLOSING) == [OTHER_ITEM]


def test_a_notice_touches_the_items_of_its_post_on_their_way_at_that_time(tmp_path: Path) -> None:
    folder = a_small_month(tmp_path)
    judge(folder, CLOSING)
    take_in_files(folder, tmp_path / "fog", {"fog.csv": notice_file(NOTICE)})
    assert touched(folder, CLOSING) == [ITEM, OTHER_ITEM]
    judge(folder, CLOSING)
    long_after = NOTICE | {
        "case_id": "FOG-2",
        "from_utc": "2026-11-05T00:00Z",
        "to_utc": "2026-11-06T00:00Z",
        "published_utc": "2026-11-05T01:00Z",
    }
    take_in_files(folder, tmp_path / "fog-2", {"fog.csv": notice_file(long_after)})
    assert touched(folder, CLOSING) == []


def test_a_number_accepted_again_touches_its_earlier_episode(tmp_path: Path) -> None:
    folder = a_small_month(tmp_path)
    judge(folder, CLOSING)
    again = ACCEPTED | {"accepted_local": "2026-11-03T10:00", "date_told": "2026-11-09"}
    take_in_files(folder, tmp_path / "again", {"again.csv": acceptance_file(again)})
    assert touched(folder, CLOSING) == [ITEM]


def test_an_earlier_closing_and_everything_judge_the_month_whole(tmp_path: Path) -> None:
    folder = a_small_month(tmp_path)
    judge(folder, CLOSING)
    assert judge(folder, CLOSING, everything=True).whole
    assert judge(folder, "2026-11-19T00:00Z").whole
    assert demand_as_if_judged_whole(folder, parse_utc("2026-11-19T00:00Z")) == 3


def test_an_open_item_is_judged_again_as_of_another_moment_only(tmp_path: Path) -> None:
    folder = small_workspace(tmp_path / "workspace")
    take_in_files(folder, tmp_path / "mail", {"a.csv": acceptance_file(ACCEPTED)})
    judge(folder, CLOSING)  # nothing was ever told of it
    assert touched(folder, CLOSING) == []
    assert touched(folder, "2026-12-25T00:00Z") == [ITEM]
    told = interchange(("EMC", "202610220900", "KRSELB"), reference="OTHER", item=OTHER_ITEM)
    take_in_files(folder, tmp_path / "other", {"other.edi": told})
    again = judge(folder, CLOSING)
    assert (again.whole, again.judged) == (False, 0)
    assert demand_as_if_judged_whole(folder, parse_utc(CLOSING)) == 1


def test_a_verdict_has_changed_where_any_column_has() -> None:
    plain = {field.name: "x" if pa.types.is_string(field.type) else 1 for field in JUDGED}
    rows = [plain | {"item_key": key} for key in "abcdef"]
    before = [row | {"promised_on": None, "stopped_by": None} for row in reversed(rows[:5])]
    now = [
        rows[5],  # new
        rows[4] | {"promised_on": None, "stopped_by": None},
        rows[3] | {"promised_on": None},  # said now
        rows[2] | {"promised_on": None, "stopped_by": None, "days_late": 2},
        rows[1] | {"promised_on": None, "stopped_by": None, "judged_as_of": 9},
    ]
    found, replacing = changed_verdicts(
        pa.Table.from_pylist(now, schema=JUDGED), pa.Table.from_pylist(before, schema=JUDGED)
    )
    assert found["item_key"].to_pylist() == ["f", "d", "c"]
    assert replacing.to_pylist() == [False, True, True]


def test_ranges_of_numbers_are_cut_by_row_groups_where_these_lie_apart() -> None:
    apart = [(f"A{10 * n:03d}", f"A{10 * n + 9:03d}", 100) for n in range(12)]
    assert cuts_by_spans(apart, 3) == {"A030", "A070"}
    # Two files of the same numbers: a cut lies across one group of each at most.
    twice = apart + [(f"A{10 * n + 5:03d}", f"A{10 * n + 14:03d}", 100) for n in range(12)]
    cuts = cuts_by_spans(twice, 2)
    assert cuts is not None
    (cut,) = cuts
    assert 1000 <= sum(rows for low, _, rows in twice if low < cut) <= 1400
    # Files as they came: every group holds nearly every number.
    assert cuts_by_spans([("A000", "A999", 100)] * 12, 3) is None
    assert cuts_by_spans(None, 3) is None


def test_touched_items_are_named_by_their_keys(tmp_path: Path) -> None:
    folder = a_small_month(tmp_path)
    judge(folder, CLOSING)
    take_in_files(folder, tmp_path / "fog", {"fog.csv": notice_file(NOTICE)})
    with open_workspace(folder) as opened:
        since = last_judging(opened, PERIOD)
        assert since is not None
        rows = touched_items(opened, PERIOD, since, parse_utc(CLOSING))
    keys = {item_key(item, parse_date("2026-10-21")) for item in (ITEM, OTHER_ITEM)}
    assert rows["item_key"].to_pylist() == sorted(keys)


def test_several_months_in_one_pass_are_the_months_judged_one_by_one(
    month: Month, workspace: Copy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one pass by ranges of numbers, a few items each."""
    november = ACCEPTED | {"accepted_local": "2026-11-03T10:00", "date_told": "2026-11-09"}
    again = {"again.csv": acceptance_file(november)}
    periods = ["2026-10", "2026-11"]
    told = []
    for name in ("together", "apart"):
        folder = workspace(month.ingested)
        with open_workspace(folder, write=True) as opened:
            ingest(opened, write_bag(tmp_path / name, again), CLOCK)
            if name == "together":
                monkeypatch.setattr(judging_units_module, "RANGE_ITEMS", 40)
                done = judge_periods(opened, periods, AS_OF, CLOCK)
                assert len({one.batch_id for one in done}) == 1
                assert all(one.already_done for one in judge_periods(opened, periods, AS_OF, CLOCK))
            else:
                monkeypatch.undo()
                done = [judge_period(opened, one, AS_OF, CLOCK) for one in periods]
            rows = current_verdicts(opened, periods).drop_columns(["batch_id"])
        told.append(([(one.period, one.items, one.new) for one in done], rows.to_pylist()))
        # What comes later touches its items alone, in either.
        take_in_files(folder, tmp_path / f"fog-{name}", {"fog.csv": notice_file(NOTICE)})
        with open_workspace(folder, write=True) as opened:
            if name == "together":
                later = judge_periods(opened, periods, AS_OF, CLOCK)
                assert len({one.batch_id for one in later}) == 1
            else:
                later = [judge_period(opened, one, AS_OF, CLOCK) for one in periods]
        assert [one.whole for one in later] == [False, False]
        told[-1] += tuple((one.items, one.judged, one.superseding) for one in later)
    assert told[0] == told[1]
    assert [items for _, items, _ in told[0][0]][1] > 0
