"""Force majeure cases as they are run: states, steps that nothing can change, reminders, notices by
file in any order, and a preview that is what judging says afterwards."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest
from month_of_mail import AS_OF, CLOCK, PERIOD, Month, judge_month
from small_workspaces import NOTICE, notice_file, small_workspace, take_in_files
from sqlalchemy import delete, insert, select, update
from typer.testing import CliRunner

from datecertain.cli.app import app
from datecertain.errors import NotFound, StoreError, UsageError
from datecertain.moments import parse_utc
from datecertain.operations.case_preview import (
    ABSENT,
    ACCEPTED,
    CONTESTED,
    PostMoney,
    preview_case,
    preview_notices,
)
from datecertain.operations.cases import (
    answer_case,
    case_facts,
    close_case,
    list_cases,
    notify_case,
    open_case,
    show_case,
)
from datecertain.operations.clock import FixedClock
from datecertain.operations.evidence import known_cases
from datecertain.operations.judging import current_verdicts
from datecertain.operations.networks import current_network
from datecertain.operations.settling import settle_month
from datecertain.operations.workspaces import open_workspace
from datecertain.store import Workspace
from datecertain.store.records import case_transitions
from datecertain.tracking.cases import NOTICE_FILE, NOTICE_MORE, Action
from datecertain.verdict.judging import JUDGED

Copy = Callable[[Path], Path]
NOON = parse_utc("2026-11-03T12:00Z")
FLOOD = {
    "case_id": "FLOOD-1", "post": "JP", "from_utc": "2026-11-03T00:00Z", "office": "JPKWSA",
    "text_en": "Flood at the airport", "text_ko": "공항 침수", "reference": "test",
}  # fmt: skip


def at(text: str) -> FixedClock:
    return FixedClock(parse_utc(f"2026-11-{text}Z"))


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Workspace]:
    """A small workspace in which the flood was opened at noon of 3 November."""
    with open_workspace(small_workspace(tmp_path / "w"), write=True) as workspace:
        open_case(workspace, FLOOD, "duty officer", FixedClock(NOON))
        yield workspace


def test_a_case_from_its_opening_to_its_end(opened: Workspace) -> None:
    assert show_case(opened, "FLOOD-1", NOON).state == "notified"
    answer_case(opened, "FLOOD-1", Action.CONTEST, "KR", "not external", "Kim", at("03T15:00"))
    assert show_case(opened, "FLOOD-1", parse_utc("2026-11-03T16:00Z")).state == "contested"
    answer_case(opened, "FLOOD-1", Action.ACCEPT, "KR", "proof seen", "Kim", at("03T18:00"))
    assert show_case(opened, "FLOOD-1", parse_utc("2026-11-03T19:00Z")).state == "accepted"
    case = close_case(opened, "FLOOD-1", "2026-11-04T06:00Z", "duty officer", at("04T08:00"))
    assert (case.state, dict(case.words)) == ("closed", {"KR": "accept"})
    assert [(one.transition, one.by_post, one.actor, one.reason) for one in case.transitions] == [
        ("notice", "JP", "duty officer", "Flood at the airport"),
        ("contest", "KR", "Kim", "not external"), ("accept", "KR", "Kim", "proof seen"),
        ("close", "JP", "duty officer", "Flood at the airport"),
    ]  # fmt: skip
    # The past stays what it was.
    assert show_case(opened, "FLOOD-1", parse_utc("2026-11-03T16:00Z")).state == "contested"


def test_what_was_done_with_a_case_is_never_changed(opened: Workspace) -> None:
    with opened.reading() as view:
        row = dict(view.connection.execute(select(case_transitions)).mappings().one())
    for statement in (
        update(case_transitions).values(actor="Nobody"), delete(case_transitions),
        insert(case_transitions).prefix_with("OR REPLACE").values(row | {"actor": "Nobody"}),
    ):  # fmt: skip
        with pytest.raises(StoreError, match="never changed"), opened.writing() as connection:
            connection.execute(statement)


def test_a_case_that_waits_three_days_for_a_word_is_told_again(opened: Workspace) -> None:
    def overdue(moment: str) -> int:
        return show_case(opened, "FLOOD-1", parse_utc(f"2026-11-{moment}Z")).stale_minutes

    assert (overdue("06T12:00"), overdue("06T12:01")) == (0, 1)
    notify_case(opened, "FLOOD-1", {}, "duty officer", at("07T00:00"))  # it still stands
    assert (overdue("10T00:00"), overdue("10T01:00")) == (0, 60)
    close_case(opened, "FLOOD-1", "2026-11-08T00:00Z", "duty officer", at("10T02:00"))
    assert overdue("20T00:00") == 0


@pytest.mark.parametrize(("published", "late"), [("04T00:00", 0), ("04T01:30", 90)])
def test_a_case_is_to_be_opened_within_24_hours(published: str, late: int, tmp_path: Path) -> None:
    with open_workspace(small_workspace(tmp_path / "w"), write=True) as workspace:
        row = FLOOD | {"published_utc": f"2026-11-{published}Z"}
        case = open_case(workspace, row, "duty officer", at("05T00:00"))
        assert case.late_minutes == late
        (known,) = known_cases(workspace, current_network(workspace), AS_OF)
        assert known.late == bool(late)


def test_a_later_notice_changes_a_scope_or_adds_one(opened: Workspace) -> None:
    notify_case(opened, "FLOOD-1", {"to_utc": "2026-11-05T00:00Z"}, "a", at("03T13:00"))
    case = notify_case(opened, "FLOOD-1", {"area": "JP-TYO", "office": "", "leg": "delivery"},
                       "a", at("03T14:00"))  # fmt: skip
    scopes = [(one.office, one.leg, one.area, one.to_at) for one in case.scopes]
    end = parse_utc("2026-11-05T00:00Z")
    assert scopes == [("JPKWSA", "", "", end), ("JPKWSA", "delivery", "JP-TYO", end)]


REFUSED = {
    "opened twice": lambda w: open_case(w, FLOOD, "a", at("04T00:00")),
    "no actor": lambda w: open_case(w, FLOOD | {"case_id": "X"}, " ", at("04T00:00")),
    "unknown area": lambda w: open_case(
        w, FLOOD | {"case_id": "X", "area": "MOON"}, "a", at("04T00:00")
    ),
    "unknown product": lambda w: open_case(
        w, FLOOD | {"case_id": "X", "product": "EMS PIGEON"}, "a", at("04T00:00")
    ),
    "own case accepted": lambda w: answer_case(
        w, "FLOOD-1", Action.ACCEPT, "JP", "", "a", at("04T00:00")
    ),
    "contested without reason": lambda w: answer_case(
        w, "FLOOD-1", Action.CONTEST, "KR", "", "a", at("04T00:00")
    ),
    "unknown post": lambda w: answer_case(
        w, "FLOOD-1", Action.ACCEPT, "ZZ", "", "a", at("04T00:00")
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_is_refused_and_leaves_nothing(name: str, opened: Workspace) -> None:
    before = list_cases(opened, AS_OF)
    with pytest.raises(UsageError):
        REFUSED[name](opened)
    assert list_cases(opened, AS_OF) == before


def test_the_same_word_twice_and_a_case_that_nobody_notified(opened: Workspace) -> None:
    answer_case(opened, "FLOOD-1", Action.ACCEPT, "KR", "", "a", at("04T00:00"))
    with pytest.raises(UsageError, match="said so before"):
        answer_case(opened, "FLOOD-1", Action.ACCEPT, "KR", "", "a", at("04T01:00"))
    with pytest.raises(NotFound, match="was not notified"):
        show_case(opened, "FLOOD-1", NOON - 1)


# --- notices by file ------------------------------------------------------------------------

LIMITS = {
    "kind": "strike", "area": "KR-SEL", "product": "EMS", "standard": "D+4 D+3",
    "contents": "documents", "value_from_sdr": "10", "value_to_sdr": "20",
    "accepted_from_utc": "2026-10-20T00:00Z", "accepted_to_utc": "2026-10-21T00:00Z",
}  # fmt: skip
BLANK = dict.fromkeys(NOTICE_MORE, "")
FOG = NOTICE | BLANK
STEPS = [
    FOG | {"to_utc": ""},
    FOG | {"published_utc": "2026-10-21T06:00Z", "text_en": "Fog lifts"},
    BLANK | dict.fromkeys(NOTICE_FILE, "") | {
        "case_id": "FOG-1", "post": "KR", "published_utc": "2026-10-22T03:00Z",
        "action": "contest", "by": "JP", "reason": "no fog that night",
    },
    BLANK | dict.fromkeys(NOTICE_FILE, "") | {
        "case_id": "FOG-1", "post": "KR", "published_utc": "2026-10-23T03:00Z",
        "action": "accept", "by": "*",
    },
]  # fmt: skip


def wide_file(*rows: dict[str, str]) -> bytes:
    columns = (*NOTICE_FILE, *NOTICE_MORE)
    lines = [",".join(columns), *(",".join(row[name] for name in columns) for row in rows)]
    return ("\n".join(lines) + "\n").encode()


def test_a_notice_file_may_say_what_the_case_is_limited_to(tmp_path: Path) -> None:
    folder = small_workspace(tmp_path / "w")
    assert take_in_files(folder, tmp_path / "m", {"a.csv": wide_file(FOG | LIMITS)}).notices == 1
    with open_workspace(folder) as workspace:
        (case,) = known_cases(workspace, current_network(workspace), AS_OF)
    assert (case.kind, case.area, case.standard) == ("strike", "KR-SEL", "D+3 D+4")
    assert (case.value_from_usdr, case.value_to_usdr) == (10_000_000, 20_000_000)
    assert case.accepted_to == parse_utc("2026-10-21T00:00Z")


def test_contents_of_a_case_are_kept_as_they_are_compared(tmp_path: Path) -> None:
    folder = small_workspace(tmp_path / "w")
    with open_workspace(folder, write=True) as workspace:
        open_case(workspace, FLOOD | {"contents": " Food DOCUMENTS"}, "a", at("04T00:00"))
        (case,) = known_cases(workspace, current_network(workspace), AS_OF)
    assert case.contents == "documents food"


def test_a_notice_file_of_an_earlier_release_opens_a_case(tmp_path: Path) -> None:
    folder = small_workspace(tmp_path / "w")
    take_in_files(folder, tmp_path / "m", {"a.csv": notice_file(NOTICE)})
    with open_workspace(folder) as workspace:
        case = show_case(workspace, "FOG-1", AS_OF)
    assert (case.state, case.scopes[0].kind) == ("closed", "event")
    assert [(one.transition, one.actor) for one in case.transitions] == [("notice", "file a.csv")]


BAD = {
    "kind": FOG | {"kind": "mood"}, "area": FOG | {"area": "MOON"},
    "product": FOG | {"product": "PIGEON"}, "standard": FOG | {"standard": "soon"},
    "value": FOG | {"value_from_sdr": "-1"},
    "value upside down": FOG | {"value_from_sdr": "2", "value_to_sdr": "1"},
    "action": FOG | {"action": "forget"},
    "closed without its end": FOG | {"action": "close", "to_utc": ""},
    "notified by another": FOG | {"by": "JP"}, "no reason": STEPS[2] | {"reason": ""},
    "accepts its own": STEPS[3] | {"by": "KR"}, "no name": FOG | {"case_id": ""},
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_a_row_that_cannot_be_used_is_set_aside(name: str, tmp_path: Path) -> None:
    folder = small_workspace(tmp_path / "w")
    report = take_in_files(folder, tmp_path / "m", {"a.csv": wide_file(BAD[name], FOG)})
    assert (report.notices, report.quarantined) == (1, 1)
    assert report.findings == {"notice-unreadable": 1}


@pytest.mark.parametrize("seed", range(4))
def test_the_order_in_which_notices_come_in_changes_nothing(seed: int, tmp_path: Path) -> None:
    rows = list(STEPS)
    Random(seed).shuffle(rows)
    folder = small_workspace(tmp_path / "w")
    for number, row in enumerate(rows):
        bag = {f"{number}.csv": wide_file(row)}
        take_in_files(folder, tmp_path / f"m{number}", bag)
    with open_workspace(folder) as workspace:
        found = known_cases(workspace, current_network(workspace), AS_OF)
        contested = show_case(workspace, "FOG-1", parse_utc("2026-10-22T04:00Z"))
    assert [(one.text_en, one.late, one.words) for one in found] == [
        ("Fog lifts", False, (("JP", "contest"), ("*", "accept")))
    ]
    assert contested.words == {"JP": "contest"}


# --- preview ----------------------------------------------------------------------------------

#: Published in time, over all the days on which the month's items are on their way.
SNOW = {
    "case_id": "SNOW-1", "post": "AU", "from_utc": "2026-10-01T00:00Z",
    "to_utc": "2026-11-20T00:00Z", "published_utc": "2026-10-01T01:00Z", "text_en": "Snow",
    "text_ko": "폭설", "reference": "illustrative: no such event is known",
}  # fmt: skip
SNOWS = [SNOW | {"post": post} for post in ("AU", "CN", "JP", "KR")]
NOW = CLOCK.now()


def outcomes(folder: Path) -> dict[str, tuple[object, ...]]:
    """The whole verdict of each item, its outcomes first, without when it was judged."""
    names = [name for name in JUDGED.names if name not in ("outcome", "sender_outcome",
                                                           "judged_as_of")]  # fmt: skip
    with open_workspace(folder) as workspace:
        rows = current_verdicts(workspace, [PERIOD]).to_pylist()
    return {
        row["item_key"]: tuple(row[name] for name in ("outcome", "sender_outcome", *names))
        for row in rows
    }


def money(folder: Path) -> list[tuple[str, int, int]]:
    """What settling says of refunds: post, number, value."""
    with open_workspace(folder, write=True) as workspace:
        refunds = settle_month(workspace, PERIOD, CLOCK).money.refunds
    found: Counter[str] = Counter()
    value: Counter[str] = Counter()
    for one in refunds:
        found[one.origin] += one.items
        value[one.origin] += one.usdr
    return [(post, found[post], value[post]) for post in sorted(found)]


def paid(posts: tuple[PostMoney, ...]) -> list[tuple[str, int, int]]:
    return [(one.post, one.refunds, one.refunds_usdr) for one in posts if one.refunds]


def test_a_preview_is_what_judging_says_afterwards(month: Month, workspace: Copy) -> None:
    folder = workspace(month.ingested)
    judge_month(folder, NOW)
    before, paid_before = outcomes(folder), money(folder)
    with open_workspace(folder, write=True) as opened:
        held = dict(opened.contents)
        facts = case_facts(SNOWS, current_network(opened), NOW)
        told = preview_notices(opened, facts, PERIOD, NOW)
        assert dict(opened.contents) == held, "nothing is written"
        for snow in SNOWS:
            open_case(opened, snow, "duty officer", CLOCK)
    assert outcomes(folder) == before
    judge_month(folder, NOW)
    after = outcomes(folder)
    differing = [key for key in before if before[key] != after[key]]
    assert told.items == len(before)
    assert told.changed == len(differing) > 5
    for side, place in (("between", 0), ("sender", 1)):
        pairs = Counter((before[key][place], after[key][place]) for key in differing)
        assert {(one, other): n for s, one, other, n in told.changes if s == side} == pairs
    assert paid(told.before) == paid_before
    assert paid(told.after) == money(folder)
    for posts in (told.before, told.after):
        assert sum(one.borne_usdr for one in posts) == sum(one.refunds_usdr for one in posts)


def test_contested_previewed_accepted(month: Month, workspace: Copy) -> None:
    folder = workspace(month.ingested)
    judge_month(folder, NOW)
    without = outcomes(folder)
    with open_workspace(folder, write=True) as opened:
        open_case(opened, SNOW, "duty officer", CLOCK)
        contested = preview_case(opened, "SNOW-1", PERIOD, NOW, CONTESTED)
        absent = preview_case(opened, "SNOW-1", PERIOD, NOW, ABSENT)
        assert (contested.changed, contested.after) == (absent.changed, absent.after)
        answer_case(opened, "SNOW-1", Action.CONTEST, "*", "no snow in October", "Kim", CLOCK)
        assert preview_case(opened, "SNOW-1", PERIOD, NOW, CONTESTED).changed == 0
        told = preview_case(opened, "SNOW-1", PERIOD, NOW, ACCEPTED)
    judge_month(folder, NOW)
    assert outcomes(folder) == without
    with open_workspace(folder, write=True) as opened:
        answer_case(opened, "SNOW-1", Action.ACCEPT, "*", "", "Kim", FixedClock(NOW + 1))
    judge_month(folder, NOW + 1)
    after = outcomes(folder)
    assert sum(without[key] != after[key] for key in without) == told.changed > 0


def test_the_commands_say_what_the_operations_do(tmp_path: Path) -> None:
    folder = small_workspace(tmp_path / "w")
    run = CliRunner()

    def said(*words: str) -> str:
        result = run.invoke(app, ["case", *words, "-w", str(folder)])
        assert result.exit_code == 0, result.output
        return result.output

    said("open", "FLOOD-1", "--post", "JP", "--from", "2026-11-03T00:00Z", "--text", "Flood",
         "--kind", "closure", "--value-to", "100", "--published", "2026-11-03T01:00Z",
         "--actor", "duty")  # fmt: skip
    said("contest", "FLOOD-1", "--by", "KR", "--reason", "own pumps", "--actor", "Kim")
    said("close", "FLOOD-1", "--at", "2026-11-04T00:00Z", "--actor", "duty")
    shown = said("show", "FLOOD-1", "--as-of", "2030-01-01T00:00Z")
    assert "Case FLOOD-1 of JP: closed." in shown
    assert "declared value … to 100 SDR, a closure; Flood" in shown
    assert "contested by KR" in said("list", "--as-of", "2030-01-01T00:00Z")
    assert "이의 제기" in said("show", "FLOOD-1", "--as-of", "2030-01-01T00:00Z", "--lang", "ko")
    listed = json.loads(said("list", "--json", "--as-of", "2030-01-01T00:00Z"))
    assert listed["cases"][0]["words"] == {"KR": "contest"}
    preview = json.loads(said("preview", "FLOOD-1", "--period", "2026-11", "--json",
                              "--as-of", "2030-01-01T00:00Z"))  # fmt: skip
    assert (preview["items"], preview["changed"]) == (0, 0)
    assert "No case." in said("list", "--stale", "--as-of", "2030-01-01T00:00Z")
