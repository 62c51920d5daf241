"""How items were carried, and the dispatches that carried them (all messages are invented)."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import say
from month_of_mail import CLOCK
from small_workspaces import ACCEPTED, acceptance_file, small_workspace, take_in_files
from small_workspaces import interchange as scans
from test_transport_mail import BAG, CARDIT, FIRST, OTHER, PREDES, RESDIT, SECOND, mail

import transport_cases as cases
from datecertain.moments import parse_utc
from datecertain.operations.dispatches import DispatchList, list_dispatches
from datecertain.operations.judging import judge_period
from datecertain.operations.timelines import Episode, item_timeline
from datecertain.operations.workspaces import open_workspace

AS_OF = parse_utc("2026-11-28T00:00Z")
ACCEPTANCE = acceptance_file(
    ACCEPTED
    | {"item_id": cases.ONE, "accepted_local": "2026-11-19T10:00", "date_told": "2026-11-25"}
)
LEFT = scans(("EMC", "202611200800", "KRSELB"), item=cases.ONE, prepared="202611201200")
CAME = scans(
    ("EMD", "202611210400", "USJFKA"), item=cases.ONE, prepared="202611210600",
    sender="USA", recipient="KRA",
)  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return small_workspace(tmp_path / "w")


def episodes(folder: Path, item: str) -> tuple[Episode, ...]:
    with open_workspace(folder) as opened:
        return item_timeline(opened, item).episodes


def moved(episode: Episode) -> list[tuple[str, str, str | None]]:
    assert episode.carriage is not None
    return [(row["code"], row["place"], row["stands_for"]) for row in episode.carriage.movements]


def test_an_item_without_scans_is_known_by_its_receptacle(folder: Path, tmp_path: Path) -> None:
    take_in_files(folder, tmp_path / "mail", BAG)
    (episode,) = episodes(folder, cases.ONE)
    assert episode.scans == ()
    assert episode.carriage is not None
    assert episode.carriage.carried == {
        "receptacle": FIRST, "dispatch": FIRST[:20], "consignment": "KRSEL260000777",
        "flight_known": "fact", "flights": ["CX417"],
    }  # fmt: skip
    # By moments: handed over at 08:10Z, received at 08:45Z.
    assert moved(episode) == [("24", "ICN", None), ("21", "JFK", None),
                              ("received", "USJFKA", "EMD")]  # fmt: skip
    # The second receptacle left and is missing.
    (other,) = episodes(folder, cases.THREE)
    assert moved(other) == [("24", "ICN", None)]


def test_a_scan_of_its_own_comes_first(folder: Path, tmp_path: Path) -> None:
    take_in_files(folder, tmp_path / "mail", BAG | {"l.edi": LEFT, "d.edi": CAME})
    (episode,) = episodes(folder, cases.ONE)
    assert [scan.code for scan in episode.scans] == ["EMC", "EMD"]
    assert ("received", "USJFKA", "EMD") not in moved(episode)
    (other,) = episodes(folder, cases.TWO)
    assert ("received", "USJFKA", "EMD") in moved(other)


def test_where_nothing_is_agreed_no_verdict_uses_what_is_inherited(
    folder: Path, tmp_path: Path
) -> None:
    """An item judged with and without transport messages: the same verdict."""
    bare = small_workspace(tmp_path / "bare")
    mailbag = {"a.csv": ACCEPTANCE, "l.edi": LEFT}
    take_in_files(folder, tmp_path / "mail", mailbag | BAG)
    take_in_files(bare, tmp_path / "mail-bare", mailbag)
    found = []
    for one in (folder, bare):
        with open_workspace(one, write=True) as opened:
            judge_period(opened, "2026-11", AS_OF, CLOCK)
        (episode,) = episodes(one, cases.ONE)
        assert episode.verdict is not None
        assert (episode.carriage is None) == (one == bare)
        found.append({name: episode.verdict[name] for name in ("outcome", "outcome_reason")})
    assert found[0] == found[1]


def test_the_timeline_in_words(folder: Path, tmp_path: Path) -> None:
    take_in_files(folder, tmp_path / "mail", BAG | {"l.edi": LEFT})
    lines = say("item", cases.ONE, "-w", folder).out.splitlines()
    assert (
        f"  Carried in receptacle {FIRST} of dispatch {FIRST[:20]}; consignment KRSEL260000777; "
        "flights CX417, as a carrier told."
    ) in lines
    shown = [line.split("  ")[1:3] for line in lines if line.startswith("  2026-")]
    assert shown == [
        ["2026-11-20 08:00", "EMC"], ["2026-11-20 09:21", "RESDIT 24"],
        ["2026-11-21 03:10", "RESDIT 21"], ["2026-11-21 03:45", "RESDES"],
    ]  # fmt: skip
    assert sum("[inherited]" in line for line in lines) == 3
    assert any(
        "in place of EMD where the posts agreed a point of handover" in line for line in lines
    )
    assert "[승계]" in say("item", cases.ONE, "--lang", "ko", "-w", folder).out
    told = say("item", cases.ONE, "--json", "-w", folder).json["episodes"][0]
    assert told["carried"]["flights"] == ["CX417"]
    assert [(row["at"], row["inherited"], row["stands_for"]) for row in told["inherited"]][-1] == (
        "2026-11-21T08:45Z", True, "EMD",
    )  # fmt: skip


def test_a_number_used_again_travels_again(folder: Path, tmp_path: Path) -> None:
    """A year before, the same number lay in another receptacle: each with its own acceptance."""
    before = cases.PREDES.replace("EN60017", "EN50099").replace("DTM+137:2026", "DTM+137:2025")
    data = mail("PREDES", before, reference="P9").replace(b"+261120:0240", b"+251120:0240")
    bag = BAG | {"z.edi": data, "l.edi": LEFT, "a.csv": ACCEPTANCE}
    take_in_files(folder, tmp_path / "mail", bag)
    old, new = episodes(folder, cases.ONE)
    assert (old.record, new.record is None) == (None, False)
    assert old.carriage is not None
    assert new.carriage is not None
    assert old.carriage.carried["receptacle"] == FIRST.replace("EN60017", "EN50099")
    assert new.carriage.carried["receptacle"] == FIRST


def listed(folder: Path, *, pair: str = "", period: str = "", days: int = 7) -> DispatchList:
    with open_workspace(folder) as opened:
        return list_dispatches(opened, AS_OF, pair, period, days)


def test_what_came_of_a_dispatch(folder: Path, tmp_path: Path) -> None:
    take_in_files(folder, tmp_path / "mail", BAG)
    first, other = listed(folder).dispatches
    told = first.told
    assert (first.origin, first.destination, told.number) == ("KR", "US", FIRST[:20])
    assert (told.advised, told.consigned) == ({FIRST, SECOND}, {FIRST, SECOND})
    assert (told.received, told.missing, told.excess) == ({FIRST}, {SECOND}, set())
    assert (told.items, told.answered, told.unanswered) == (3, True, set())
    assert told.last_status is not None
    assert (told.last_status.code, told.last_status.place) == ("21", "JFK")
    # The one that nobody had told of is of another dispatch.
    assert (other.told.number, other.told.excess, other.told.advised) == (
        OTHER[:20],
        {OTHER},
        set(),
    )
    assert listed(folder).overdue == ()
    assert [one.told.number for one in listed(folder).unadvised] == [OTHER[:20]]


def test_what_was_missing_and_came_later_is_received(folder: Path, tmp_path: Path) -> None:
    late = cases.RESDES.replace("STS+7+MIS'", "STS+7+RCV'DTM+50:202611210900:203'")
    again = mail("RESDES", late, sender="J1CUSA", recipient="J1CKRA", reference="R2")
    take_in_files(folder, tmp_path / "mail", BAG | {"z.edi": again})
    told = listed(folder).dispatches[0].told
    assert (told.received, told.missing) == ({FIRST, SECOND}, set())


def test_a_dispatch_that_was_never_received(folder: Path, tmp_path: Path) -> None:
    """Advised on the 19th, 17:10 UTC; eight days and some hours before the list is made."""
    take_in_files(folder, tmp_path / "mail", {"p.edi": PREDES})
    (one,) = listed(folder, days=8).overdue
    assert one.told.unanswered == {FIRST, SECOND}
    assert listed(folder, days=9).overdue == ()


def test_receptacles_without_a_dispatch(folder: Path, tmp_path: Path) -> None:
    """Handed to a carrier, and no PREDES names them; the carrier's word about the whole consignment
    counts for each."""
    whole = cases.UPLIFTED.replace(f"GID+1+2:BG'PCI++{cases.FIRST}:{cases.SECOND}'", "")
    status = mail("RESDIT", whole, sender="CXCARGO", recipient="J1CKRA", reference="S2")
    take_in_files(folder, tmp_path / "mail", {"c.edi": CARDIT, "s.edi": status})
    (one,) = listed(folder).unadvised
    assert one.told.unadvised == {FIRST, SECOND}
    assert one.told.last_status is not None
    assert (one.told.last_status.code, one.told.last_status.receptacle) == ("24", None)


def test_pairs_and_months(folder: Path, tmp_path: Path) -> None:
    take_in_files(folder, tmp_path / "mail", BAG | {"s.edi": RESDIT})
    assert len(listed(folder, pair="KR-US", period="2026-11").dispatches) == 2
    assert listed(folder, pair="US-KR").dispatches == ()
    assert listed(folder, period="2026-12").dispatches == ()
    assert listed(folder, period="2026-10").dispatches == ()


def test_the_command(folder: Path, tmp_path: Path) -> None:
    take_in_files(folder, tmp_path / "mail", BAG)
    ask = ("dispatches", "--as-of", "2026-11-28T00:00Z", "-w", folder)
    told = say(*ask)
    assert (told.code, told.err) == (0, "")
    assert "21 JFK" in told.out
    assert "no PREDES names" in told.out
    assert f"  KR-US {OTHER[:20]}, advised –: receptacles 001" in told.out
    data = say(*ask, "--pair", "kr-us", "--period", "2026-11", "--json").json
    assert (data["without_resdes"], data["without_predes"]) == ([], [OTHER[:20]])
    assert data["dispatches"][0]["missing"] == [SECOND]
    assert data["dispatches"][0]["advised_at"] == "2026-11-19T17:10Z"
    assert data["dispatches"][0]["last_status"]["at"] == "2026-11-21T08:10Z"
    assert "발송편" in say(*ask, "--lang", "ko").out
    assert say(*ask, "--pair", "KRUS").code == 1
    assert say(*ask, "--pair", "KR-XX").code == 1
