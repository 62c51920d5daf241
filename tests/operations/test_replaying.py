"""What was set aside is read again after a fix on our side: what is usable now is as if it had been
usable when it came; nothing counts twice, nothing that is stored is changed (synthetic mail)."""

from __future__ import annotations

import shutil
import time
from importlib.resources import files
from pathlib import Path
from random import Random

import pytest
from canonical_state import events_of, rows_of
from command_line import command, say
from month_of_mail import CLOCK
from small_workspaces import (
    ACCEPTED,
    ITEM,
    OTHER_ITEM,
    acceptance_file,
    interchange,
    small_workspace,
    take_in_files,
)
from sqlalchemy import delete, insert, update

from datecertain.errors import NotFound, StoreError
from datecertain.identifiers import ItemNumber
from datecertain.messages import Profiles, bundled_profiles
from datecertain.moments import parse_utc
from datecertain.network import Network
from datecertain.operations.networks import publish_network
from datecertain.operations.quarantine import waiting_parts
from datecertain.operations.replaying import ReplayReport, replay
from datecertain.operations.tables import ITEMS_TABLE
from datecertain.operations.workspaces import open_workspace
from datecertain.store import Workspace, records
from forked_processes import Forked, run_forked
from thorough import often
from worlds import SMALL, small_network, texts, with_tables

OUTWARD = ("EMB", "202610211945", "KRSELB")
LEFT = ("EMC", "202610220930", "KRSELB")
#: The layout that no release knows yet: the house's, under another name.
NEW_LAYOUT = "EMSEVT:9:9:ZZ:NEW"


def without_america(folder: Path) -> Path:
    """A workspace whose network does not know the American operator under its code."""
    Workspace.init(folder)
    posts = SMALL["posts.csv"].replace("US,USA,", "US,USX,")
    with open_workspace(folder, write=True) as opened:
        publish_network(opened, Network.from_texts(texts({"posts.csv": posts}), "wrong"), CLOCK)
    return folder


def put_right(folder: Path) -> Path:
    """Publishes the small world as it should be."""
    with open_workspace(folder, write=True) as opened:
        publish_network(opened, small_network(), CLOCK)
    return folder


def replayed(
    folder: Path, *ids: str, partner: str = "", profiles: Profiles | None = None
) -> ReplayReport:
    with open_workspace(folder, write=True) as opened:
        return replay(opened, CLOCK, ids, partner, profiles)


def new_layout() -> Profiles:
    """The bundled profiles, and one for the new layout."""
    text = (files("datecertain.messages") / "layouts" / "house" / "emsevt.toml").read_text("utf-8")
    text = text.replace('"EMSEVT:3:0:ZZ:DC1"', f'"{NEW_LAYOUT}"')
    return bundled_profiles().with_more([text.replace('"house-emsevt"', '"test-new"')])


def facts(folder: Path, *but: str) -> list[str]:
    """The events of a workspace, each as a line, without what tells one run from another."""
    rows = events_of(folder).drop_columns(["batch_id", *but]).to_pylist()
    return sorted(repr(sorted(row.items(), key=str)) for row in rows)


def waiting(folder: Path) -> list[str]:
    with open_workspace(folder) as opened, opened.reading() as view:
        return [part.reason for part in waiting_parts(view.connection)]


def test_a_recipient_that_the_network_learns(tmp_path: Path) -> None:
    mail = {"a.edi": interchange(OUTWARD, LEFT), "b.edi": interchange(OUTWARD, reference="2")}
    right = small_workspace(tmp_path / "right")
    take_in_files(right, tmp_path / "mail", mail)
    folder = without_america(tmp_path / "late")
    report = take_in_files(folder, tmp_path / "mail", mail)
    assert (report.events, report.quarantined) == (0, 3)
    assert replayed(folder).waiting == {"recipient-unknown": 3}

    stored = rows_of(folder, records.quarantine)
    done = replayed(put_right(folder))
    assert (done.parts, done.replayed, done.events, done.waiting) == (3, 3, 3, {})
    assert facts(folder) == facts(right)
    assert rows_of(folder, records.quarantine) == stored
    assert [row["event"] for row in rows_of(folder, records.quarantine_events)] == ["replayed"] * 3

    assert replayed(folder) == ReplayReport()
    assert facts(folder) == facts(right)


def test_what_came_keeps_its_moment_of_receipt(tmp_path: Path) -> None:
    folder = without_america(tmp_path / "late")
    take_in_files(folder, tmp_path / "mail", {"a.edi": interchange(OUTWARD)})
    replayed(put_right(folder))
    assert events_of(folder)["received_at"].to_pylist() == [CLOCK.now()]


