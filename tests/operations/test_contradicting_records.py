"""Several acceptance records of one item that contradict each other: one of them counts, and it
is the same one whatever came first, in one file or in two."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_workspaces import ACCEPTED, acceptance_file, small_workspace, take_in_files

from datecertain.operations.evidence import current_items
from datecertain.operations.workspaces import open_workspace

OTHER = {
    "origin": "JP",
    "origin_postcode": "06236",
    "accepted_local": "2026-10-21T10:01",
    "channel": "business",
    "destination": "JP",
    "destination_postcode": "10002",
    "contents": "merchandise",
    "weight_g": "510",
    "postage_minor": "31000",
    "currency": "USD",
    "date_told": "",
}


def item_of(workspace: Path) -> dict[str, object]:
    with open_workspace(workspace) as opened:
        (row,) = current_items(opened, None).to_pylist()
    return {name: row[name] for name in row if name not in ("source", "line", "batch_id")}


@pytest.mark.parametrize("column", sorted(OTHER))
def test_the_record_that_counts_is_chosen_by_content(column: str, tmp_path: Path) -> None:
    one, other = ACCEPTED, ACCEPTED | {column: OTHER[column]}
    found = []
    for number, files in enumerate(
        (
            {"a.csv": acceptance_file(one, other)},
            {"a.csv": acceptance_file(other), "b.csv": acceptance_file(one, one)},
        )
    ):
        workspace = small_workspace(tmp_path / f"workspace-{number}")
        assert take_in_files(workspace, tmp_path / f"mailbox-{number}", files).clean
        found.append(item_of(workspace))
    assert found[0] == found[1]
