"""From a file that nobody can read to facts: set aside, drafted, checked, accepted, replayed.

The partners and their files are synthetic; their layouts were made up for these tests.
"""

from __future__ import annotations

import re
from pathlib import Path

import pyarrow as pa
import pytest
from canonical_state import events_of, rows_of
from command_line import say
from month_of_mail import CLOCK
from small_workspaces import small_workspace, take_in_files
from sqlalchemy import delete, update

import datecertain
from datecertain.errors import LayoutError, NotFound, StoreDamaged, StoreError, UsageError
from datecertain.messages import attribute_profiles
from datecertain.messages.inference import read_tolerantly
from datecertain.moments import parse_date
from datecertain.operations.ingesting import IngestReport
from datecertain.operations.layout_profiles import (
    accept,
    profile_file,
    profiles_of,
    read_profile_file,
    retire,
)
from datecertain.operations.profile_drafts import draft_profile, partner_files
from datecertain.operations.replaying import ReplayReport, replay
from datecertain.operations.workspaces import open_workspace
from datecertain.store import records
from datecertain.tracking.canonical import canonical_events
from partner_layouts import HOUSE, ITEMS, PARTNERS, Item, Layout, file
from worlds import small_network

RECEIVED = "2026-10-24"
Written = tuple[Layout, str]


def mail(layout: Written, *references: str) -> dict[str, bytes]:
    """A file for each reference: the same three items, told once more."""
    return {f"{one}.edi": file(layout, ITEMS, reference=one) for one in references}


def take_in(folder: Path, layout: Written, *references: str) -> IngestReport:
    where = folder.parent / f"mail-{folder.name}-{'-'.join(references)}"
    return take_in_files(folder, where, mail(layout, *references))


def write_files(folder: Path, layout: Written, *references: str) -> list[Path]:
    folder.mkdir(exist_ok=True)
    paths = []
    for name, data in mail(layout, *references).items():
        (folder / name).write_bytes(data)
        paths.append(folder / name)
    return paths


def drafted(folder: Path, paths: list[Path]) -> Path:
    """The draft, confirmed: what it does not know is passed over."""
    found = draft_profile(partner_files(paths, parse_date(RECEIVED)), small_network(), "EMSEVT")
    text = found.text.replace('# [[passed_over]]\n# segment = "', '[[passed_over]]\nsegment = "')
    path = folder / f"{found.name}.toml"
    path.write_text(text, encoding="utf-8")
    return path


def accepted(folder: Path, partner: str = "cni") -> Path:
    """A workspace's folder in which a profile drafted from three files is accepted."""
    paths = write_files(folder.parent / "partner", PARTNERS[partner], "1", "2", "3")
    profile = drafted(folder.parent, paths)
    with open_workspace(folder, write=True) as opened:
        check, told = accept(
            opened,
            profile.read_bytes(),
            partner_files(paths, parse_date(RECEIVED)),
            "Kim Minji",
            CLOCK,
        )
    assert check.holds, check.conditions
    assert told is not None
    return profile


def read_again(folder: Path) -> ReplayReport:
    with open_workspace(folder, write=True) as opened:
        return replay(opened, CLOCK)


def facts(folder: Path) -> list[str]:
    """The events of a workspace without what tells one file's form from another's."""
    but = ["batch_id", "profile", "byte_offset", "segment", "source", "prepared_at"]
    table = events_of(folder)
    rows = table.drop_columns([one for one in but if one in table.column_names]).to_pylist()
    return sorted(repr(sorted(row.items(), key=str)) for row in rows)


@pytest.mark.parametrize("partner", PARTNERS)
def test_what_was_set_aside_becomes_what_the_house_layout_would_have_said(
    tmp_path: Path, partner: str
) -> None:
    right = small_workspace(tmp_path / "right")
    take_in(right, HOUSE, "1", "2", "3")
    folder = small_workspace(tmp_path / "late")
    report = take_in(folder, PARTNERS[partner], "1", "2", "3")
    assert (report.events, report.quarantined) == (0, 3)
    assert report.findings == {"layout-unknown": 3}
    assert read_again(folder).waiting == {"layout-unknown": 3}

    accepted(folder, partner)
    done = read_again(folder)
    assert (done.replayed, done.events, done.waiting) == (3, 27, {})
    assert len(facts(folder)) == 27
    assert facts(folder) == facts(right)
    assert take_in(folder, PARTNERS[partner], "4").events == 9


