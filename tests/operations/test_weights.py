"""Weights of receptacles from transport messages, and as verified by notes, read for a tariff that
asks for them (messages and notes are invented)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from command_line import say
from month_of_mail import CLOCK, PERIOD, Month

import transport_cases as cases
from datecertain.operations.evidence import current_items
from datecertain.operations.ingesting import ingest
from datecertain.operations.month_inputs import month_inputs
from datecertain.operations.workspaces import open_workspace
from datecertain.store.settlement_records import verified_weights

Copy = Callable[[Path], Path]


def test_weights_are_read_from_messages_and_notes(
    month: Month, workspace: Copy, tmp_path: Path
) -> None:
    folder = workspace(month.judged)
    with open_workspace(folder, write=True) as opened:
        records = current_items(opened, None, months=[PERIOD]).to_pylist()
        mine = [r for r in records if (r["origin"], r["destination"]) == ("KR", "AU")][:3]
        one, two, three = sorted(row["item_id"] for row in mine)
        accepted = {row["item_id"]: row["weight_g"] for row in mine}
        body = cases.PREDES.replace(cases.ONE, one).replace(cases.TWO, two)
        (tmp_path / "mail").mkdir()
        (tmp_path / "mail" / "p.edi").write_bytes(
            cases.interchange("PREDES", body.replace(cases.THREE, three))
        )
        ingest(opened, tmp_path / "mail", CLOCK)

    def known() -> dict[str, tuple[int | None, int | None]]:
        with open_workspace(folder) as opened:
            found = month_inputs(opened, PERIOD, journeys=True).journeys
        assert found is not None
        numbers = {row["item_key"]: row["item_id"] for row in mine}
        return {
            numbers[row["item_key"]]: (row["receptacle_g"], row["verified_g"])
            for row in found.to_pylist()
            if row["item_key"] in numbers
        }

    first = known()
    both = accepted[one] + accepted[two]
    assert first[one] == (12_300 * accepted[one] // both, None)
    assert (first[one][0] or 0) + (first[two][0] or 0) == 12_300  # 12.3 kg, as the advice says
    assert first[three] == (4_800, None)  # 4,760 g, in hundreds of grams

    notes = tmp_path / "notes.csv"
    notes.write_text(f"item_id,weight_g,note,verified_on,by\n{one},abc,VN-17,2026-11-02,AU\n")
    refused = say("weight", "note", notes, "-w", folder)
    assert (refused.code, "line 2: weight_g 'abc': write whole grams" in refused.err) == (1, True)
    notes.write_text(
        "item_id,weight_g,note,verified_on,by\n"
        f"{one},1250,VN-17,2026-11-02,AU\n{two},900,VN-17,2026-11-02,AU\n"
    )
    for new in (2, 0):
        answer = say("weight", "note", notes, "-w", folder, "--json")
        assert (answer.code, answer.json) == (0, {"read": 2, "new": new})
    taken_back = say("weight", "note", "--item", two, "--on", "2026-11-03", "--by", "KR",
                     "--note", "VN-17", "-w", folder)  # fmt: skip
    assert taken_back.code == 0
    now = known()
    assert [now[item][1] for item in (one, two, three)] == [1250, None, None]
    for change in (verified_weights.update().values(weight_g=1), verified_weights.delete()):
        with (
            open_workspace(folder, write=True) as opened,
            pytest.raises(Exception, match="never changed or deleted"),
            opened.writing() as connection,
        ):
            connection.execute(change)
    strange = say("weight", "note", "--item", two, "--grams", "5", "--on", "2026-11-03", "--by",
                  "US", "-w", folder)  # fmt: skip
    assert strange.code == 1
    assert "US is not of its lane" in strange.err
