"""Claims from filing to their end, on the small world: Korea to the United States, claim-driven."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from claim_workspaces import (
    LATE_ITEM,
    OPEN_ITEM,
    PERIOD,
    at,
    claim,
    claims_workspace,
    delivered,
    do,
    judge,
    story,
    take_in,
)
from sqlalchemy import select

from datecertain.claims.cases import Actor, Event, State
from datecertain.errors import ClaimRefused, UsageError
from datecertain.moments import format_utc
from datecertain.network.claim_terms import Claimant, Heading, Remedy
from datecertain.operations.books import book_balances
from datecertain.operations.claim_deadlines import advance
from datecertain.operations.claim_rows import StoredCase, find_case
from datecertain.operations.claim_views import show_case
from datecertain.operations.letters import sender_letter
from datecertain.operations.refund_runs import RefundReport, run_refunds
from datecertain.operations.refund_views import forecast, waiting
from datecertain.operations.settling import settle_month
from datecertain.operations.workspaces import open_workspace
from datecertain.store.claim_records import refund_events, refunds, sender_notices
from datecertain.wording.documents import as_text
from datecertain.wording.prepared import letter_words

#: Makes a workspace of its own, with these terms besides.
Made = Callable[..., Path]


@pytest.fixture(scope="module")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Workspaces by their terms, each made once."""

    @cache
    def template(*terms: str) -> Path:
        return claims_workspace(tmp_path_factory.mktemp("claims") / "w", *terms)

    return template


@pytest.fixture
def made(templates: Callable[..., Path], tmp_path: Path) -> Made:
    """Copies one, to work on."""
    return lambda *terms: Path(shutil.copytree(templates(*terms), tmp_path / "w"))


def refunds_in(folder: Path) -> list[tuple[str, int, str]]:
    """(item, amount that stands, what happened since) of each refund."""
    with open_workspace(folder) as opened, opened.reading() as view:
        found = []
        for row in view.connection.execute(select(refunds).order_by(refunds.c.item_id)):
            later = view.connection.execute(
                select(refund_events).where(refund_events.c.item_key == row.item_key)
                .order_by(refund_events.c.seq)
            ).all()  # fmt: skip
            amount = later[-1].amount_minor if later else row.amount_minor
            found.append((row.item_id, amount, " ".join(event.event for event in later)))
        return found


def by_terms(folder: Path, moment: str, name: str = LATE_ITEM) -> StoredCase:
    with open_workspace(folder, write=True) as opened:
        advance(opened, at(moment))
        advance(opened, at(moment))  # once more: nothing is done twice
        with opened.reading() as view:
            return find_case(view.connection, name)


def run(folder: Path, moment: str) -> RefundReport:
    with open_workspace(folder, write=True) as opened:
        return run_refunds(opened, PERIOD, at(moment))


def test_a_claim_is_granted_at_once_and_once(made: Made) -> None:
    folder = made()
    case = claim(folder, "2026-11-03T00:00Z")
    assert story(case) == ["filed", "granted guarantee 30000"]
    # Ten working days of Korea from Tuesday 3 November, without the holiday of the 5th.
    assert format_utc(case.now.due_at or 0) == "2026-11-18T15:00Z"
    assert claim(folder, "2026-11-04T00:00Z") == case  # the same claim again
    for more in ({"reference": "INV-2"}, {"claimant": Claimant.ADDRESSEE}):
        with pytest.raises(ClaimRefused, match="has a claim already") as refused:
            claim(folder, "2026-11-04T00:00Z", **more)
        assert refused.value.reason == "claimed_already"
    assert run(folder, "2026-11-10T00:00Z").granted == 0
    paid = do(folder, "2026-11-10T00:00Z", Event.PAID, Actor.ORIGIN)
    assert (paid.state, paid.now.due_at, paid.now.amount_minor) == (State.PAID, None, 30000)
    assert refunds_in(folder) == [(LATE_ITEM, 30000, "")]


