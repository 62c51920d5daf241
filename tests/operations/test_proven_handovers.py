"""An item is scanned in New York three days after its bag was received there: whose days are they?
(All messages are invented.)"""

from __future__ import annotations

from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from mail_bags import Mailbox
from month_of_mail import CLOCK
from small_workspaces import ACCEPTED, acceptance_file, take_in_files
from small_workspaces import interchange as scans
from test_transport_mail import BAG

import transport_cases as cases
from datecertain.identifiers import compose_many
from datecertain.moments import format_utc, parse_utc
from datecertain.network import HandoverPoint, Network
from datecertain.operations.evidence import current_items, own_scans, to_judge
from datecertain.operations.explaining import explain_item
from datecertain.operations.judging import current_verdicts, judge_period
from datecertain.operations.judging_units import judge_unit, judging_units
from datecertain.operations.movements import handover_of, movement_rows, way_scans
from datecertain.operations.networks import publish_network
from datecertain.operations.timelines import item_timeline
from datecertain.operations.workspaces import open_workspace
from datecertain.store import Workspace
from datecertain.verdict.explaining import Explanation
from datecertain.verdict.explaining_json import as_json
from datecertain.verdict.handover import Movement
from datecertain.verdict.journey_facts import journey_facts, transit_stays
from datecertain.verdict.telling import in_words
from datecertain.wording import words
from thorough import TIMES
from worlds import texts

AS_OF = parse_utc("2026-12-05T00:00Z")


def left(item: str, reference: str = "1") -> bytes:
    return scans(
        ("EMB", "202611192100", "KRSELB"), ("EMC", "202611192300", "KRSELB"), item=item,
        prepared="202611201200", reference=reference,
    )  # fmt: skip


def came_late(item: str, reference: str = "2") -> bytes:
    return scans(
        ("EMD", "202611240400", "USJFKA"), ("EMF", "202611241300", "USJFKA"),
        ("EMI", "202611251000", "US-NYC"), item=item, prepared="202611251200", sender="USA",
        recipient="KRA", reference=reference,
    )  # fmt: skip


ACCEPTANCE_ROW = ACCEPTED | {
    "item_id": cases.ONE, "accepted_local": "2026-11-19T10:00", "date_told": "2026-11-21",
}  # fmt: skip
ACCEPTANCE = acceptance_file(ACCEPTANCE_ROW)
MAIL: Mailbox = {"a.csv": ACCEPTANCE, "l.edi": left(cases.ONE), "d.edi": came_late(cases.ONE)}
CARRIAGE = """
    origin,destination,transport,transit,handover,valid_from,valid_to,source
    *,*,origin,origin,{point},,,test
"""


def workspace(folder: Path, point: str = "received") -> Path:
    """A new workspace over the small world with an agreed point of handover (empty: none)."""
    changes = {"carriage.csv": CARRIAGE.format(point=point)} if point else {}
    Workspace.init(folder)
    with open_workspace(folder, write=True) as opened:
        publish_network(opened, Network.from_texts(texts(changes), "the small world"), CLOCK)
    return folder


def verdict(folder: Path) -> dict[str, Any]:
    with open_workspace(folder, write=True) as opened:
        judge_period(opened, "2026-11", AS_OF, CLOCK)
    with open_workspace(folder) as opened:
        (episode,) = item_timeline(opened, cases.ONE).episodes
    assert episode.verdict is not None
    told: dict[str, Any] = episode.verdict
    return {name: value for name, value in told.items() if name not in ("network_version",)}


def shares(told: dict[str, Any]) -> dict[str, int]:
    return {name[6:]: value for name, value in told.items()
            if name.startswith("share_") and value}  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return workspace(tmp_path / "w")


def test_the_late_arrival_scan_moves_no_blame(folder: Path, tmp_path: Path) -> None:
    take_in_files(folder, tmp_path / "mail", MAIL | BAG)
    told = verdict(folder)
    assert told["outcome"] == "late_liable"
    bare = workspace(tmp_path / "bare")
    take_in_files(bare, tmp_path / "bare-mail", MAIL)
    scanned = verdict(bare)
    assert told["days_late"] == scanned["days_late"]
    # By the scan alone the bag seems to have been under way until Tuesday: Korea's carriage.
    assert shares(scanned) == {"transport": 1_000_000}
    origin = sum(shares(told).get(leg, 0) for leg in ("export", "transport"))
    assert origin < 1_000_000
    assert shares(told)["import"] > 0


