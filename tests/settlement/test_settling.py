"""A period settled: one month worked by hand, and what holds for every month."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from settling_cases import BOOKED_AT, LATE, TARIFF, month, network, tariff

from datecertain.errors import InvariantBroken, StoreDamaged
from datecertain.moments import parse_date
from datecertain.network import Network
from datecertain.settlement import (
    JOURNAL,
    PERFORMANCE_EVENTS,
    Period,
    Settlement,
    check_balanced,
    entries_of,
    items_behind,
    settle_period,
)
from datecertain.settlement.reasons import Kind, Reason
from datecertain.settlement.settling import check_settlement
from datecertain.verdict.outcomes import WHOLE, Leg, Outcome
from worlds import texts, with_rows

NOVEMBER = Period.month("2026-11")

#: Four items from Korea to the United States, two back, one from Japan.
MONTH = f"""
A KR-US 2026-11-02 38500 | {LATE} {LATE} | export 40 delivery 60 | CDI
B KR-US 2026-11-03 38500 | on_time on_time | | CDI
C KR-US 2026-11-04 38500 | on_time on_time | | CDI
D KR-US 2026-11-05 38500 | on_time on_time | | CDI
E US-KR 2026-11-05 6745 | {LATE} late_excused | | CDI
F US-KR 2026-11-06 6745 | pending pending | | C
G JP-KR 2026-11-30 1410 | {LATE} {LATE} | import 100 | CDI
Z KR-US 2026-12-01 38500 | {LATE} {LATE} | delivery 100 | CDI
"""

# KR-US: 3 of 4 without a lost day, 75 %, earns nothing; complete 4 of 4 earns 2 SDR; above the
# floor of 1 SDR. US-KR: the excused item lost no day, 2 SDR; 1 of 2 complete earns nothing.
# JP-KR: no day of the delivery leg lost, 2 SDR; complete, 2 SDR.
STATEMENTS = """
JP-KR performance.JP-KR KR<JP 1 4000000
JP-KR recourse.import JP<KR 1 6706302
KR-US performance.KR-US US<KR 4 8000000
KR-US performance.US-KR KR<US 1 2000000
KR-US recourse.delivery KR<US 1 11965812
"""


def settled(cases: str = MONTH, text: str = TARIFF, period: Period = NOVEMBER) -> Settlement:
    return settle_period(network(), *month(cases), period, tariff(text), booked_at=BOOKED_AT)


def test_a_month_by_hand() -> None:
    settlement = settled()
    found = {
        f"{s.one}-{s.other} {line.reason.text} {line.creditor}<{line.debtor} {line.items} "
        f"{line.amount_usdr}"
        for s in settlement.statements
        for line in s.lines
    }
    assert found == set(STATEMENTS.strip().splitlines())
    assert settlement.positions == {"JP": 2706302, "KR": 3259510, "US": -5965812}
    assert [(p.payer, p.payee, p.amount_usdr) for p in settlement.netting.payments] == [
        ("US", "JP", 2706302), ("US", "KR", 3259510),
    ]  # fmt: skip


def test_posts_that_do_not_settle_charge_and_pay_each_other_nothing() -> None:
    """Membership, guarantee and settlement are three facts: Japan's refund stays its own, and its
    month with Korea is named instead of paid."""
    apart = Network.from_texts(with_rows("relations.csv", "KR,JP,no,2026-11-01,,test"))
    tables = month(MONTH)
    settlement = settle_period(apart, *tables, NOVEMBER, tariff(), booked_at=BOOKED_AT)
    assert [(s.one, s.other) for s in settlement.statements if s.lines] == [("KR", "US")]
    borne = {row["part"] for row in settlement.recourse.to_pylist() if row["origin"] == "JP"}
    assert borne == {"no_agreement"}
    found = [f for f in settlement.findings if f.code == "relation-not-settling"]
    assert [f.detail[:22] for f in found] == ["JP and KR do not settl"]
    assert settlement.totals.refunds_usdr == settled().totals.refunds_usdr  # senders are paid


# rows | one, other, date -> do they settle?
RELATIONS = """
                                              | KR US 2026-11-01 yes
