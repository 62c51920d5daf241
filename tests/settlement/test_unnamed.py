"""A month without its items' names comes to the same under any tariff, to the last unit."""

from __future__ import annotations

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st
from settling_cases import LATE, TARIFF, month, network, tariff

from datecertain.settlement import (
    SENT,
    Period,
    changes_per_post,
    of_period,
    owed_by,
    performance_events,
    reckon,
    refund,
)
from datecertain.settlement.unnamed import Reckonable, reckonable, unnamed

NOVEMBER = Period.month("2026-11")
CHARGE = """
[[charge]]
origin = "*"
destination = "*"
counted = "received"
per_item_usdr = 1_000_003
most_usdr = 2_500_001
source = "test"
[[charge]]
origin = "*"
destination = "*"
counted = "late"
per_item_usdr = 700_001
source = "test"
"""
TARIFFS = [
    TARIFF,
    TARIFF.replace("percent = 100", "percent = 100\nwithin_remuneration = true") + CHARGE,
    TARIFF.replace("percent = 100", "percent = 37\nstop_loss_usdr = 5_000_003"),
    TARIFF.replace("noon_next_day", "hours_24").replace("together = false", "together = true"),
]
LINE = st.tuples(
    st.sampled_from(["KR-US", "US-KR", "KR-JP"]), st.integers(1, 28),
    st.sampled_from([f"{LATE} {LATE}", "on_time on_time"]),
    st.sampled_from(["export 40 delivery 60", "delivery 100", "transport 333333 import 666667"]),
    st.sampled_from(["CDI", "CD", "C", "CDi", "DI"]),
)  # fmt: skip


def sent(events: pa.Table) -> pa.Table:
    """What was in time was so by every rule."""
    columns = {
        name: events[name if name in events.column_names else f"{name.partition('_')[0]}_in_time"]
        for name in SENT.names
    }
    return pa.table(columns, schema=SENT)


@settings(max_examples=25, deadline=None)
@given(lines=st.lists(LINE, min_size=1, max_size=9), seed=st.randoms(use_true_random=False))
def test_under_any_tariff(lines: list[tuple[str, int, str, str, str]], seed: object) -> None:
    told = [
        f"I{number} {lane} 2026-11-{day:02d} {6745 + number} | {outcome} | "
        f"{shares if LATE in outcome else ''} | {scans}"
        for number, (lane, day, outcome, shares, scans) in enumerate(lines)
    ]
    verdicts, items, events = month("\n".join(told))
    places = list(range(len(verdicts)))
    seed.shuffle(places)  # type: ignore[attr-defined]
    own = of_period(verdicts.take(places), NOVEMBER)
    whole = Reckonable(own, items, sent(events), None, refund(network(), own, items))
    without = unnamed(whole)
    assert without is not None
    assert not {"item_id", "item_key"} & {
        *without.items.column_names,
        *without.refunds.column_names,
    }
    for text in TARIFFS:
        found = [
            reckon(
                network(), one.verdicts, one.items,
                performance_events(tariff(text), NOVEMBER, one.sent), NOVEMBER, tariff(text),
                refunded=one.refunded,
            )
            for one in (whole, reckonable(without))
        ]  # fmt: skip
        owed = [owed_by(one) for one in found]
        assert owed[0].equals(owed[1])
        assert found[0].findings == found[1].findings
        assert len(changes_per_post(*owed)) == len({*owed[0]["creditor"].to_pylist(),
                                                    *owed[0]["debtor"].to_pylist()})  # fmt: skip


def test_a_refund_that_was_set_aside_is_told_by_its_item_and_not_kept() -> None:
    verdicts, items, events = month(
        f"A KR-US 2026-11-02 38500 | {LATE} {LATE} | delivery 100 | CDI"
    )
    found = refund(network(), of_period(verdicts, NOVEMBER), items.slice(0, 0))
    assert [one.item for one in found[1]] == ["A"]
    assert unnamed(Reckonable(verdicts, items, sent(events), None, found)) is None