def test_where_nothing_is_agreed_receptacles_change_no_verdict(tmp_path: Path) -> None:
    found = []
    for name, bag in (("with", MAIL | BAG), ("without", MAIL)):
        one = workspace(tmp_path / name, point="")
        take_in_files(one, tmp_path / f"{name}-mail", bag)
        found.append({key: value for key, value in verdict(one).items() if key != "batch_id"})
    assert found[0] == found[1]


def test_the_evidence_of_a_handover(folder: Path, tmp_path: Path) -> None:
    take_in_files(folder, tmp_path / "mail", MAIL | BAG)
    with open_workspace(folder) as opened:
        items = current_items(opened, None, cases.ONE)
        rows = movement_rows(opened, items, AS_OF)
        told = sorted((row["source"], row["code"], row["place"]) for row in rows.to_pylist())
        assert told == [
            ("RESDES", "received", "USJFKA"), ("RESDIT", "21", "JFK"), ("RESDIT", "24", "ICN"),
        ]  # fmt: skip
        network = Network.from_texts(texts({"carriage.csv": CARRIAGE.format(point="received")}))
        at = parse_utc("2026-11-21T00:00Z")
        assert {row["code"] for row in movement_rows(opened, items, at).to_pylist()} == {"24"}
        asked = to_judge(network, items)
        events = [opened.facts("events").arrow]
        scanned = own_scans(opened, network, items, asked, events, AS_OF)
        found = handover_of(opened, network, items, asked, scanned, AS_OF)
        assert found is not None
        handed, movements, evidence = found
        assert format_utc(int(handed.at[0])) == "2026-11-21T08:45Z"
        assert handed.proof[0] == HandoverPoint.RECEIVED == Movement.RECEIVED
        assert evidence["message"][int(handed.row[0])].as_py() >= 1
        assert movements.carriers[int(handed.carrier[0])] == "CX"


def test_what_became_of_it_on_the_way(folder: Path, tmp_path: Path) -> None:
    """Missent to Tokyo, which scanned it in and sent it on."""
    wrong = scans(
        ("EMD", "202611201400", "JPKWSA"), ("EMK", "202611211000", "JPKWSA"), item=cases.ONE,
        prepared="202611211200", sender="JPA", recipient="KRA", reference="3",
    )  # fmt: skip
    take_in_files(folder, tmp_path / "mail", MAIL | {"w.edi": wrong})
    with open_workspace(folder) as opened:
        items = current_items(opened, None, cases.ONE)
        network = Network.from_texts(texts(), "the small world")
        told = way_scans(opened, network, items, opened.scan("events"), AS_OF)
        origin, destination = to_judge(network, items).lane_posts(tuple(network.posts))
    found = journey_facts(origin, destination, told)
    assert (found.missent.tolist(), found.returned.tolist()) == ([True], [False])
    assert list(network.posts)[int(found.got_by[0])] == "JP"
    stays = transit_stays(origin, destination, told)
    assert format_utc(int(stays.arrived[0])) == "2026-11-20T05:00Z"
    assert format_utc(int(stays.left[0])) == "2026-11-21T01:00Z"


def test_what_is_told_late_of_a_bag_touches_the_items_in_it(folder: Path, tmp_path: Path) -> None:
    other = compose_many("EE", [990], "KR")[0].as_py()
    row = {"accepted_local": "2026-11-19T10:00", "date_told": "2026-11-21"}
    both = acceptance_file(
        ACCEPTED | row | {"item_id": other}, ACCEPTED | row | {"item_id": cases.ONE}
    )
    more = {"a.csv": both, "m.edi": left(other, "8"), "n.edi": came_late(other, "9")}
    take_in_files(folder, tmp_path / "mail", MAIL | more)
    assert shares(verdict(folder)) == {"transport": 1_000_000}
    take_in_files(folder, tmp_path / "later", BAG)
    with open_workspace(folder, write=True) as opened:
        done = judge_period(opened, "2026-11", AS_OF, CLOCK)
    assert (done.items, done.judged, done.superseding, done.whole) == (2, 1, 1, False)
    assert shares(verdict(folder)).get("import", 0) > 0