def test_a_claim_that_cannot_be_filed_says_why(made: Made) -> None:
    folder = made("claimants_after_delivery,sender")
    for reason, more in {
        "wrong_claimant": {"claimant": Claimant.ADDRESSEE},
        "wrong_currency": {"currency": "USD"},
        "nothing_payable": {"asks": frozenset({Heading.LOST_PROFIT})},
        "remedy_not_offered": {"remedy": Remedy.CREDIT},
        "unknown_item": {"item": "EE000000031KR"},
        "not_received_yet": {"received": at("2026-11-04T00:00Z").now()},
        "unusable_reference": {"reference": "Hong Gildong"},
        "too_early": {"received": at("2026-10-26T14:59Z").now()},
    }.items():
        with pytest.raises(ClaimRefused) as refused:
            claim(folder, "2026-11-03T00:00Z", **more)
        assert refused.value.reason == reason
        assert "Hong" not in str(refused.value)
    with pytest.raises(ClaimRefused, match="no item number"):
        claim(folder, "2026-11-03T00:00Z", item="EE000000006KR")
    assert refunds_in(folder) == []


def test_a_claim_of_an_open_item_waits_and_is_decided_for_the_sender(made: Made) -> None:
    folder = made()
    case = claim(folder, "2026-11-03T00:00Z", OPEN_ITEM)
    assert story(case) == ["filed", "held undecided"]
    # 26 October and 21 days: 16 November, to its end in Seoul.
    assert format_utc(case.now.due_at or 0) == "2026-11-16T15:00Z"
    assert by_terms(folder, "2026-11-16T14:59Z", OPEN_ITEM).state is State.WAITING
    decided = by_terms(folder, "2026-11-16T15:00Z", OPEN_ITEM)
    assert story(decided)[2:] == ["granted for_sender 30000"]
    with open_workspace(folder) as opened, opened.reading() as view:
        bearer = view.connection.execute(select(refunds.c.bearer)).scalar_one()
    assert bearer == "KR", "nothing shows that Korea handed it over"


def test_a_waiting_claim_is_answered_when_the_item_is_decided(made: Made) -> None:
    folder = made()
    claim(folder, "2026-11-03T00:00Z", OPEN_ITEM)
    take_in(folder, "2", delivered(OPEN_ITEM, "202610261400", "2"))
    judge(folder, "2026-11-05T00:00Z")
    assert story(by_terms(folder, "2026-11-05T01:00Z", OPEN_ITEM))[2:] == ["refused on_time"]


def test_a_superseded_verdict_reverses_what_was_granted(made: Made) -> None:
    folder = made()
    claim(folder, "2026-11-03T00:00Z")
    take_in(folder, "2", delivered(LATE_ITEM, "202610261400", "2"))
    judge(folder, "2026-11-05T00:00Z")
    case = by_terms(folder, "2026-11-05T01:00Z")
    assert story(case)[2:] == ["reopened superseded", "refused on_time"]
    assert refunds_in(folder) == [(LATE_ITEM, 0, "reversed")]


def test_a_superseded_verdict_grants_what_was_refused(made: Made) -> None:
    folder = made()
    take_in(folder, "2", delivered(OPEN_ITEM, "202610261400", "2"))
    judge(folder, "2026-11-02T00:00Z")
    assert story(claim(folder, "2026-11-03T00:00Z", OPEN_ITEM))[1:] == ["refused on_time"]
    assert by_terms(folder, "2026-12-20T00:00Z", OPEN_ITEM).state is State.CLOSED
    with open_workspace(folder, write=True) as opened:
        case = find_in(opened, OPEN_ITEM)
        _supersede(opened, "late_liable")
    assert case.state is State.CLOSED
    again = by_terms(folder, "2026-12-21T00:00Z", OPEN_ITEM)
    assert story(again)[2:] == [
        "lapsed refused_overdue", "reopened superseded", "granted guarantee 30000",
    ]  # fmt: skip


def find_in(opened: object, name: str) -> StoredCase:
    with opened.reading() as view:  # type: ignore[attr-defined]
        return find_case(view.connection, name)


