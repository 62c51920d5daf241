"""Whatever happens to the bytes of one interchange: taking in does not stop, its neighbours in the
file are used or kept whole, and what is set aside stands in the file as it was received."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import pytest
from canonical_state import counts_of, events_of, rows_of
from hypothesis import given, settings
from hypothesis import strategies as st
from small_workspaces import interchange, small_workspace, take_in_files

from datecertain.store import records
from thorough import often

ITEMS = ("EE000000005KR", "EE000000014KR", "EE000000028KR")
SCANS = (("EMB", "202610210800", "KRSELB"), ("EMC", "202610210900", "KRSELB"))
FIRST, MIDDLE, LAST = (
    interchange(*SCANS, item=item, reference=str(number)) for number, item in enumerate(ITEMS)
)
SERVICE = st.sampled_from([b"'", b"+", b":", b"?", b"UNB+", b"UNZ+1+0'", b"UNH+1+", b"UNA:+.? '"])

edits = st.lists(
    st.tuples(
        st.integers(0, len(MIDDLE)), st.integers(0, 40), st.binary(max_size=12) | SERVICE
    ),
    min_size=1, max_size=4,
)  # fmt: skip


def edited(data: bytes, changes: list[tuple[int, int, bytes]]) -> bytes:
    """At each place some bytes taken out and others put in."""
    for at, out, put in changes:
        data = data[:at] + put + data[at + out :]
    return data


def items_in(workspace: Path) -> list[str]:
    found: list[str] = events_of(workspace)["item_id"].to_pylist()
    return found


@pytest.mark.slow
@settings(max_examples=often(10), deadline=None)
@given(changes=edits)
def test_damage_stays_where_it_is(changes: list[tuple[int, int, bytes]]) -> None:
    with tempfile.TemporaryDirectory() as top:
        folder = small_workspace(Path(top) / "workspace")
        whole = FIRST + edited(MIDDLE, changes) + LAST
        report = take_in_files(folder, Path(top) / "mailbox", {"mail.edi": whole})
        assert (report.files, report.bytes) == (1, len(whole))
        assert report.events == len(items_in(folder))

        aside = [row["raw"] for row in rows_of(folder, records.quarantine)]
        assert len(aside) == report.quarantined
        assert items_in(folder).count(ITEMS[0]) >= len(SCANS)
        assert items_in(folder).count(ITEMS[2]) >= len(SCANS) or LAST in aside
        for raw in aside:
            assert raw in whole or json.loads(raw)["item_id"]

        standing = counts_of(folder)
        take_in_files(folder, Path(top) / "mailbox", {})
        assert counts_of(folder) == standing
