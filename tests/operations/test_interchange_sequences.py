"""Gaps in what a partner sent, from the interchanges that were taken in."""

from __future__ import annotations

from pathlib import Path

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