def test_parts_are_chosen_by_id_or_by_partner(tmp_path: Path) -> None:
    folder = without_america(tmp_path / "late")
    mail = {
        "kr.edi": interchange(OUTWARD, LEFT),
        "jp.edi": interchange(("EMB", "202610211945", "JPKWSA"), sender="JPA"),
    }
    take_in_files(folder, tmp_path / "mail", mail)
    put_right(folder)
    assert replayed(folder, partner="JP").events == 1
    with open_workspace(folder) as opened, opened.reading() as view:
        first, second = waiting_parts(view.connection)
    assert first.partner == second.partner == "KR"
    assert replayed(folder, first.id[:10]).events == 1
    assert replayed(folder).events == 1
    with pytest.raises(NotFound, match=first.id[:10]):
        replayed(folder, first.id[:10])


def test_a_layout_that_is_learnt(tmp_path: Path) -> None:
    """Of the message that no layout read, the good item is used, the bad number set aside anew."""
    good = interchange(OUTWARD, LEFT)
    bad_item = b"CNI+2+EE000000013KR'STS+1+EMB'DTM+334:202610211946:203'LOC+14+KRSELB'"
    both = good.replace(b"UNT+11+", bad_item + b"UNT+15+")
    assert both != good, "the message counts its segments"
    mail = {"a.edi": both.replace(b"EMSEVT:3:0:ZZ:DC1", NEW_LAYOUT.encode())}
    right = small_workspace(tmp_path / "right")
    take_in_files(right, tmp_path / "mail", {"a.edi": both})
    folder = small_workspace(tmp_path / "late")
    take_in_files(folder, tmp_path / "mail", mail)
    assert waiting(folder) == ["layout-unknown"]
    assert replayed(folder).waiting == {"layout-unknown": 1}

    done = replayed(folder, profiles=new_layout())
    assert (done.replayed, done.events, done.set_aside) == (1, 2, 1)
    assert facts(folder, "profile", "byte_offset") == facts(right, "profile", "byte_offset")
    assert waiting(folder) == waiting(right) == ["item-check-digit"]
    again = replayed(folder, profiles=new_layout())
    assert (again.replayed, again.waiting) == (0, {"item-check-digit": 1})


def test_what_was_sent_again_whole_counts_once(tmp_path: Path) -> None:
    """The sender told the events again, readable, before the part was replayed."""
    good = interchange(OUTWARD, LEFT)
    folder = small_workspace(tmp_path / "w")
    strange = good.replace(b"EMSEVT:3:0:ZZ:DC1", NEW_LAYOUT.encode())
    take_in_files(folder, tmp_path / "first", {"a.edi": strange})
    take_in_files(folder, tmp_path / "second", {"b.edi": good.replace(b"+1++EMS", b"+1++ems")})
    before = facts(folder)
    done = replayed(folder, profiles=new_layout())
    # The reference is taken by other bytes now: nobody can say which was meant.
    assert (done.replayed, done.waiting) == (0, {"layout-unknown": 1})
    assert facts(folder) == before
    assert len(before) == 2


def test_an_acceptance_record_whose_post_becomes_known(tmp_path: Path) -> None:
    """The row keeps its line; the one that was good is not taken in again."""
    unknown = ACCEPTED | {"item_id": OTHER_ITEM, "destination": "ZZ"}
    right = acceptance_file(ACCEPTED, unknown)
    folder = small_workspace(tmp_path / "w")
    report = take_in_files(folder, tmp_path / "mail", {"a.csv": right})
    assert (report.items, report.quarantined) == (1, 1)
    reason = waiting(folder)
    assert replayed(folder).waiting == dict.fromkeys(reason, 1)
    # The post joins: the American one under a second name, with nothing else of its own.
    rows = {"posts.csv": "ZZ,ZZA,Test,시험,ZZ,USD,America/New_York,[0-9]{5},5,2002-06-01,,test\n"}
    with open_workspace(folder, write=True) as opened:
        publish_network(opened, Network.from_texts(with_tables(rows), "joined"), CLOCK)
    # The network that was in force at the acceptance counts, and it did not know the post.
    assert replayed(folder).waiting == {"post-unknown": 1}
    with open_workspace(folder, write=True) as opened:
        joined = Network.from_texts(with_tables(rows), "joined")
        publish_network(opened, joined, CLOCK, since=parse_utc("2026-10-20T00:00Z"))
    done = replayed(folder)
    assert (done.replayed, done.items) == (1, 1)
    with open_workspace(folder) as opened:
        found = opened.facts(ITEMS_TABLE).arrow(["item_id", "line", "source"]).to_pylist()
    assert sorted((row["item_id"], row["line"]) for row in found) == [(ITEM, 2), (OTHER_ITEM, 3)]
    assert replayed(folder) == ReplayReport()