def test_an_inference_makes_no_fact(tmp_path: Path) -> None:
    """Tolerant reading sees nine events. Ingest sees none of them, and what it sees cannot even be
    given to what makes facts."""
    folder = small_workspace(tmp_path / "w")
    data = file(PARTNERS["cni"])
    offices = frozenset(small_network().offices)
    found = read_tolerantly(
        data, "a", attribute_profiles(), offices=offices, received_on=parse_date(RECEIVED)
    )
    assert len(found.events) == 9
    report = take_in(folder, PARTNERS["cni"], "1")
    assert (report.events, report.quarantined) == (0, 1)
    assert len(events_of(folder)) == 0
    for given in (found, found.events, list(found.events)):
        with pytest.raises((TypeError, AttributeError)):
            canonical_events(given, small_network(), CLOCK.now(), frozenset())  # type: ignore[arg-type]
    with pytest.raises((TypeError, KeyError, pa.ArrowInvalid, ValueError, AttributeError)):
        pa.Table.from_pylist(list(found.events))  # no rows of a table either


def test_only_drafting_and_showing_use_an_inference() -> None:
    """No module that makes facts, verdicts or bills imports it, by whatever name."""
    package = Path(datecertain.__file__).parent
    allowed = {"operations/profile_drafts.py", "cli/layout_profiles.py"}
    names = re.compile(r"messages\.inference|read_tolerantly|import .*Inferred|InferredEvent")
    using = {
        str(path.relative_to(package))
        for path in package.rglob("*.py")
        if names.search(path.read_text(encoding="utf-8"))
    }
    assert {one for one in using if not one.startswith("messages/")} == allowed
    in_messages = {one.removeprefix("messages/") for one in using if one.startswith("messages/")}
    assert in_messages == {
        "__init__.py", "inference.py", "inference_layout.py",
        "drafting.py", "draft_text.py",
    }  # fmt: skip


def test_who_accepted_what_on_which_files_is_written_down_for_good(tmp_path: Path) -> None:
    folder = small_workspace(tmp_path / "w")
    profile = accepted(folder)
    (row,) = rows_of(folder, records.profile_events)
    assert (row["name"], row["event"], row["version"]) == ("kr-emsevt", "accepted", 1)
    assert (row["actor"], row["at"], row["owner"]) == ("Kim Minji", CLOCK.now(), "KR")
    assert [one["items"] for one in row["evidence"]["files"]] == [3, 3, 3]
    assert len({one["sha256"] for one in row["evidence"]["files"]}) == 3
    with open_workspace(folder, write=True) as opened:
        assert profile_file(opened, "kr-emsevt", 1).read_bytes() == profile.read_bytes()
        for statement in (
            update(records.profile_events).values(actor="Nobody"), delete(records.profile_events)
        ):  # fmt: skip
            with (
                pytest.raises(StoreError, match="never changed"),
                opened.writing() as connection,
            ):
                connection.execute(statement)


def test_a_retired_profile_reads_no_more_and_what_it_read_stays(tmp_path: Path) -> None:
    folder = small_workspace(tmp_path / "w")
    accepted(folder)
    assert take_in(folder, PARTNERS["cni"], "1").events == 9
    with open_workspace(folder, write=True) as opened:
        retire(opened, "kr-emsevt", "Kim Minji", "new layout", CLOCK)
        assert profiles_of(opened) == attribute_profiles()
        with pytest.raises(NotFound, match="retired already"):
            retire(opened, "kr-emsevt", "Kim Minji", "again", CLOCK)
    assert take_in(folder, PARTNERS["cni"], "2").events == 0
    assert len(events_of(folder)) == 9


def test_a_profile_is_accepted_again_as_a_new_version(tmp_path: Path) -> None:
    folder = small_workspace(tmp_path / "w")
    profile = accepted(folder)
    files = partner_files([tmp_path / "partner"], parse_date(RECEIVED))
    with open_workspace(folder, write=True) as opened:
        with pytest.raises(UsageError, match="in use as it stands"):
            accept(opened, profile.read_bytes(), files, "Kim Minji", CLOCK)
        retire(opened, "kr-emsevt", "Kim Minji", "by mistake", CLOCK)
        _, back = accept(opened, profile.read_bytes(), files, "Kim Minji", CLOCK)
        profile.write_text(profile.read_text("utf-8") + "# asked the partner\n", "utf-8")
        _, newer = accept(opened, profile.read_bytes(), files, "Lee Jun", CLOCK)
        assert back is not None
        assert newer is not None
        assert (back.version, newer.version) == (2, 3)
        assert profile_file(opened, "kr-emsevt", 1).exists()
        assert len(profiles_of(opened).profiles) == len(attribute_profiles().profiles) + 1


def test_an_accepted_profile_that_was_edited_is_not_read_by(tmp_path: Path) -> None:
    folder = small_workspace(tmp_path / "w")
    accepted(folder)
    with open_workspace(folder, write=True) as opened:
        path = profile_file(opened, "kr-emsevt", 1)
        whole = path.read_bytes()
        path.write_bytes(whole + b"# one more thing\n")
        with pytest.raises(StoreDamaged, match="not what was accepted"):
            profiles_of(opened)
        path.unlink()
        with pytest.raises(StoreDamaged, match="is not there"):
            profiles_of(opened)
        path.write_bytes(whole)
        assert profiles_of(opened).named("kr-emsevt").senders == ("J1CKRA",)


