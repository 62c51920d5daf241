"""Spark gives the verdicts that DuckDB gives, row for row: on a simulated month, on awkward
records, and when only some items are judged again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from mail_bags import read_bag, write_bag
from month_of_mail import AS_OF, CLOCK, PERIOD, Month
from small_workspaces import (
    ACCEPTED,
    ITEM,
    OTHER_ITEM,
    acceptance_file,
    interchange,
    small_workspace,
    take_in_files,
)
from test_proven_handovers import ACCEPTANCE_ROW as CARRIED
from test_proven_handovers import MAIL as CARRIED_MAIL
from test_proven_handovers import workspace as carried_workspace
from test_transport_mail import BAG

from datecertain.moments import DAY, parse_utc
from datecertain.operations.ingesting import ingest
from datecertain.operations.judging import current_verdicts, judge_period
from datecertain.operations.judging_units import SPARK_UNIT_ITEMS, judge_unit, judging_units
from datecertain.operations.workspaces import open_workspace
from datecertain.store import Engine
from datecertain.store.spark import connect_spark, missing_for_spark

Copy = Callable[[Path], Path]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(missing_for_spark()), reason=missing_for_spark() or "Spark is here"),
    # Warnings of Spark's own sockets and of pandas, which we do not call.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


@pytest.fixture(scope="module", autouse=True)
def session() -> Iterator[None]:
    """One Spark for this module."""
    running = connect_spark()
    yield
    running.stop()


def verdicts(folder: Path, as_of: int, engine: Engine, period: str = PERIOD) -> pa.Table:
    with open_workspace(folder) as opened:
        units = judging_units(opened, period, SPARK_UNIT_ITEMS)
        found = [judge_unit(opened, period, unit, as_of, engine=engine) for unit in units]
    return pa.concat_tables(found).sort_by("item_key").combine_chunks()


@pytest.mark.parametrize("days_before", [0, 25])
def test_a_month_is_judged_alike_by_both(days_before: int, month: Month) -> None:
    as_of = AS_OF - days_before * DAY
    found = verdicts(month.ingested, as_of, Engine.SPARK)
    expected = verdicts(month.ingested, as_of, Engine.DUCKDB)
    assert len(expected) == 300
    assert found.equals(expected)


def test_numbers_accepted_again_and_contradicting_records_are_judged_alike(
    tmp_path: Path,
) -> None:
    folder = small_workspace(tmp_path / "workspace")
    again = ACCEPTED | {"accepted_local": "2026-10-28T09:00", "date_told": "2026-11-02"}
    contradiction = ACCEPTED | {"item_id": OTHER_ITEM, "date_told": "", "weight_g": "700"}
    bag = {
        "a.csv": acceptance_file(ACCEPTED, ACCEPTED | {"item_id": OTHER_ITEM}),
        "b.csv": acceptance_file(again, contradiction),
    }
    told = [
        ("202610261400", "1", ITEM),
        ("202610301400", "2", ITEM),
        ("202610271400", "3", OTHER_ITEM),
    ]
    for at, reference, item in told:
        bag[f"{reference}.edi"] = interchange(
            ("EMI", at, "USJFKA"), item=item, sender="USA", recipient="KRA", reference=reference,
            prepared="202611010000",
        )  # fmt: skip
    take_in_files(folder, tmp_path / "mail", bag)
    as_of = parse_utc("2026-11-20T00:00Z")
    found = verdicts(folder, as_of, Engine.SPARK)
    assert found.equals(verdicts(folder, as_of, Engine.DUCKDB))
    assert found.num_rows == 3


@pytest.mark.parametrize("as_of", ["2026-11-22T00:00Z", "2026-12-05T00:00Z"])
def test_handovers_that_transport_messages_prove_are_judged_alike(
    as_of: str, tmp_path: Path
) -> None:
    """Two items of which one is said to have come in a bag that was received days before."""
    folder = carried_workspace(tmp_path / "w")
    other = interchange(
        ("EMC", "202611192300", "KRSELB"), item=OTHER_ITEM, prepared="202611201200", reference="9"
    )
    acceptance = acceptance_file(CARRIED, CARRIED | {"item_id": OTHER_ITEM})
    take_in_files(
        folder, tmp_path / "mail", CARRIED_MAIL | BAG | {"a.csv": acceptance, "o.edi": other}
    )
    found, expected = (
        verdicts(folder, parse_utc(as_of), engine, "2026-11")
        for engine in (Engine.SPARK, Engine.DUCKDB)
    )
    assert found.equals(expected)
    assert found.num_rows == 2
    if as_of > "2026-12":  # not what the item's own scans say: its carriage alone was late
        (row,) = (row for row in found.to_pylist() if row["item_id"] != OTHER_ITEM)
        assert row["share_import"] > 0


def test_judging_again_on_spark_ends_in_the_same_verdicts(
    month: Month, workspace: Copy, tmp_path: Path
) -> None:
    bag = read_bag(month.mailbox)
    names = sorted(bag)
    standing = []
    for engine in (Engine.SPARK, Engine.DUCKDB):
        folder = workspace(month.made)
        for number, part in enumerate((names[::3], names[1::3] + names[2::3])):
            mail = write_bag(tmp_path / f"{engine}-{number}", {name: bag[name] for name in part})
            with open_workspace(folder, write=True) as opened:
                ingest(opened, mail, CLOCK)
                done = judge_period(opened, PERIOD, AS_OF, CLOCK, engine=engine)
                assert done.whole == (number == 0)
        with open_workspace(folder) as opened:
            rows = current_verdicts(opened, [PERIOD]).sort_by("item_key")
            standing.append(rows.drop_columns(["batch_id"]).combine_chunks())
    assert standing[0].equals(standing[1])