def test_without_the_file_the_part_waits(tmp_path: Path) -> None:
    strange = interchange(OUTWARD).replace(b"EMSEVT:3:0:ZZ:DC1", NEW_LAYOUT.encode())
    folder = small_workspace(tmp_path / "w")
    take_in_files(folder, tmp_path / "mail", {"a.edi": strange})
    (pack,) = (folder / "archive").rglob("*.pack")
    sealed = pack.read_bytes()
    pack.write_bytes(sealed[:-1] + bytes([sealed[-1] ^ 1]))  # no longer what was sealed
    done = replayed(folder, profiles=new_layout())
    assert (done.replayed, done.not_kept, done.waiting) == (0, 1, {"layout-unknown": 1})
    pack.write_bytes(sealed)
    assert replayed(folder, profiles=new_layout()).events == 1


def test_what_became_of_a_part_is_never_changed(tmp_path: Path) -> None:
    folder = without_america(tmp_path / "w")
    take_in_files(folder, tmp_path / "mail", {"a.edi": interchange(OUTWARD)})
    replayed(put_right(folder))
    table = records.quarantine_events
    row = rows_of(folder, table)[0]
    change = [
        update(table).values(event="dismissed"),
        delete(table),
        insert(table).prefix_with("OR REPLACE").values(**row),
    ]
    for statement in change:
        with (
            open_workspace(folder, write=True) as opened,
            pytest.raises(StoreError, match="never changed or deleted"),
            opened.writing() as connection,
        ):
            connection.execute(statement)
    assert rows_of(folder, table) == [row]


def test_the_commands(tmp_path: Path) -> None:
    folder = without_america(tmp_path / "w")
    take_in_files(folder, tmp_path / "mail", {"a.edi": interchange(OUTWARD)})
    listed = say("inbox", "quarantine", "-w", folder, "--json").json
    assert [(one["partner"], one["reason"], one["item"]) for one in listed["parts"]] == [
        ("KR", "recipient-unknown", ITEM)
    ]
    out = tmp_path / "out"
    assert "1 file(s) written" in say("inbox", "quarantine", "--out", out, "-w", folder).out
    assert [path.name.startswith("KR-recipient-unknown-") for path in out.iterdir()] == [True]
    assert say("inbox", "quarantine", "--partner", "JP", "-w", folder, "--json").json["parts"] == []
    assert say("inbox", "replay", "-w", folder).code == 1
    assert "여전히" in say("inbox", "replay", "--all", "--lang", "ko", "-w", folder).out
    put_right(folder)
    done = say("inbox", "replay", "--all", "--json", "-w", folder).json
    assert done == {
        "parts": 1, "replayed": 1, "events": 1, "transport": 0, "items": 0, "notices": 0,
        "inquiry_rows": 0, "set_aside": 0, "not_kept": 0, "waiting": {}, "findings": {},
    }  # fmt: skip
    assert say("inbox", "replay", "--all", "-w", folder).out.startswith("0 part(s) read again")


@pytest.mark.slow
def test_killed_at_any_moment(tmp_path: Path) -> None:
    """As before the replay or as after it, never between; run again, it ends as undisturbed."""
    chance = Random("replay -9")
    numbers = [ItemNumber.compose("EE", serial, "KR") for serial in range(400)]
    mail = {
        f"{n:03d}.edi": interchange(OUTWARD, LEFT, item=str(number), reference=str(n))
        for n, number in enumerate(numbers)
    }
    made = without_america(tmp_path / "made")
    take_in_files(made, tmp_path / "mail", mail)
    put_right(made)
    takes_s = float("inf")
    for name in ("first", "whole"):  # the first one may have to compile what reads
        whole = Path(shutil.copytree(made, tmp_path / name))
        takes_s = min(takes_s, run_forked(command("inbox", "replay", "--all", "-w", whole)))
    after = facts(whole)
    assert len(after) == 800

    killed = 0
    folder = Path(shutil.copytree(made, tmp_path / "killed"))
    for _ in range(often(20)):
        if killed == often(3):
            break
        process = Forked(command("inbox", "replay", "--all", "-w", folder))
        time.sleep(chance.uniform(0.4, 1.0) * takes_s)
        process.kill()
        process.end()
        killed += process.returncode == -9
        found = facts(folder)
        assert found in ([], after)
        assert len(rows_of(folder, records.quarantine_events)) == len(found)
        if found:
            shutil.rmtree(folder)
            folder = Path(shutil.copytree(made, folder))
    assert killed == often(3)
    run_forked(command("inbox", "replay", "--all", "-w", folder))
    assert facts(folder) == after
    assert OTHER_ITEM in {str(number) for number in numbers}
