"""No item is refunded twice, or asked about twice: processes that claim, refund and ask at once, in
both modes, on SQLite and on PostgreSQL, some killed at any moment and started again (issue 6).

`DATECERTAIN_RIVALS` (above 2: on claim-driven lanes too) and `DATECERTAIN_RIVAL_ROUNDS` make it
longer.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import DatabaseError

from datecertain.errors import StoreError
from datecertain.operations.claim_rows import refund_of, standing_refunds
from datecertain.operations.inquiry_rows import find_inquiries
from datecertain.operations.inquiry_rules import ask_by_rule
from datecertain.operations.refund_runs import run_refunds
from datecertain.operations.workspaces import open_workspace
from datecertain.store.claim_records import claim_cases, claim_events, refunds

# Workspaces with claims are made by the tests of operations.
OPERATIONS = Path(__file__).parents[1] / "operations"
sys.path.append(str(OPERATIONS))
from claim_workspaces import LATE_ITEM, OPEN_ITEM, at, claims_workspace  # noqa: E402

RIVALS = int(os.environ.get("DATECERTAIN_RIVALS", "2"))
ROUNDS = int(os.environ.get("DATECERTAIN_RIVAL_ROUNDS", "4"))
#: On an automatic lane claims and the run of the month race for the same items.
MODES = ["automatic", "claim_driven"] if RIVALS > 2 else ["automatic"]
RIVAL = str(OPERATIONS / "claim_rival.py")


@pytest.fixture(autouse=True)
def compiled_networks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Compiled networks are kept where the test is."""
    monkeypatch.setenv("DATECERTAIN_CACHE", str(tmp_path / "compiled"))


def start_rival(folder: Path, seed: int) -> subprocess.Popen[str]:
    words = [sys.executable, RIVAL, str(folder), str(seed), str(ROUNDS)]
    places = [str(OPERATIONS), str(OPERATIONS.parent), *sys.path]
    return subprocess.Popen(
        words, stderr=subprocess.PIPE, text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(places)},
    )  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("mode", MODES)
def test_rivals_refund_once(tmp_path: Path, records_url: str, mode: str) -> None:
    folder = claims_workspace(tmp_path / "w", f"refund_mode,{mode}", records=records_url)
    chance = Random(f"rivals {mode}")
    rivals = [start_rival(folder, seed) for seed in range(RIVALS)]
    time.sleep(chance.uniform(1.2, 3.0))
    rivals[0].kill()
    rivals.append(start_rival(folder, 0))  # started again
    told = [rival.communicate()[1] for rival in rivals]
    codes = [rival.returncode for rival in rivals]
    # One that was done before it could be killed is as good.
    assert codes[0] in (0, -9), told
    assert codes[1:] == [0] * RIVALS, told
    with open_workspace(folder, write=True) as opened:
        run_refunds(opened, "2026-10", at("2026-11-18T00:00Z"))
        asked = ask_by_rule(opened, at("2026-11-18T00:00Z"))
        assert (asked.needed, len(asked.made) + asked.known) == (1, 1)
        with opened.reading() as view:
            inquiries = [one.item_id for one in find_inquiries(view.connection)]
            found = view.connection.execute(
                select(refunds.c.item_id, refunds.c.amount_minor, refunds.c.mode)
            ).all()
            events = view.connection.execute(select(claim_events.c.case_id, claim_events.c.seq))
            places = Counter(row.case_id for row in events)
            cases = view.connection.execute(select(claim_cases.c.item_id)).scalars().all()
            standing = standing_refunds(view.connection, refunds.c.month == "2026-10")
    assert inquiries == [OPEN_ITEM]
    assert len(found) == len({row.item_id for row in found})
    assert {row.item_id for row in found} <= {LATE_ITEM, OPEN_ITEM}
    assert sum(one.amount_minor for one in standing.values()) == 30000 * len(found)
    assert len(cases) == len(set(cases)) == len(places)
    assert len(found) == 2 or mode == "claim_driven"


def test_the_database_refuses_a_second_refund_and_any_change(
    tmp_path: Path, records_url: str
) -> None:
    folder = claims_workspace(tmp_path / "w", "refund_mode,automatic", records=records_url)
    with open_workspace(folder, write=True) as opened:
        run_refunds(opened, "2026-10", at("2026-11-18T00:00Z"))
        with opened.reading() as view:
            rows = view.connection.execute(select(refunds)).mappings().all()
        assert len(rows) == 2
        for change in (
            insert(refunds).values(**rows[0]),
            update(refunds).values(amount_minor=1),
            delete(refunds),
        ):
            with pytest.raises((StoreError, DatabaseError)), opened.writing() as connection:
                connection.execute(change)
        with opened.reading() as view:
            again = refund_of(view.connection, rows[0]["item_key"])
        assert again is not None
        assert again.amount_minor == 30000
