"""What excused an item is told with the scans that prove it, none of which decides nothing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from month_of_mail import CLOCK
from small_workspaces import ACCEPTED, ITEM, acceptance_file, interchange, take_in_files

from datecertain.moments import parse_utc
from datecertain.network import Network
from datecertain.operations.explaining import explain_item
from datecertain.operations.networks import publish_network
from datecertain.operations.workspaces import open_workspace
from datecertain.store import Workspace
from datecertain.verdict.explaining import Explanation
from datecertain.verdict.explaining_json import as_json
from datecertain.verdict.outcomes import Outcome
from datecertain.verdict.telling import in_words
from datecertain.web.explanation import explanation_html
from datecertain.wording import LANGUAGES, words
from worlds import SMALL, texts

NOW = parse_utc("2026-12-20T00:00Z")
EXCLUSIONS = """
    scope,origin,destination,exclusion,mode,evidence,valid_from,valid_to,source
    relation,*,*,customs,clips,hold,,,hold row
    relation,*,*,authority_stop,excludes,EXX EDX,,,authority row
    relation,*,*,prohibited_goods,not_guaranteed,"EMH:23,24",,,goods row
    relation,*,*,sender_data,attempt,EMH:5,,,data row
    relation,*,*,addressee_closed,clips,"EMH:18,27",,,closed row
