"""The inbox per partner: what came, what is missing, and who has fallen silent (synthetic mail)."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import say
from month_of_mail import CLOCK
from small_workspaces import ACCEPTED, acceptance_file, interchange, small_workspace, take_in_files

from datecertain.errors import UsageError
from datecertain.moments import parse_date, parse_utc
from datecertain.operations.agreements import (
    FILE,
    Expectation,
    read_agreements,
    silences,
)
from datecertain.operations.inbox import Partner, inbox_status
from datecertain.operations.workspaces import open_workspace
from worlds import small_network

SCAN = ("EMB", "202610211945", "KRSELB")
NEVER_THERE = ("EMB", "202610211945", "QQSELB")
HEARD = "2026-11-24T06:00Z"  # CLOCK: a Tuesday, 15:00 in Seoul


def partners(folder: Path) -> dict[str, Partner]:
    with open_workspace(folder) as opened:
        return {one.post: one for one in inbox_status(opened, CLOCK.now()).partners}


def test_what_came_from_whom(tmp_path: Path) -> None:
    folder = small_workspace(tmp_path / "w")
    mail = {
        "kr.edi": interchange(SCAN, NEVER_THERE)
        + interchange(SCAN, item="EE000000013KR", reference="3"),
        "jp.edi": interchange(("EMB", "202610211945", "JPKWSA"), sender="JPA", test=True),
        "own.csv": acceptance_file(ACCEPTED | {"destination": "ZZ"}),
    }
    take_in_files(folder, tmp_path / "mail", mail)
    found = partners(folder)
    (gap,) = found["KR"].gaps
    assert (gap.recipient, gap.first_missing, gap.last_missing, gap.missing) == (
        "J1CUSA", "2", "2", 1,
    )  # fmt: skip
    assert list(found) == ["JP", "KR", ""]
    assert found["KR"] == Partner(
        "KR", files=1, interchanges=2, messages=2, events=2, heard_at=CLOCK.now(),
        findings={"item-check-digit": 1, "office-unplaced": 1},
        waiting={"item-check-digit": 1, "office-unplaced": 1}, gaps=[gap],
    )  # fmt: skip
    assert (found["JP"].tests, found["JP"].findings) == (1, {"interchange-test": 1})
    assert found[""].waiting == {"post-unknown": 1}


def test_a_file_of_two_senders_is_told_apart_by_interchange(tmp_path: Path) -> None:
    folder = small_workspace(tmp_path / "w")
    both = interchange(SCAN, ("ZZZ", "202610211945", "KRSELB"), reference="7") + interchange(
        ("EMB", "202610211945", "JPKWSA"), sender="JPA", reference="8"
    )
    take_in_files(folder, tmp_path / "mail", {"both.edi": both})
    found = partners(folder)
    assert "code-unknown" in found["KR"].findings
    assert found["JP"].findings == {}


def expected(
    days: str = "1111111", calendar: str = "", first: str = "2026-10-19", last: str | None = None
) -> Expectation:
    open_ = tuple(day == "1" for day in days)
    until = None if last is None else parse_date(last)
    return Expectation(
        "KR", "EMSEVT", 6, open_, calendar, parse_date(first), until, "edi@example.org"
    )


@pytest.mark.parametrize(
    ("rule", "heard", "as_of", "hours"),
    [
        # Seoul is 9 hours ahead of UTC: 06:00Z on Tuesday the 24th is 15:00 there.
        (expected(), HEARD, "2026-11-24T12:00Z", 6),
        (expected(), HEARD, "2026-11-24T12:30Z", 6.5),
        # Friday 20:00 to Monday 02:00: four hours of Friday, two of Monday.
        (expected("1111100"), "2026-11-20T11:00Z", "2026-11-22T17:00Z", 6),
        # The whole weekend through nothing is added.
        (expected("1111100"), "2026-11-20T11:00Z", "2026-11-22T14:00Z", 4),
        # Thursday 5 November is a holiday of Korea Post: Wednesday 22:00 to Friday 01:00.
        (expected(calendar="KR"), "2026-11-04T13:00Z", "2026-11-05T16:00Z", 3),
        (expected(), "2026-11-04T13:00Z", "2026-11-05T16:00Z", 27),
        # Never heard: since the rule began, at midnight in Seoul.
        (expected(first="2026-11-24"), None, HEARD, 15),
        # Heard before the rule began: only from then on.
        (expected(first="2026-11-24"), "2026-11-01T00:00Z", HEARD, 15),
    ],
)
def test_silence_is_counted_on_agreed_days(
    rule: Expectation, heard: str | None, as_of: str, hours: float
) -> None:
    told = {} if heard is None else {("KR", "EMSEVT"): parse_utc(heard)}
    (found,) = silences([rule], small_network(), told, parse_utc(as_of))
    assert found.minutes == hours * 60
    assert found.alarm == (hours > 6)


@pytest.mark.parametrize("rule", [expected(last="2026-11-23"), expected(first="2026-11-25")])
def test_a_rule_that_is_not_in_force_raises_no_alarm(rule: Expectation) -> None:
    assert silences([rule], small_network(), {}, parse_utc(HEARD)) == []


AGREED = """\
[[expected]]
post = "KR"
message = "EMSEVT"
every_hours = 6
days = "mon-fri"
calendar = "KR"
valid_from = 2026-10-19
contact = "edi@example.org"
"""


def test_the_alarm(tmp_path: Path) -> None:
    folder = small_workspace(tmp_path / "w")
    (folder / FILE).write_text(AGREED)
    take_in_files(folder, tmp_path / "mail", {"a.edi": interchange(SCAN)})
    well = say("inbox", "status", "--as-of", "2026-11-24T12:00Z", "-w", folder)
    assert (well.code, "KR EMSEVT: as agreed" in well.out) == (0, True)
    silent = ("inbox", "status", "--as-of", "2026-11-24T12:01Z", "-w", folder)
    assert say(*silent).code == 4
    assert "ALARM partner-silent: KR sent no EMSEVT for 6 h" in say(*silent).out
    assert "경보 partner-silent" in say(*silent, "--lang", "ko").out
    told = say(*silent, "--json")
    assert (told.code, set(told.json)) == (
        4, {"as_of", "partners", "expectations", "findings"},
    )  # fmt: skip
    assert [one["code"] for one in told.json["findings"]] == ["partner-silent"]
    assert told.json["expectations"][0] == {
        "post": "KR", "message": "EMSEVT", "every_hours": 6, "valid_from": "2026-10-19",
        "valid_to": None, "contact": "edi@example.org", "heard_at": HEARD, "silent_minutes": 361,
        "alarm": True,
    }  # fmt: skip


def test_a_test_interchange_is_no_word_from_the_partner(tmp_path: Path) -> None:
    folder = small_workspace(tmp_path / "w")
    (folder / FILE).write_text(AGREED)
    take_in_files(folder, tmp_path / "mail", {"a.edi": interchange(SCAN, test=True)})
    with open_workspace(folder) as opened:
        (alarm,) = inbox_status(opened, CLOCK.now()).alarms
    assert alarm.heard_at is None


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        ("every_hours = 6", 'every_hours = "6"'),
        ('post = "KR"', 'post = "XX"'),
        ('"mon-fri"', '"workdays"'),
        ('calendar = "KR"', 'calendar = "XX"'),
        ("valid_from = 2026-10-19", 'valid_from = "2026-10-19"'),
        ("valid_from = 2026-10-19", ""),
        ("contact", "contakt"),
        ("[[expected]]", "[[expect]]"),
        ("[[expected]]", "[[expected"),
    ],
)
def test_an_agreement_that_cannot_be_used_is_refused(
    wrong: str, problem: str, tmp_path: Path
) -> None:
    assert AGREED.count(wrong) == 1
    (tmp_path / FILE).write_text(AGREED.replace(wrong, problem))
    with pytest.raises(UsageError, match=FILE):
        read_agreements(tmp_path, small_network())


def test_without_agreements_nobody_is_silent(tmp_path: Path) -> None:
    assert read_agreements(tmp_path, small_network()) == ()