def _supersede(opened: object, outcome: str) -> None:
    """A later verdict of the open item, written as judging writes one."""
    import pyarrow as pa
    import pyarrow.compute as pc

    from datecertain.operations.judging import current_verdicts

    rows = current_verdicts(opened, [PERIOD])  # type: ignore[arg-type]
    rows = rows.filter(pc.equal(rows["item_id"], OPEN_ITEM))
    place = rows.schema.get_field_index("sender_outcome")
    rows = rows.set_column(place, rows.schema.field(place), pa.array([outcome]))
    place = rows.schema.get_field_index("batch_id")
    rows = rows.set_column(place, rows.schema.field(place), pa.array([f"judge.{outcome}"]))
    with opened.commit("judge", f"judge.{outcome}", now=29_800_000) as commit:  # type: ignore[attr-defined]
        commit.append("verdicts", rows)


@pytest.mark.parametrize(
    ("term", "event", "stands"), [("kept", "kept", 30000), ("recovered", "reversed", 0)]
)
def test_what_was_paid_is_kept_or_recovered_as_the_terms_say(
    made: Made, term: str, event: str, stands: int
) -> None:
    folder = made(f"paid_refund_superseded,{term}")
    claim(folder, "2026-11-03T00:00Z")
    do(folder, "2026-11-03T02:00Z", Event.PAID, Actor.ORIGIN)
    assert booked(folder, "2026-11-04T00:00Z") == 30000
    take_in(folder, "2", delivered(LATE_ITEM, "202610261400", "2"))
    judge(folder, "2026-11-05T00:00Z")
    case = by_terms(folder, "2026-11-05T01:00Z")
    assert story(case)[3:] == [f"{event} on_time 30000"]
    assert refunds_in(folder) == [(LATE_ITEM, stands, event)]
    # The books agree with the ledger.
    assert booked(folder, "2026-11-06T00:00Z") == stands


def booked(folder: Path, moment: str) -> int:
    """What the origin has booked as paid to senders once the month is settled again."""
    with open_workspace(folder, write=True) as opened:
        settle_month(opened, PERIOD, at(moment))
        rows = book_balances(opened, None, None, "KR").rows
    return sum(row.amount for row in rows if row.account == "refunds.expense")


CONFIRMS = ("confirmation,before", "confirmation_days,3")


def test_the_other_post_confirms_or_denies(made: Made) -> None:
    folder = made(*CONFIRMS)
    case = claim(folder, "2026-11-09T12:00Z")
    assert story(case)[1:] == ["confirmation_asked confirmation_asked 30000"]
    # Three working days of the United States from Monday 9 November, without Veterans Day.
    assert format_utc(case.now.due_at or 0) == "2026-11-14T05:00Z"
    assert refunds_in(folder) == []
    with pytest.raises(UsageError, match="by destination, not by the origin"):
        do(folder, "2026-11-10T00:00Z", Event.CONFIRMED, Actor.ORIGIN)
    denied = do(folder, "2026-11-10T00:00Z", Event.DENIED, Actor.DESTINATION)
    assert denied.state is State.CONTESTED
    granted = do(folder, "2026-11-11T00:00Z", Event.GRANTED, Actor.ORIGIN, reason="scan is later")
    assert story(granted)[2:] == ["denied so", "granted scan is later 30000"]
    assert refunds_in(folder) == [(LATE_ITEM, 30000, "")]


def test_asked_beside_the_answer_changes_nothing(made: Made) -> None:
    folder = made("confirmation,beside", "confirmation_days,3")
    case = claim(folder, "2026-11-09T12:00Z")
    assert story(case)[1:] == [
        "granted guarantee 30000", "confirmation_asked confirmation_asked 30000",
    ]  # fmt: skip
    due = case.now.due_at
    denied = do(folder, "2026-11-10T00:00Z", Event.DENIED, Actor.DESTINATION)
    assert (denied.state, denied.now.due_at, denied.now.amount_minor) == (
        State.GRANTED, due, 30000,
    )  # fmt: skip
    assert refunds_in(folder) == [(LATE_ITEM, 30000, "")]


@pytest.mark.parametrize(
    ("presumed", "told"),
    [("late", "presumed guarantee 30000"), ("on_time", "refused denied")],
)
def test_silence_is_read_by_rule(made: Made, presumed: str, told: str) -> None:
    folder = made(*CONFIRMS, f"confirmation_presumed,{presumed}")
    claim(folder, "2026-11-09T12:00Z")
    assert by_terms(folder, "2026-11-14T04:59Z").state is State.CONFIRMING
    assert story(by_terms(folder, "2026-11-14T05:00Z"))[2:] == [told]