*,*,no,,,test                                 | KR US 2026-11-01 no
*,*,no,,,test;US,*,yes,2026-11-02,,test       | KR US 2026-11-01 no
*,*,no,,,test;US,*,yes,2026-11-02,,test       | KR US 2026-11-02 yes
US,*,no,,,test;KR,US,yes,,2026-11-30,test     | US KR 2026-11-30 yes
US,*,no,,,test;KR,US,yes,,2026-11-30,test     | US KR 2026-12-01 no
KR,*,yes,,,test;*,US,no,2026-11-05,,test      | KR US 2026-11-04 yes
KR,*,yes,,,test;*,US,no,2026-11-05,,test      | KR US 2026-11-05 no
"""


@pytest.mark.parametrize("line", RELATIONS.strip("\n").splitlines())
def test_who_settles_with_whom_is_a_dated_fact(line: str) -> None:
    rows, question = line.split("|")
    one, other, day, expected = question.split()
    header = "first,second,settles,valid_from,valid_to,source"
    files = {"relations.csv": "\n".join([header, *rows.strip().split(";")])}
    world = Network.from_texts(texts(files))
    assert world.settles(one, other, parse_date(day)) == (expected == "yes")


def test_the_month_in_a_few_numbers() -> None:
    totals = settled().totals
    assert totals.items == 7  # the item accepted in December belongs to December
    assert [(t.currency, t.count, t.amount_minor) for t in totals.refunds] == [
        ("JPY", 1, 1410), ("KRW", 1, 38500), ("USD", 1, 6745),
    ]  # fmt: skip
    assert totals.refunds_usdr == 19943020 + 49595588 + 6706302
    assert totals.charged_usdr == 11965812 + 6706302
    assert totals.borne_usdr == {"between.late_excused": 49595588, "export": 7977208}
    assert totals.performance_usdr == 14_000_000
    assert totals.gross_usdr == 14_000_000 + totals.charged_usdr
    assert totals.bilateral_usdr == 2706302 + 5965812
    assert (totals.net_usdr, totals.payments) == (5965812, 2)


def test_the_books_of_the_charged_item() -> None:
    entries = [entry for entry in entries_of(settled().journal) if entry.item_id == "A"]
    assert {
        (entry.reason.text, entry.audience, line.owner, line.counterparty, line.account,
         line.currency, line.amount)
        for entry in entries
        for line in entry.lines
    } == {
        ("refund.money", "KR", "KR", "senders", "refunds.expense", "KRW", 38500),
        ("refund.money", "KR", "KR", "senders", "senders.payable.money", "KRW", -38500),
        ("recourse.delivery", "KR+US", "KR", "US", "posts.receivable", "SDR", 11965812),
        ("recourse.delivery", "KR+US", "KR", "US", "recourse.recovered", "SDR", -11965812),
        ("recourse.delivery", "KR+US", "US", "KR", "recourse.borne", "SDR", 11965812),
        ("recourse.delivery", "KR+US", "US", "KR", "posts.payable", "SDR", -11965812),
    }  # fmt: skip


def test_floor_and_cap_bound_what_an_item_pays() -> None:
    bounded = TARIFF.replace("floor_ppm = 250_000", "floor_ppm = 600_000")
    lines = {line.relation: line for line in settled(text=bounded).performance.lines}
    assert {name: line.each_usdr for name, line in lines.items()} == {
        "JP-KR": 4_000_000, "KR-US": 2_400_000, "US-KR": 2_400_000,
    }  # fmt: skip
    bounded = bounded.replace("cap_ppm = 1_000_000", "cap_ppm = 700_000")
    lines = {line.relation: line for line in settled(text=bounded).performance.lines}
    assert lines["JP-KR"].each_usdr == 2_800_000


def test_one_failed_test_leaves_nothing_where_both_must_be_met() -> None:
    both = TARIFF.replace("together = false", "together = true").replace("250_000", "0")
    lines = {line.relation: line for line in settled(text=both).performance.lines}
    assert {name: line.each_usdr for name, line in lines.items()} == {
        "JP-KR": 4_000_000, "KR-US": 0, "US-KR": 0,
    }  # fmt: skip
    assert [paid.paid_ppm for paid in lines["KR-US"].measures] == [0, 0]


def test_items_behind_an_amount_carry_it_exactly() -> None:
    for statement in settled().statements:
        for line in statement.lines:
            behind = items_behind(statement, line.number)
            assert len(behind) == line.items
            assert pc.sum(behind["amount_usdr"]).as_py() == line.amount_usdr
    performance = settled().performance
    assert performance.broken_down("weight_class_g").to_pylist() == [
        {"origin": o, "destination": d, "weight_class_g": 500, "items": n, "amount_usdr": amount}
        for o, d, n, amount in [
            ("JP", "KR", 1, 4_000_000), ("KR", "US", 4, 8_000_000), ("US", "KR", 1, 2_000_000),
        ]
    ]  # fmt: skip


def test_a_relation_without_a_row_is_not_paid_and_it_is_said() -> None:
    only = TARIFF.replace('origin = "*"', 'origin = "KR"', 1)
    settlement = settled(text=only)
    assert [line.relation for line in settlement.performance.lines] == ["KR-US"]
    assert [(f.code, f.detail.split(":")[0]) for f in settlement.findings] == [
        ("performance-not-agreed", "no performance row for JP-KR"),
        ("performance-not-agreed", "no performance row for US-KR"),
    ]


def test_a_month_without_items() -> None:
    settlement = settled(period=Period.month("2027-01"))
    assert (len(settlement.journal), settlement.statements) == (0, ())
    assert settlement.netting.payments == ()
    assert settlement.totals.gross_usdr == 0


def test_a_month_in_which_all_went_well_pays_for_performance_only() -> None:
    settlement = settled("A KR-US 2026-11-02 38500 | on_time on_time | | CDI")
    assert len(settlement.refunds) == len(settlement.recourse) == 0
    assert settlement.totals.gross_usdr == settlement.totals.performance_usdr == 4_000_000


def test_an_item_is_settled_once() -> None:
    verdicts, items, events = month(MONTH)
    twice = pa.concat_tables([verdicts, verdicts.slice(3, 1)])
    with pytest.raises(InvariantBroken, match="key-D"):
        settle_period(network(), twice, items, events, NOVEMBER, tariff(), booked_at=BOOKED_AT)
    with pytest.raises(InvariantBroken, match="performance events"):
        settle_period(
            network(), verdicts, items, pa.concat_tables([events, events]), NOVEMBER, tariff(),
            booked_at=BOOKED_AT,
        )  # fmt: skip


def test_books_that_do_not_balance_are_refused() -> None:
    settlement = settled()
    amounts = settlement.journal["amount"].to_numpy().copy()
    amounts[0] += 1
    column = JOURNAL.names.index("amount")
    wrong = settlement.journal.set_column(column, JOURNAL.field("amount"), pa.array(amounts))
    with pytest.raises(InvariantBroken, match="do not sum to zero"):
        check_balanced(wrong)
    with pytest.raises(InvariantBroken, match="disagree"):
        check_settlement(replace(settlement, journal=settlement.journal.slice(0, 0)))


def test_reasons_are_read_as_they_are_written() -> None:
    for kind in Kind:
        for reason in (Reason(kind, "delivery"), Reason(kind, "KR-US", "2026-10")):
            assert Reason.of(reason.text) == reason
    for wrong in ("", "refund", "gift.money", "refund.money@2026-10", "adjustment.refund.money"):
        with pytest.raises(StoreDamaged, match="reason"):
            Reason.of(wrong)


LANES = st.sampled_from(["KR-US", "US-KR", "JP-US", "US-JP", "KR-JP", "JP-KR"])
OUTCOMES = st.sampled_from([outcome.value for outcome in Outcome])
SHARES = st.lists(st.integers(0, WHOLE), min_size=4, max_size=4).map(
    lambda cuts: np.diff([0, *sorted(cuts), WHOLE]).tolist()
)
SCANS = st.sampled_from(["CDI", "CDHI", "CdI", "CD", "C", "DI", "CDE", "", "cdhi"])


@st.composite
def months(draw: st.DrawFn) -> str:
    """A dozen items with any outcomes."""
    lines = []
    for number in range(draw(st.integers(1, 12))):
        between = draw(OUTCOMES)
        of_leg = draw(SHARES) if between == LATE else [0] * len(Leg)
        shared = " ".join(
            f"{leg.name.lower()} {share}" for leg, share in zip(Leg, of_leg, strict=True)
        )
        # `shares()` reads numbers below 1000 as per cent, so keep clear of them.
        if any(0 < share < 1000 for share in of_leg):
            shared = "export 333333 delivery 666667"
        day = draw(st.integers(1, 28))
        postage = draw(st.integers(0, 10**6))
        lines.append(
            f"I{number:02d} {draw(LANES)} 2026-11-{day:02d} {postage} | {draw(OUTCOMES)} {between} "
            f"| {shared} | {draw(SCANS)}"
        )
    return "\n".join(lines)


@settings(deadline=None, max_examples=60)
@given(months(), st.sampled_from(["100", "73", "0"]), st.integers(0, 40_000_000))
def test_what_holds_for_every_month(cases: str, percent: str, stop_loss: int) -> None:
    text = TARIFF.replace("percent = 100", f"percent = {percent}\nstop_loss_usdr = {stop_loss}")
    settlement = settled(cases, text)
    check_settlement(settlement)
    # Refunds of each origin, valued in SDR = what it charged on and what it bore.
    rows = settlement.recourse.to_pylist()
    for item in {row["item_key"] for row in rows}:
        parts = [row for row in rows if row["item_key"] == item]
        assert sum(part["amount_usdr"] for part in parts) == parts[0]["refund_usdr"]
        assert {part["bearer"] for part in parts} <= {parts[0]["origin"], parts[0]["destination"]}
    assert _charged_by_lane(settlement) <= stop_loss
    # Statements: what one owes the other is what the other is owed; all positions sum to zero.
    for statement in settlement.statements:
        assert statement.net_of(statement.one) == -statement.net_of(statement.other)
        for line in statement.lines:
            behind = items_behind(statement, line.number)
            assert sum(behind["amount_usdr"].to_pylist()) == line.amount_usdr > 0
    assert sum(settlement.positions.values()) == 0
    assert settlement.totals.net_usdr <= settlement.totals.bilateral_usdr
    assert settlement.totals.bilateral_usdr <= settlement.totals.gross_usdr


def _charged_by_lane(settlement: Settlement) -> int:
    charged: dict[tuple[str, str], int] = {}
    for row in settlement.recourse.to_pylist():
        if row["bearer"] != row["origin"]:
            lane = (row["origin"], row["destination"])
            charged[lane] = charged.get(lane, 0) + row["amount_usdr"]
    return max(charged.values(), default=0)


@settings(deadline=None, max_examples=40)
@given(months(), st.integers(0, 2**32 - 1))
def test_neither_order_nor_time_of_booking_changes_ids_or_digests(cases: str, seed: int) -> None:
    expected = settled(cases)
    random = np.random.default_rng(seed)
    tables: Sequence[pa.Table] = [
        table.take(pa.array(random.permutation(len(table)))) for table in month(cases)
    ]
    again = settle_period(network(), *tables, NOVEMBER, tariff(), booked_at=BOOKED_AT + 1)
    assert [s.sha256 for s in again.statements] == [s.sha256 for s in expected.statements]
    assert again.refunds.equals(expected.refunds)
    assert again.recourse.equals(expected.recourse)
    assert again.journal.drop_columns("booked_at").equals(
        expected.journal.drop_columns("booked_at")
    )
    assert again.netting == expected.netting


def test_chunks_and_wider_text_columns_change_nothing() -> None:
    verdicts, items, events = month(MONTH)
    chunked = pa.concat_tables([verdicts.slice(0, 3), verdicts.slice(3)])
    wide = items.cast(
        pa.schema([
            pa.field(f.name, pa.large_string() if f.type == pa.string() else f.type)
            for f in items.schema
        ])
    )  # fmt: skip
    empty = PERFORMANCE_EVENTS.empty_table()
    again = settle_period(
        network(), chunked, wide, pa.concat_tables([empty, events]), NOVEMBER, tariff(),
        booked_at=BOOKED_AT,
    )  # fmt: skip
    assert again.journal.equals(settled().journal)


def test_the_store_keeps_every_column_of_the_journal() -> None:
    from datecertain.store.settlement_records import journal

    of_the_store = {"seq", "batch_id", "prev_digest", "digest"}
    assert {column.name for column in journal.columns} - of_the_store == set(JOURNAL.names)