"""
Told = tuple[str, str, str]
HERE: tuple[Told, ...] = (
    ("EMD", "202610221400", "USJFKA"), ("EDC", "202610221700", "USJFKA"),
    ("EMF", "202610221900", "USJFKA"),
)  # fmt: skip
TRIED = "202610231000"
DELIVERED = ("EMI", "202610301000", "US-NYC")


def explained(
    folder: Path, inward: Sequence[Told], outward: Sequence[Told] = (),
    terms: str = SMALL["terms.csv"],
) -> Explanation:  # fmt: skip
    """The item as the posts judge it, by the exclusions above."""
    files = texts({"exclusions.csv": EXCLUSIONS, "terms.csv": terms})
    Workspace.init(folder / "w")
    with open_workspace(folder / "w", write=True) as opened:
        publish_network(opened, Network.from_texts(files, "the small world"), CLOCK)
    mail = {
        "acc.csv": acceptance_file(ACCEPTED),
        "a.edi": interchange(
            *inward, sender="USA", recipient="KRA", reference="2", prepared="202610312330"
        ),
    }
    if outward:
        mail["b.edi"] = interchange(*outward, prepared="202610312330")
    take_in_files(folder / "w", folder / "mail", mail)
    with open_workspace(folder / "w") as opened:
        return explain_item(opened, ITEM, NOW, CLOCK)


@pytest.mark.parametrize(
    ("inward", "outcome", "reason", "row"),
    [
        ([("EMH", TRIED, "US-NYC'STS+2+18"), DELIVERED], Outcome.LATE_EXCUSED,
         "addressee_closed", ("addressee_closed", "clips", "closed row", "EMH")),
        ([("EDX", TRIED, "USJFKA")], Outcome.LATE_EXCUSED,
         "stopped_by_authority", ("authority_stop", "excludes", "authority row", "EDX")),
        ([("EMH", TRIED, "US-NYC'STS+2+23")], Outcome.NOT_GUARANTEED,
         "prohibited_goods", ("prohibited_goods", "not_guaranteed", "goods row", "EMH")),
        ([("EMH", TRIED, "US-NYC'STS+2+5")], Outcome.ON_TIME,
         "", ("sender_data", "attempt", "data row", "EMH")),
    ],
)  # fmt: skip
def test_the_scan_that_proves_an_exclusion_is_evidence(
    inward: list[Told], outcome: Outcome, reason: str, row: tuple[str, ...], tmp_path: Path
) -> None:
    one = explained(tmp_path, [*HERE, *inward])
    assert (one.outcome, one.reason) == (outcome, reason)
    (applied,) = one.exclusions
    (scan,) = applied.scans
    assert (applied.exclusion, applied.mode, applied.source, scan.code) == row
    assert not one.unused
    told = as_json(one)
    assert told["scans_that_decide_nothing"] == []
    assert told["exclusions"][0]["scans"][0]["segment"] == scan.segment
    for language in LANGUAGES:
        said = "\n".join(in_words(one, words(language)))
        assert row[2] in said
        assert f"{scan.code} 2026-10-23 10:00" in said
        assert f"2026-10-23 10:00 {scan.code}" in said
        assert row[2] in explanation_html(one, words(language))


def test_a_stop_after_which_the_item_moved_on_decides_nothing(tmp_path: Path) -> None:
    later = ("EMG", "202610231300", "US-NYC"), DELIVERED
    one = explained(tmp_path, [*HERE, ("EDX", TRIED, "USJFKA"), *later])
    assert one.outcome is Outcome.LATE_LIABLE
    assert one.exclusions == ()
    assert [scan.code for scan in one.unused] == ["EDX"]


def test_an_attempt_that_took_no_days_decides_nothing(tmp_path: Path) -> None:
    """The premises were closed in the morning, and it was delivered in the afternoon."""
    one = explained(
        tmp_path, [*HERE, ("EMH", TRIED, "US-NYC'STS+2+18"), ("EMI", "202610231500", "US-NYC")]
    )
    assert one.outcome is Outcome.ON_TIME
    assert one.exclusions == ()
    assert [scan.code for scan in one.unused] == ["EMH"]


AT_EXPORT: tuple[Told, ...] = (
    ("EMB", "202610211900", "KRSELB"), ("EXB", "202610212000", "KRSELB'STS+2+54"),
    ("EXC", "202610272000", "KRSELB"), ("EMC", "202610272200", "KRSELB"),
)  # fmt: skip
CAME_LATE: tuple[Told, ...] = (
    ("EMD", "202610281400", "USJFKA"), ("EMF", "202610281900", "USJFKA"), DELIVERED,
)  # fmt: skip
AT_BOTH_ENDS = SMALL["terms.csv"].rstrip() + "\n        relation,*,*,customs_ends,both,,,both row\n"


def test_a_hold_at_the_export_end_is_told_as_one_at_the_import_end(tmp_path: Path) -> None:
    one = explained(tmp_path, CAME_LATE, AT_EXPORT, AT_BOTH_ENDS)
    hold = one.export_hold
    assert hold is not None
    assert hold.opened is not None
    assert hold.closed is not None
    assert (hold.opened.code, hold.opened.reason, hold.closed.code) == ("EXB", "54", "EXC")
    assert 0 < hold.days == sum(stair.excused for stair in one.stairs)
    assert one.hold is None
    assert not one.unused
    told = as_json(one)
    assert told["export_customs_hold"] is not None
    assert told["export_customs_hold"]["days_excused"] == hold.days
    assert [row["exclusion"] for row in told["exclusions"]] == ["customs"]
    assert {"customs", "customs_ends", "customs_days", "retention_reasons"} <= {
        term.term for term in one.terms
    }
    assert "clock_stop_closing" not in {term.term for term in one.terms}
    for language in LANGUAGES:
        said = "\n".join(in_words(one, words(language)))
        assert "2026-10-21 20:00 (EXB" in said or "2026-10-21 20:00(EXB" in said
        assert "EXC 2026-10-27 20:00" in said


def test_a_hold_at_an_end_without_a_customs_policy_decides_nothing(tmp_path: Path) -> None:
    one = explained(tmp_path, CAME_LATE, AT_EXPORT)
    assert one.export_hold is None
    assert [scan.code for scan in one.unused] == ["EXB", "EXC"]
    assert "customs_ends" not in {term.term for term in one.terms}


EXCLUDING = AT_BOTH_ENDS.replace("relation,*,*,customs,step", "relation,*,*,customs,exclude")
#: Held for an hour, and days late elsewhere.
HELD_SHORTLY: tuple[Told, ...] = (
    ("EMD", "202610221000", "USJFKA"), ("EME", "202610221100", "USJFKA'STS+2+54"),
    ("EDC", "202610221200", "USJFKA"), ("EMF", "202610221900", "USJFKA"), DELIVERED,
)  # fmt: skip


def test_a_hold_that_excuses_the_whole_item_tells_the_days_of_the_whole(tmp_path: Path) -> None:
    for name, inward, outward in (
        ("import", HELD_SHORTLY, ()), ("export", CAME_LATE, AT_EXPORT),
    ):  # fmt: skip
        (tmp_path / name).mkdir()
        one = explained(tmp_path / name, inward, outward, EXCLUDING)
        assert one.outcome is Outcome.LATE_EXCUSED
        (hold,) = one.holds
        assert hold.whole
        assert hold.days == one.days_excused == one.days_late > 0
        told = as_json(one)[f"{'export_' if outward else ''}customs_hold"]
        assert told is not None
        assert (told["days_excused"], told["excuses_whole_item"]) == (hold.days, True)
        assert f"the whole item is excused: {hold.days} days" in "\n".join(
            in_words(one, words("en"))
        )
        assert f"우편물 전체 면책({hold.days}일)" in "\n".join(in_words(one, words("ko")))


def test_a_hold_that_excuses_a_step_does_not_excuse_the_whole_item(tmp_path: Path) -> None:
    one = explained(tmp_path, HELD_SHORTLY)
    assert one.hold is not None
    assert (one.hold.whole, one.hold.days) == (False, 0)
    assert one.outcome is Outcome.LATE_LIABLE
