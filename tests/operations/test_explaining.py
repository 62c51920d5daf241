"""One item explained: as it was judged in bulk, with its evidence, wherever its month lies."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from command_line import say
from month_of_mail import AS_OF, CLOCK, PERIOD, Month
from small_workspaces import (
    ACCEPTED,
    ITEM,
    NOTICE,
    acceptance_file,
    interchange,
    notice_file,
    small_workspace,
    take_in_files,
)

from datecertain.errors import NotFound
from datecertain.moments import format_date, parse_date, parse_utc
from datecertain.operations.explaining import explain_item
from datecertain.operations.judging import current_verdicts
from datecertain.operations.workspaces import open_workspace
from datecertain.tracking.canonical import buckets
from datecertain.verdict.explaining import Explanation
from datecertain.verdict.explaining_json import as_json
from datecertain.verdict.outcomes import Outcome
from datecertain.verdict.telling import in_words, sentences
from datecertain.web.explanation import explanation_html, staircase_svg
from datecertain.web.staircase import SMALL, WIDTH, apart, picture
from datecertain.wording import LANGUAGES, words

Copy = Callable[[Path], Path]
LATER = ACCEPTED | {"accepted_local": "2026-11-24T10:00", "date_told": "2026-12-01"}
NOW = parse_utc("2026-12-20T00:00Z")


def verdicts_of(folder: Path) -> pa.Table:
    with open_workspace(folder) as opened:
        return current_verdicts(opened, [PERIOD])


@pytest.fixture(scope="module")
def told(month: Month) -> dict[str, Explanation]:
    """Every item of the month, explained."""
    numbers = sorted(set(verdicts_of(month.judged)["item_id"].to_pylist()))
    with open_workspace(month.judged) as opened:
        return {number: explain_item(opened, number, None, CLOCK) for number in numbers}


def test_every_item_is_explained_as_it_was_judged(
    month: Month, told: dict[str, Explanation]
) -> None:
    """The month's verdicts come from the engine, each explanation from the same rules on a table in
    memory: they must say the same of every item."""
    judged: list[dict[str, Any]] = verdicts_of(month.judged).to_pylist()
    assert len(judged) == len(told)
    for row in judged:
        one = told[row["item_id"]]
        shares = {f"share_{share.leg.name.lower()}": share.ppm for share in one.shares}
        assert (
            str(one.outcome), one.reason, one.promised_on, one.stopped_on, one.days_late,
            one.days_excused, one.days_liable, str(one.sender_outcome), one.basis.as_of,
        ) == (
            row["outcome"], row["outcome_reason"], row["promised_on"], row["stopped_on"],
            row["days_late"], row["days_excused"], row["days_liable"], row["sender_outcome"], AS_OF,
        )  # fmt: skip
        assert shares == {k: v for k, v in row.items() if k.startswith("share_") and v}


def test_the_steps_add_up_and_each_scan_has_its_message(told: dict[str, Explanation]) -> None:
    for one in told.values():
        if one.stopped_on is not None and one.promised_on is not None:
            assert one.margin + sum(stair.days for stair in one.stairs) == one.days_late
        for stair in one.stairs[1:]:
            assert stair.proof is not None
            assert stair.proof.code == stair.code
            local = f"{format_date(stair.proof.event_date)}T"
            assert stair.at.startswith(local)
        assert len(one.unused) < len(one.basis.scans)


def test_only_the_rows_of_the_item_are_read(month: Month, workspace: Copy) -> None:
    """All files of other buckets may be gone: whatever else lies in the workspace costs nothing."""
    number = verdicts_of(month.judged)["item_id"][0].as_py()
    folder = workspace(month.judged)
    mine = buckets(verdicts_of(folder)["item_id"][:1])[0].as_py()
    for table in ("events", "items", "verdicts"):
        for file in (folder / "facts" / table).glob("month=*/bucket=*/*.parquet"):
            if file.parent.name != f"bucket={mine}":
                file.unlink()
    with open_workspace(folder) as opened, open_workspace(month.judged) as whole:
        assert explain_item(opened, number, None, CLOCK) == explain_item(whole, number, None, CLOCK)


@pytest.mark.parametrize("language", LANGUAGES)
def test_pictures_can_be_read_on_a_phone(language: str, told: dict[str, Explanation]) -> None:
    """No two texts meet, none leaves the picture, none is smaller than it may be."""
    for one in told.values():
        drawn = picture(one, words(language))
        for first, second in combinations(drawn.labels, 2):
            assert apart(first.box, second.box), (one.item_id, first.text, second.text)
        for label in drawn.labels:
            left, top, right, bottom = label.box
            assert 0 <= left <= right <= WIDTH, (one.item_id, label)
            assert 0 <= top <= bottom <= drawn.height, (one.item_id, label)
            assert label.size >= SMALL - 1.5, (one.item_id, label)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_outcome_is_told_in_three_sentences(
    language: str, told: dict[str, Explanation]
) -> None:
    met = {one.outcome: one for one in told.values()}
    assert set(met) >= {Outcome.ON_TIME, Outcome.LATE_LIABLE, Outcome.LATE_EXCUSED}
    for one in met.values():
        speak = words(language)
        first, second, third = sentences(one, speak)
        assert one.item_id in first
        assert in_words(one, speak)[:4] == [first, second, third, ""]
        if one.promised_on is not None:
            assert speak.date(one.promised_on) in first
        assert all(share.post in third for share in one.shares)


def test_the_page_and_the_picture_ask_for_nothing(told: dict[str, Explanation]) -> None:
    one = next(one for one in told.values() if one.outcome is Outcome.LATE_LIABLE)
    for language in LANGUAGES:
        page = explanation_html(one, words(language))
        assert f'<html lang="{language}">' in page
        assert page.count("http") == page.count("http://www.w3.org/2000/svg") + page.count(
            "http-equiv"
        )
        ET.fromstring(staircase_svg(one, words(language)))


# --- a number used again, and declared cases --------------------------------------------------


@pytest.fixture
def again(tmp_path: Path) -> Path:
    """A number accepted in October and again in November, each with scans; fog in October."""
    folder = small_workspace(tmp_path / "w")
    second = ("EMB", "202611241945", "KRSELB")
    mail = {
        "acc.csv": acceptance_file(ACCEPTED, LATER),
        "fog.csv": notice_file(NOTICE | {"to_utc": "2026-10-29T00:00Z"}),
        "a.edi": interchange(
            ("EMB", "202610211945", "KRSELB"), ("EMC", "202610281000", "KRSELB"),
            prepared="202610282330",
        ),
        "b.edi": interchange(second, reference="2", prepared="202611242330"),
        "c.edi": interchange(
            ("EMD", "202610291400", "USJFKA"), ("EMI", "202611021000", "USJFKA"), sender="USA",
            recipient="KRA", reference="3", prepared="202611032330",
        ),
    }  # fmt: skip
    take_in_files(folder, tmp_path / "mail", mail)
    return folder


def test_each_acceptance_of_a_number_used_again(again: Path) -> None:
    october, november = parse_date("2026-10-21"), parse_date("2026-11-24")
    with open_workspace(again) as opened:
        latest = explain_item(opened, ITEM, NOW, CLOCK)
        earlier = explain_item(opened, ITEM, NOW, CLOCK, accepted_on=october)
        assert latest == explain_item(opened, ITEM, NOW, CLOCK, accepted_on=november)
        with pytest.raises(NotFound, match="acceptances here: 2026-10-21, 2026-11-24"):
            explain_item(opened, ITEM, NOW, CLOCK, accepted_on=october + 1)
    assert [scan.code for scan in latest.basis.scans] == ["EMB"]
    assert [scan.code for scan in earlier.basis.scans] == ["EMB", "EMC", "EMD", "EMI"]
    assert latest.basis.other_acceptances == (october,)
    assert any("--accepted 2026-10-21" in line for line in in_words(latest, words("en")))
    assert as_json(earlier)["other_acceptances"] == ["2026-11-24"]


def test_a_case_is_told_with_what_it_takes(again: Path) -> None:
    with open_workspace(again) as opened:
        one = explain_item(opened, ITEM, NOW, CLOCK, accepted_on=parse_date("2026-10-21"))
    (excuse,) = one.cases
    assert (excuse.case.case_id, excuse.days) == ("FOG-1", sum(s.excused for s in one.stairs))
    assert excuse.days > 0
    told = as_json(one)
    assert told["cases"][0]["days_excused"] == excuse.days
    assert told["cases"][0]["published_at"] == "2026-10-21T01:00Z"
    assert [term["term"] for term in told["terms"]] == [
        "tolerance_days", "sharing", "case_notice_hours", "case_late_notice", "case_kinds",
        "case_kinds_after_acceptance", "case_counts_when",
    ]  # fmt: skip
    assert "FOG-1" in "\n".join(in_words(one, words("en")))
    assert "안개" in "\n".join(in_words(one, words("ko")))


def test_a_hold_is_told_from_the_reason_that_counts(tmp_path: Path) -> None:
    """Waiting to be shown to customs (58) stops no clock; prohibited contents (19) does."""
    folder = small_workspace(tmp_path / "w")
    mail = {
        "acc.csv": acceptance_file(ACCEPTED),
        "a.edi": interchange(
            ("EMD", "202610221400", "USJFKA"), ("EME", "202610221600", "USJFKA'STS+2+58"),
            ("EME", "202610241600", "USJFKA'STS+2+19"), ("EDC", "202610271600", "USJFKA"),
            ("EMI", "202610291000", "USJFKA"), sender="USA", recipient="KRA",
            prepared="202610302330",
        ),
    }  # fmt: skip
    take_in_files(folder, tmp_path / "mail", mail)
    with open_workspace(folder) as opened:
        one = explain_item(opened, ITEM, NOW, CLOCK)
    assert one.hold is not None
    assert one.hold.opened is not None
    assert (one.hold.valid, one.hold.opened.reason) == (True, "19")
    whole = sum(stair.days for stair in one.stairs if stair.code == "EDC")
    assert 0 < one.hold.days < whole


def test_each_hold_is_told_with_its_own_reason_and_closing(tmp_path: Path) -> None:
    """Given back on the 23rd and kept again: the second hold is one of its own, and the third, for
    no reason that counts, an ineffective stop."""
    folder = small_workspace(tmp_path / "w")
    mail = {
        "acc.csv": acceptance_file(ACCEPTED),
        "a.edi": interchange(
            ("EMD", "202610221400", "USJFKA"), ("EME", "202610221630", "USJFKA'STS+2+19"),
            ("EDC", "202610231600", "USJFKA"), ("EME", "202610231700", "USJFKA'STS+2+54"),
            ("EDC", "202610271600", "USJFKA"), ("EME", "202610271700", "USJFKA'STS+2+58"),
            ("EDC", "202610281600", "USJFKA"), ("EMI", "202610301000", "USJFKA"), sender="USA",
            recipient="KRA", prepared="202610312330",
        ),
    }  # fmt: skip
    take_in_files(folder, tmp_path / "mail", mail)
    with open_workspace(folder) as opened:
        one = explain_item(opened, ITEM, NOW, CLOCK)
    assert [(hold.valid, hold.opened and hold.opened.reason) for hold in one.holds] == [
        (True, "19"), (True, "54"), (False, "58"),
    ]  # fmt: skip
    assert one.void_hold
    assert [hold.closed and format_date(hold.closed.event_date) for hold in one.holds[:2]] == [
        "2026-10-23", "2026-10-27",
    ]  # fmt: skip
    assert sum(hold.days for hold in one.holds) == sum(stair.excused for stair in one.stairs)
    assert one.later_holds[0].days > 0
    told = as_json(one)["later_customs_holds"]
    assert [hold["valid"] for hold in told] == [True, False]
    for language in LANGUAGES:
        lines = "\n".join(in_words(one, words(language)))
        assert all(moment in lines for moment in ("10-22 16:30", "10-23 17:00", "10-27 17:00"))
        assert "EDC 2026-10-27 16:00" in lines


def test_what_the_evidence_names_is_in_the_message(again: Path) -> None:
    told = say("explain", ITEM, "--accepted", "2026-10-21", "--as-of", "2026-12-20T00:00Z",
               "-w", again, "--json").json  # fmt: skip
    by_checkpoint = {stair["checkpoint"]: stair for stair in told["staircase"]}
    left = by_checkpoint["outward_out"]["evidence"]
    assert (left["source"], left["interchange"], left["message"]) == ("a.edi", "1", 1)
    text = (again.parent / "mail" / "a.edi").read_bytes()
    assert text[left["byte_offset"] :].startswith(b"STS+1+EMC'")
    assert left["segment"] < text.count(b"'")
    assert by_checkpoint["accepted"]["evidence"] is None
    assert told["accepted"]["source"] == "acc.csv"


def test_what_came_after_the_closing_is_no_evidence(again: Path) -> None:
    with open_workspace(again) as opened:
        one = explain_item(
            opened,
            ITEM,
            parse_utc("2026-10-30T00:00Z"),
            CLOCK,
            accepted_on=parse_date("2026-10-21"),
        )
    assert [scan.code for scan in one.basis.scans] == ["EMB", "EMC"]
    assert one.outcome is Outcome.PENDING


def test_files_are_written_beside_the_words(again: Path, tmp_path: Path) -> None:
    page, drawn = tmp_path / "one.html", tmp_path / "one.svg"
    ended = say("explain", ITEM, "-w", again, "--lang", "ko", "--html", page, "--svg", drawn)
    assert ended.code == 0
    assert drawn.read_text(encoding="utf-8").startswith("<?xml")
    assert "<svg" in page.read_text(encoding="utf-8")