def test_a_profile_that_does_not_hold_is_not_accepted(tmp_path: Path) -> None:
    folder = small_workspace(tmp_path / "w")
    paths = write_files(tmp_path / "partner", PARTNERS["cni"], "1", "2")
    profile = drafted(tmp_path, paths)
    with open_workspace(folder, write=True) as opened:
        files = partner_files(paths, parse_date(RECEIVED))
        check, told = accept(opened, profile.read_bytes(), files, "Kim Minji", CLOCK)
        assert told is None
        assert not check.holds
        with pytest.raises(UsageError, match="--by"):
            accept(opened, profile.read_bytes(), files, " ", CLOCK)
        odd = tmp_path / "odd.toml"
        odd.write_text(profile.read_text("utf-8").replace('"kr-emsevt"', '"../kr"'), "utf-8")
        with pytest.raises(UsageError, match="small letters"):
            accept(opened, odd.read_bytes(), files, "Kim Minji", CLOCK)
        assert profiles_of(opened) == attribute_profiles()
    assert rows_of(folder, records.profile_events) == []


def test_several_partners_in_one_folder(tmp_path: Path) -> None:
    paths = write_files(tmp_path / "partner", PARTNERS["cni"], "1")
    other = tmp_path / "partner" / "us.edi"
    other.write_bytes(file(PARTNERS["gid"], sender="J1CUSA", recipient="J1CKRA"))
    files = partner_files([tmp_path / "partner"], parse_date(RECEIVED))
    with pytest.raises(UsageError, match="several partners, choose with --partner: KR, US"):
        draft_profile(files, small_network(), "EMSEVT")
    found = draft_profile(files, small_network(), "EMSEVT", "US")
    assert (found.name, found.draft.layout, found.files) == ("us-emsevt", "EMSEVT:2:8:XP", 1)
    with pytest.raises(UsageError, match="no whole PREDES message"):
        draft_profile(files, small_network(), "PREDES")
    assert len(paths) == 1


def test_by_command_from_draft_to_replay(tmp_path: Path) -> None:
    folder = small_workspace(tmp_path / "w")
    take_in(folder, PARTNERS["cni"], "1", "2", "3")
    files = write_files(tmp_path / "partner", PARTNERS["cni"], "1", "2", "3")
    profile = tmp_path / "kr.toml"
    on = ("--received-on", RECEIVED, "-w", folder)
    shown = say("profile", "draft", *files, "-o", profile, *on)
    assert shown.code == 0, shown.err
    assert "event_time" in shown.out
    told = say("profile", "draft", *files, "--json", *on).json
    assert told["layout_inferred"] is True
    assert told["profile"] == profile.read_text("utf-8")

    counts = tmp_path / "counts.csv"
    counts.write_text("file,items,events\n" + "".join(f"{n}.edi,3,9\n" for n in (1, 2, 3)), "utf-8")
    good = say("profile", "check", profile, *files, "--counts", counts, *on)
    assert (good.code, good.err) == (0, "")
    wrong = say(
        "profile", "check", profile, *files, "--items", "9", "--events", "26", *on, "--json"
    )
    assert wrong.code == 4
    assert [one["name"] for one in wrong.json["conditions"] if not one["holds"]] == ["counts"]
    few = say("profile", "accept", profile, files[0], "--by", "Kim", *on)
    assert few.code == 4
    done = say("profile", "accept", profile, *files, "--by", "Kim Minji", "--lang", "ko", *on)
    assert done.code == 0, done.err
    assert "승인" in done.out

    listed = say("profile", "list", "-w", folder)
    assert (
        "kr-emsevt version 1: EMSEVT:3:1:XP:CNI1 from J1CKRA, accepted by Kim Minji" in listed.out
    )
    shown = say("profile", "show", "kr-emsevt", "-w", folder, "--json")
    assert shown.json["profile"] == profile.read_text("utf-8")
    assert say("inbox", "replay", "--all", "-w", folder, "--json").json["events"] == 27
    gone = say(
        "profile", "retire", "kr-emsevt", "--by", "Kim", "--reason", "new layout", "-w", folder
    )
    assert gone.code == 0
    assert "retired by Kim" in say("profile", "list", "-w", folder).out
    assert say("profile", "show", "fr-emsevt", "-w", folder).code == 1


def test_a_draft_that_lacks_something_says_so(tmp_path: Path) -> None:
    items: list[Item] = [("EE000000005KR", [])]
    path = tmp_path / "a.edi"
    path.write_bytes(file(PARTNERS["cni"], items))
    folder = small_workspace(tmp_path / "w")
    out = tmp_path / "kr.toml"
    shown = say("profile", "draft", path, "-o", out, "-w", folder)
    assert shown.code == 4
    assert "NOT FOUND: code" in shown.out
    assert say("profile", "check", out, path).code == 1  # it is no profile yet
    with pytest.raises(LayoutError):
        read_profile_file(out)