def test_appeals_come_in_time_and_are_answered(made: Made) -> None:
    folder = made()
    case = claim(folder, "2026-11-20T15:00Z")
    assert story(case)[1:] == ["refused too_late"]
    with pytest.raises(UsageError, match="no reason"):
        do(folder, "2026-11-22T00:00Z", Event.APPEALED, Actor.CLAIMANT, reason="")
    appealed = do(folder, "2026-11-22T00:00Z", Event.APPEALED, Actor.CLAIMANT)
    # Seven working days of Korea from Sunday 22 November.
    assert format_utc(appealed.now.due_at or 0) == "2026-12-01T15:00Z"
    late = by_terms(folder, "2026-12-01T15:00Z")
    assert (late.state, late.now.level) == (State.APPEALED, 1)
    granted = do(folder, "2026-12-02T00:00Z", Event.GRANTED, Actor.ORIGIN, reason="ill")
    assert (granted.now.ground, granted.now.amount_minor) == ("goodwill", 30000)


def test_an_appeal_may_be_too_late_or_refused(made: Made) -> None:
    folder = made()
    claim(folder, "2026-11-20T15:00Z")
    with pytest.raises(UsageError, match="before 2026-12-21T15:00Z"):
        do(folder, "2026-12-21T15:00Z", Event.APPEALED, Actor.CLAIMANT)
    do(folder, "2026-12-21T14:59Z", Event.APPEALED, Actor.CLAIMANT)
    upheld = do(folder, "2026-12-22T00:00Z", Event.REFUSED, Actor.ORIGIN)
    assert upheld.state is State.REFUSED_FINALLY
    with pytest.raises(UsageError, match="cannot be withdrawn"):
        do(folder, "2026-12-22T00:00Z", Event.WITHDRAWN, Actor.CLAIMANT)


def test_a_withdrawn_claim_may_be_made_again(made: Made) -> None:
    folder = made()
    claim(folder, "2026-11-03T00:00Z", OPEN_ITEM)
    do(folder, "2026-11-04T00:00Z", Event.WITHDRAWN, Actor.CLAIMANT, OPEN_ITEM)
    assert claim(folder, "2026-11-05T00:00Z", OPEN_ITEM, reference="2").number == 2


@pytest.mark.parametrize(
    ("term", "event", "stands"), [("kept", "kept", 30000), ("recovered", "reversed", 0)]
)
def test_an_automatic_lane_pays_unasked_and_keeps_or_reverses_unasked(
    made: Made, term: str, event: str, stands: int
) -> None:
    folder = made("refund_mode,automatic", f"paid_refund_superseded,{term}")
    report = run(folder, "2026-11-03T00:00Z")
    assert (report.granted, report.amounts) == (1, {"KRW": 30000})
    assert run(folder, "2026-11-03T01:00Z").already_done
    assert run(folder, "2026-11-04T01:00Z").granted == 0
    case = claim(folder, "2026-11-04T02:00Z")
    assert story(case)[1:] == ["refused refunded_already"]
    take_in(folder, "2", delivered(LATE_ITEM, "202610261400", "2"))
    judge(folder, "2026-11-05T00:00Z")
    report = run(folder, "2026-11-05T01:00Z")
    assert (report.reversed, report.kept) == ((0, 1) if stands else (1, 0))
    assert booked(folder, "2026-11-06T00:00Z") == stands
    late = run(folder, "2026-11-16T15:00Z")
    assert (late.granted, late.for_sender) == (1, 1)
    assert (late.reversed, late.kept) == (0, 0), "said once"
    # What was decided for the sender is booked too, once.
    both = stands + 30000
    assert booked(folder, "2026-11-18T00:00Z") == booked(folder, "2026-11-19T00:00Z") == both
    assert refunds_in(folder) == [(LATE_ITEM, stands, event), (OPEN_ITEM, 30000, "")]
    # What was decided for the sender was in time after all.
    take_in(folder, "3", delivered(OPEN_ITEM, "202610261400", "3"))
    judge(folder, "2026-11-20T00:00Z")
    report = run(folder, "2026-11-20T01:00Z")
    assert (report.granted, report.reversed, report.kept) == ((0, 0, 1) if stands else (0, 1, 0))
    assert booked(folder, "2026-11-21T00:00Z") == (both if stands else 0)


