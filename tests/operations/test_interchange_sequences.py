"""Gaps in what a partner sent, from the interchanges that were taken in."""

from __future__ import annotations

from pathlib import Path

from command_line import say
from small_workspaces import ITEM, interchange, small_workspace, take_in_files

from datecertain.operations.interchange_sequences import interchange_sequences
from datecertain.operations.workspaces import open_workspace

LEFT = ("EMC", "202610210900", "KRSELB")


def test_references_that_never_came_are_told_until_they_come(tmp_path: Path) -> None:
    workspace = small_workspace(tmp_path / "workspace")

    def mail(*numbers: int) -> dict[str, bytes]:
        return {
            f"{number}.edi": interchange(
                LEFT, item=ITEM, reference=f"KR{number:06d}", prepared=f"202610{number}2330"
            )
            for number in numbers
        }

    def missing() -> list[tuple[str, str]]:
        with open_workspace(workspace) as opened:
            report = interchange_sequences(opened)
            assert interchange_sequences(opened, sender="J1CKRA", recipient="J1CUSA") == report
            assert interchange_sequences(opened, sender="J1CJPA").gaps == ()
        return [(gap.first_missing, gap.last_missing) for gap in report.gaps]

    take_in_files(workspace, tmp_path / "first", mail(22, 26))
    assert missing() == [("KR000023", "KR000025")]
    # A test is known by its reference: it is no gap. The rest comes late, in another order.
    test = interchange(LEFT, reference="KR000025", prepared="202610252330", test=True)
    take_in_files(workspace, tmp_path / "second", {"test.edi": test} | mail(23))
    assert missing() == [("KR000024", "KR000024")]
    take_in_files(workspace, tmp_path / "third", mail(24))
    assert missing() == []


def test_the_command(tmp_path: Path) -> None:
    """Gaps and a reference used twice, of all and of one post; the inbox counts the same."""
    folder = small_workspace(tmp_path / "workspace")
    assert "No reference is missing" in say("inbox", "sequences", "-w", folder).out
    mail = {
        "1.edi": interchange(LEFT, reference="1", prepared="202610222330"),
        "4.edi": interchange(LEFT, reference="4", prepared="202610242330"),
        "5.edi": interchange(LEFT, reference="4", prepared="202610252330"),
        "x.edi": interchange(LEFT, reference="LAST", sender="JPA"),
    }
    take_in_files(folder, tmp_path / "mail", mail)
    told = say("inbox", "sequences", "-w", folder)
    assert told.out.splitlines() == [
        (
            "J1CKRA to J1CUSA: 2 to 3 did not come (2), between 1 of 2026-10-22T23:30 and 4 of "
            "2026-10-24T23:30"
        ),
        (
            "J1CKRA to J1CUSA: 4 was used 2 times, with 2 different content(s): prepared "
            "2026-10-24T23:30, 2026-10-25T23:30"
        ),
        "J1CJPA to J1CUSA: 1 reference(s) end in no number: gaps cannot be seen",
    ]
    assert "2 interchange reference(s) did not come" in say("inbox", "status", "-w", folder).out
    japan = say("inbox", "sequences", "--from", "JP", "-w", folder, "--json").json
    assert (japan["gaps"], japan["repeats"], len(japan["uncounted"])) == ([], [], 1)
    korea = say("inbox", "sequences", "--from", "KR", "-w", folder, "--json").json
    assert [one["code"] for one in korea["findings"]] == [
        "interchange-sequence-gap", "interchange-sequence-repeat",
    ]  # fmt: skip
    assert "미수신" in say("inbox", "sequences", "--lang", "ko", "-w", folder).out
    unknown = say("inbox", "sequences", "--from", "XX", "-w", folder)
    assert (unknown.code, "'XX' is not known" in unknown.err) == (1, True)


def test_numbers_of_a_clock_do_not_fill_the_screen(tmp_path: Path) -> None:
    folder = small_workspace(tmp_path / "workspace")
    mail = {
        f"{n}.edi": interchange(LEFT, reference=f"20261022{n}0", prepared=f"2026102223{n}")
        for n in range(10, 40)
    }
    take_in_files(folder, tmp_path / "mail", mail)
    lines = say("inbox", "sequences", "-w", folder).out.splitlines()
    assert len(lines) == 11
    assert lines[-1] == "J1CKRA to J1CUSA: and 19 more gap(s), all with --json"