@pytest.mark.parametrize("order", list(permutations(range(4)))[:: 7 if TIMES == 1 else 3])
def test_bags_told_in_any_order_end_in_the_verdicts_of_a_month_judged_whole(
    order: tuple[int, ...], folder: Path, tmp_path: Path
) -> None:
    """Each message comes before another closing, and some of it is known only later than that."""
    names = [list(BAG)[place] for place in order]
    take_in_files(folder, tmp_path / "mail", MAIL)
    closings = ["2026-11-20T12:00Z", "2026-11-21T06:00Z", "2026-11-23T00:00Z", "2026-12-05T00:00Z"]
    with open_workspace(folder, write=True) as opened:
        judge_period(opened, "2026-11", parse_utc("2026-11-20T00:00Z"), CLOCK)
    for name, closing in zip(names, closings, strict=True):
        take_in_files(folder, tmp_path / name, {name: BAG[name]})
        at = parse_utc(closing)
        with open_workspace(folder, write=True) as opened:
            assert not judge_period(opened, "2026-11", at, CLOCK).whole
            whole = judge_unit(opened, "2026-11", judging_units(opened, "2026-11")[0], at)
            standing = current_verdicts(opened, ["2026-11"])
        kept = [column for column in whole.column_names if column != "judged_as_of"]
        assert standing.select(kept).to_pylist() == whole.select(kept).to_pylist()


#: A carrier of the small world's timetable left with the bag half a day late.
UPLIFT = BAG["s.edi"].replace(b"CX417", b"XA201").replace(b"2611200921", b"2611202130")
MISSENT = scans(
    ("EMD", "202611202350", "JPKWSA"), ("EMC", "202611210800", "JPKWSA"), item=cases.ONE,
    prepared="202611211200", sender="JPA", recipient="KRA", reference="3",
)  # fmt: skip


def explained(folder: Path, towards: str = "between") -> Explanation:
    with open_workspace(folder) as opened:
        return explain_item(opened, cases.ONE, AS_OF, CLOCK, towards)


def test_an_explanation_shows_the_proof_of_the_handover(folder: Path, tmp_path: Path) -> None:
    take_in_files(folder, tmp_path / "mail", MAIL)
    assert explained(folder).carried is None
    take_in_files(folder, tmp_path / "bag", BAG)
    told = explained(folder)
    assert told.carried is not None
    assert told.carried.proof is not None
    proof = told.carried.proof
    assert (proof.point, proof.at, proof.place) == (
        HandoverPoint.RECEIVED, "2026-11-21T03:45", "USJFKA"
    )  # fmt: skip
    assert (proof.source, proof.sender, proof.carrier) == ("RESDES", "US", "CX")
    lines = "\n".join(in_words(told, words("en")))
    assert "2026-11-21 03:45 handed over (USJFKA), proven by: receipt of the receptacle" in lines
    assert "도착교환국의 우편용기 수령" in "\n".join(in_words(told, words("ko")))
    stairs = {stair.checkpoint.name: stair for stair in told.stairs}
    assert stairs["INWARD_IN"].at == proof.at
    plain = as_json(told)["carried"]["handover"]
    assert (plain["point"], plain["agreed"]) == ("received", "received")


def test_an_explanation_takes_the_transport_step_apart(folder: Path, tmp_path: Path) -> None:
    bag = BAG | {"s.edi": UPLIFT, "w.edi": MISSENT}
    take_in_files(folder, tmp_path / "mail", MAIL | bag)
    told = explained(folder)
    assert told.carried is not None
    assert [part.halt.name for part in told.carried.parts] == [
        "UPLIFT", "INTO_TRANSIT", "OUT_OF_TRANSIT", "HANDOVER",
    ]  # fmt: skip
    assert told.carried.parts[0].place == "ICN"
    assert [part.holder for part in told.carried.parts] == ["KR", "XA", "JP", "CX"]
    (step,) = [stair.days for stair in told.stairs if stair.checkpoint.name == "INWARD_IN"]
    assert sum(part.days for part in told.carried.parts) == step


def test_the_carriage_is_the_destinations_where_it_contracted_it(tmp_path: Path) -> None:
    carriage = CARRIAGE.replace("*,*,origin", "*,*,destination").format(point="arrival_scan")
    folder = tmp_path / "w"
    Workspace.init(folder)
    with open_workspace(folder, write=True) as opened:
        network = Network.from_texts(texts({"carriage.csv": carriage}), "the small world")
        publish_network(opened, network, CLOCK)
    take_in_files(folder, tmp_path / "mail", MAIL)
    told = explained(folder)
    assert [(share.post, share.leg.name) for share in told.shares] == [("US", "TRANSPORT")]
    assert {stair.holder for stair in told.stairs if stair.leg.name == "TRANSPORT"} == {"US"}
