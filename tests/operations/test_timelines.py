"""Everything known of an item, in order of time (synthetic mail, worked by hand)."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import say
from mail_bags import sent_again
from month_of_mail import CLOCK, Month
from small_workspaces import (
    ACCEPTED,
    ITEM,
    OTHER_ITEM,
    acceptance_file,
    interchange,
    small_workspace,
    take_in_files,
)

import declared_cases as declared
from datecertain.messages import code_table
from datecertain.operations.judging import judge_period
from datecertain.operations.telling_items import as_json, in_words, labels
from datecertain.operations.timelines import item_timeline
from datecertain.operations.workspaces import open_workspace
from datecertain.wording import words

OUTWARD = ("EMB", "202610211945", "KRSELB")
STRANGE = ("ZZZ", "202610221000", "KRSELB")
INWARD = ("EMD", "202610221400", "USJFKA")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """One item: an unknown code, a scan told twice, no departure, a wrong neighbour."""
    told = interchange(OUTWARD, STRANGE)
    workspace = small_workspace(tmp_path / "w")
    mail = {
        "acc.csv": acceptance_file(ACCEPTED),
        "a.edi": told,
        "b.edi": sent_again(interchange(OUTWARD), "2", 1),
        "c.edi": interchange(INWARD, sender="USA", recipient="KRA"),
        "d.edi": interchange(OUTWARD, item=OTHER_ITEM, reference="9"),
    }
    take_in_files(workspace, tmp_path / "mail", mail)
    return workspace


def test_the_scans_in_order_with_their_sources(folder: Path) -> None:
    with open_workspace(folder) as opened:
        (episode,) = item_timeline(opened, ITEM).episodes
    assert [scan.code for scan in episode.scans] == ["EMB", "ZZZ", "EMD"]
    first, strange, inward = episode.scans
    assert (first.place.name_en, first.told.source, first.told.segment) == ("Seoul", "a.edi", 5)
    # 19:45 to the preparation at 23:30 the next day, both in Seoul.
    assert first.delay_min == (24 + 3) * 60 + 45
    assert [one.source for one in first.again] == ["b.edi"]
    assert (strange.known_code, strange.again) == (False, ())
    assert (inward.told.sender, inward.offset_source) == ("US", "office")
    assert episode.missing == ("EMC",)
    assert episode.verdict is None


def test_as_a_program_reads_it(folder: Path) -> None:
    with open_workspace(folder, write=True) as opened:
        judge_period(opened, "2026-10", CLOCK.now(), CLOCK)
    told = say("item", ITEM.lower(), "-w", folder, "--json").json
    parts = {"item_id", "doubts", "episodes", "promises", "findings", "set_aside", "live"}
    assert set(told) == parts
    (episode,) = told["episodes"]
    assert set(episode) == {
        "accepted", "scans", "missing", "carried", "inherited", "stated", "verdict", "explain",
    }  # fmt: skip
    assert episode["accepted"]["accepted_local"] == "2026-10-21T10:00"
    assert episode["accepted"]["promised_on"] == "2026-10-26"
    assert episode["scans"][0]["at"] == "2026-10-21T10:45Z"
    assert episode["scans"][0]["local"] == "2026-10-21T19:45"
    assert episode["scans"][1]["label"] == {"en": None, "ko": None}
    assert episode["missing"][0]["code"] == "EMC"
    assert episode["verdict"]["outcome"] == "lost"  # a month without a scan
    assert episode["explain"] == f"datecertain explain {ITEM}"
    assert {one["code"] for one in told["findings"]} >= {"code-unknown"}


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        (
            "en",
            [
                "at the outward office of exchange: Seoul (KRSELB)",
                "told again 1 more time(s): b.edi 2", "unknown code, kept as it is",
                "Missing: EMC", "27 h 45 min", "Date told: Mon 26 Oct 2026",
            ],
        ),
        (
            "ko",
            [
                "발송교환국에 도착: Seoul (KRSELB)", "1회 더 통보됨: b.edi 2", "알 수 없는 부호",
                "누락: EMC", "27시간 45분", "2026년 10월 26일(월)",
            ],
        ),
    ],
)  # fmt: skip
def test_as_a_person_reads_it(folder: Path, language: str, expected: list[str]) -> None:
    out = say("item", ITEM, "-w", folder, "--lang", language).out
    assert [text for text in expected if text not in out] == []


def test_every_code_has_a_label_in_both_languages() -> None:
    codes = code_table("emsevt_events").codes()
    assert len(codes) == 25
    assert [code for code in codes if not all(labels(code).values())] == []


def test_scans_without_an_acceptance_record(folder: Path) -> None:
    ended = say("item", OTHER_ITEM, "-w", folder)
    assert (ended.code, "No acceptance record here" in ended.out) == (0, True)
    assert "EMB  at the outward office" in ended.out


@pytest.mark.parametrize(
    ("number", "problem"),
    [
        ("EE000000028KR", "nothing is known of EE000000028KR"),
        ("EE000000013KR", "EE000000014KR if the other digits are right"),
        ("EE12KR", "is no item number"),
    ],
)
def test_a_number_of_which_nothing_is_known(folder: Path, number: str, problem: str) -> None:
    ended = say("item", number, "-w", folder)
    assert (ended.code, problem in ended.err) == (1, True)


def test_a_number_used_again_has_two_episodes(tmp_path: Path) -> None:
    folder = small_workspace(tmp_path / "w")
    later = ACCEPTED | {"accepted_local": "2026-11-24T10:00", "date_told": "2026-12-01"}
    mail = {
        "acc.csv": acceptance_file(ACCEPTED, later),
        "a.edi": interchange(OUTWARD, INWARD),
        "b.edi": interchange(
            ("EMB", "202611241945", "KRSELB"), reference="2", prepared="202611242330"
        ),
    }
    take_in_files(folder, tmp_path / "mail", mail)
    with open_workspace(folder) as opened:
        told = item_timeline(opened, ITEM)
    assert [[scan.code for scan in one.scans] for one in told.episodes] == [["EMB", "EMD"], ["EMB"]]
    assert [one["accepted"]["accepted_local"] for one in as_json(told)["episodes"]] == [
        "2026-10-21T10:00", "2026-11-24T10:00",
    ]  # fmt: skip


def test_a_hold_without_its_end_is_missing_it(tmp_path: Path) -> None:
    folder = small_workspace(tmp_path / "w")
    held = [INWARD, ("EME", "202610221500", "USJFKA"), ("EMI", "202610231500", "USJFKA")]
    told = interchange(*held, sender="USA", recipient="KRA", prepared="202610242330")
    take_in_files(folder, tmp_path / "mail", {"a.edi": told})
    with open_workspace(folder) as opened:
        (episode,) = item_timeline(opened, ITEM).episodes
    assert episode.missing == ("EMB", "EMC", "EMF", "EMG", "EDC")


@pytest.mark.slow
def test_every_item_of_a_month_can_be_told(month: Month) -> None:
    """The scans told of an item are those of the facts, each once or as told again."""
    with open_workspace(month.judged) as opened:
        rows = opened.facts("events").arrow(["item_id"])["item_id"].to_pylist()
        for item_id in sorted(set(rows))[::10]:
            told = item_timeline(opened, item_id)
            scans = [scan for episode in told.episodes for scan in episode.scans]
            assert sum(1 + len(scan.again) for scan in scans) == rows.count(item_id)
            for language in ("en", "ko"):
                assert len(in_words(told, words(language))) > 2 * len(scans)


def declaration(prepared: str, reference: str) -> bytes:
    """An ITMATT about the item: 1,250 g, a gift of two kinds of goods (invented)."""
    body = declared.BODY.replace(declared.GIFT, ITEM).replace("202611200150", prepared)
    told = declared.interchange(body).replace(b"J1CKRA+J1CAUA", b"KRA+USA")
    return told.replace(b"REF0000000001", reference.encode())


def test_what_was_said_of_its_contents(folder: Path, tmp_path: Path) -> None:
    before, again = declaration("202610200150", "I1"), declaration("202610221150", "I2")
    with open_workspace(folder) as opened:
        assert item_timeline(opened, ITEM).episodes[0].stated == ()
    take_in_files(folder, tmp_path / "itmatt", {"i1.edi": before, "i2.edi": again})
    with open_workspace(folder) as opened:
        told = item_timeline(opened, ITEM)
    (episode,) = told.episodes  # one was told the day before the acceptance, one after it
    assert [row["interchange"] for row in episode.stated] == ["I2", "I1"]
    lines = "\n".join(in_words(told, words("en")))
    assert (
        "Stated contents: a gift, 1,250 g, value USD 45.5, postage KRW 31000, pieces 3, "
        "HS 621410 190531, for AU 2000." in lines
    )
    assert "Differs from the acceptance record: weight in g 1250, there" in lines
    assert "신고된 내용품: 선물" in "\n".join(in_words(told, words("ko")))
    plain = as_json(told)["episodes"][0]["stated"][0]
    assert (plain["declared_value"], plain["declared_currency"]) == ("45.500", "USD")
    assert not [name for name in declared.PERSONS if name in lines + str(as_json(told))]


def test_contents_of_an_item_that_was_never_accepted(tmp_path: Path) -> None:
    workspace = small_workspace(tmp_path / "w")
    take_in_files(workspace, tmp_path / "itmatt", {"i.edi": declaration("202610200150", "I1")})
    with open_workspace(workspace) as opened:
        (episode,) = item_timeline(opened, ITEM).episodes
    assert episode.record is None
    assert len(episode.stated) == 1