def test_a_late_claim_on_an_automatic_lane_is_told_that_it_is_paid_unasked(made: Made) -> None:
    folder = made("refund_mode,automatic")
    case = claim(folder, "2026-11-20T15:00Z")
    assert story(case)[1:] == ["refused too_late"]
    with open_workspace(folder, write=True) as opened:
        assert show_case(opened, case.case_id)["unasked"] == {"paid": False, "amount_minor": 30000}
        run_refunds(opened, PERIOD, at("2026-11-21T00:00Z"))
        assert show_case(opened, case.case_id)["unasked"] == {"paid": True, "amount_minor": 30000}
        letter = sender_letter(opened, LATE_ITEM, letter_words("en"), at("2026-11-22T00:00Z"))
    text = " ".join(as_text(letter.document).split())
    assert "refunded without being asked for: 30,000 KRW has been paid" in text.replace("\xa0", " ")


def test_senders_are_told_first_and_once(made: Made) -> None:
    folder = made()
    # An inquiry from 1 November on; that it may be claimed from 13 November on.
    assert run(folder, "2026-10-31T14:59Z").told == {}
    assert run(folder, "2026-10-31T15:00Z").told == {"waiting": 1}
    assert run(folder, "2026-11-12T14:59Z").told == {}
    assert run(folder, "2026-11-12T15:00Z").told == {"claimable": 1}
    assert run(folder, "2026-11-14T00:00Z").told == {}
    with open_workspace(folder) as opened, opened.reading() as view:
        told = view.connection.execute(select(sender_notices.c.item_id, sender_notices.c.kind))
        assert sorted(tuple(row) for row in told) == [
            (LATE_ITEM, "claimable"), (OPEN_ITEM, "waiting"),
        ]  # fmt: skip


def test_the_list_of_items_that_need_an_inquiry(made: Made) -> None:
    folder = made()
    with open_workspace(folder) as opened:

        def due(moment: str) -> list[tuple[str, str]]:
            rows = waiting(opened, PERIOD, at(moment).now(), due=True).to_pylist()
            return [(row["item_id"], row["need"]) for row in rows]

        assert due("2026-10-31T14:59Z") == []
        assert due("2026-10-31T15:00Z") == [(OPEN_ITEM, "inquiry")]
        assert due("2026-11-16T15:00Z") == [(OPEN_ITEM, "decision")]


def test_the_forecast_of_a_switch(made: Made) -> None:
    folder = made()
    with open_workspace(folder) as opened:
        (lane,) = forecast(opened, PERIOD, at("2026-11-03T00:00Z").now())
        assert (lane.owed, lane.automatic_minor, lane.claimed, lane.switch_minor) == (
            1, 30000, 0, 30000,
        )  # fmt: skip
    claim(folder, "2026-11-03T00:00Z")
    with open_workspace(folder) as opened:
        (lane,) = forecast(opened, PERIOD, at("2026-11-17T00:00Z").now())
        assert (lane.owed, lane.automatic_minor, lane.claimed, lane.switch_minor) == (
            2, 60000, 1, 30000,
        )  # fmt: skip


def test_what_was_granted_to_a_claim_is_settled(made: Made) -> None:
    """On a claim-driven lane the month books the refund only once a claim was granted."""
    folder = made()
    with open_workspace(folder, write=True) as opened:
        unasked = settle_month(opened, PERIOD, at("2026-11-02T00:00Z"))
    assert [one.items for one in unasked.money.refunds] == []
    claim(folder, "2026-11-03T00:00Z")
    with open_workspace(folder, write=True) as opened:
        asked = settle_month(opened, PERIOD, at("2026-11-04T00:00Z"))
        again = settle_month(opened, PERIOD, at("2026-11-05T00:00Z"))
    (refund,) = asked.money.refunds
    assert (refund.items, refund.minor) == (1, 30_000)
    assert (asked.already_done, again.already_done) == (False, True)
