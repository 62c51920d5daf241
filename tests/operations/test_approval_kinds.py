"""Each kind that can be approved does what its command does, and a second time nothing."""

from __future__ import annotations

from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from claim_workspaces import LATE_ITEM, at, claim, claims_workspace, do
from month_of_mail import CLOCK, PERIOD, Month

from datecertain.access import Role, Viewer
from datecertain.claims.cases import Actor, Event, State
from datecertain.errors import BadMoment, NotAllowed, UsageError
from datecertain.moments import DAY
from datecertain.operations import approval_kinds, approvals
from datecertain.operations.approval_kinds import KINDS, Doing, kind_of
from datecertain.operations.approvals import Approval
from datecertain.operations.claim_rows import find_case
from datecertain.operations.clock import Clock, FixedClock
from datecertain.operations.statements import list_statements
from datecertain.operations.workspaces import open_workspace
from datecertain.store.access_book import AccessBook

NOW = 1_790_000_000
Copy = Callable[[Path], Path]


def approved(
    workspace: Path, role: Role, post: str, kind: str, clock: Clock, **asked: Any
) -> Approval:
    """What one of a post asked for and another approved; done once more it changes nothing."""
    one, other = (Viewer(name, post, (role,)) for name in ("one", "other"))
    with AccessBook(workspace) as book:
        made = approvals.ask(book, workspace, one, kind, asked, NOW, clock)
        return approvals.approve(book, workspace, other, made.number, made.digest, NOW, clock)


def again(workspace: Path, post: str, kind: str, clock: Clock, **asked: Any) -> dict[str, Any]:
    """The same done again, as after a crash between the deed and the note of it."""
    return kind_of(kind).run(Doing(workspace, "one", post, clock), asked)


def test_a_month_is_settled_refunded_made_final_and_accepted(month: Month, workspace: Copy) -> None:
    folder, settlement = workspace(month.settled), Role.SETTLEMENT
    asked = {"month": PERIOD}
    refunds = approved(folder, settlement, "KR", "refunds.run", CLOCK, **asked)
    assert (refunds.state, refunds.result["month"]) == ("done", PERIOD)
    assert again(folder, "KR", "refunds.run", CLOCK, **asked)["already_done"]
    settling = {"month": PERIOD, "tariff": ""}
    done = approved(folder, settlement, "KR", "statements.settle", CLOCK, **settling)
    assert done.state == "done", done.result
    assert again(folder, "KR", "statements.settle", CLOCK, **settling)["already"]
    early = {"month": PERIOD, "waived": ""}
    failed = approved(folder, settlement, "KR", "statements.finalise", CLOCK, **early)
    assert (failed.state, "can be contested until" in failed.result["reason"]) == ("failed", True)
    waived = {"month": PERIOD, "waived": "Korea says that all agree"}
    with pytest.raises(NotAllowed, match="one post does not waive"):
        approved(folder, settlement, "KR", "statements.finalise", CLOCK, **waived)
    later = FixedClock(CLOCK.now() + 90 * DAY)
    final = approved(folder, settlement, "KR", "statements.finalise", later, **early)
    with open_workspace(folder) as opened:
        assert final.result["final"] == len(list_statements(opened, PERIOD))
    assert again(folder, "KR", "statements.finalise", later, **early) == {"final": 0}
    accepting = {"month": PERIOD, "pair": "JP-KR", "in_part": False, "reason": ""}
    accepted = approved(folder, settlement, "KR", "statements.accept", CLOCK, **accepting)
    assert accepted.result == {"state": "final", "already": False}
    assert again(folder, "KR", "statements.accept", CLOCK, **accepting)["already"]
    with pytest.raises(NotAllowed, match="US is not of JP-KR"):
        approved(folder, settlement, "US", "statements.accept", CLOCK, **accepting)
    with pytest.raises(UsageError, match="cannot be used"):
        approved(folder, settlement, "KR", "statements.settle", CLOCK, month=PERIOD, tariff="x=1")
    own = files("datecertain").joinpath("settlement", "tariffs", "illustrative.toml")
    text = own.read_text("utf-8") + "\n# a tariff of one's own\n"
    with pytest.raises(NotAllowed, match="no month was settled by this tariff"):
        approved(folder, settlement, "KR", "statements.settle", CLOCK, month=PERIOD, tariff=text)
    with pytest.raises(BadMoment, match="2026-99"):
        approved(folder, settlement, "KR", "statements.settle", CLOCK, month="2026-99", tariff="")


def test_goodwill_is_granted_once(tmp_path: Path) -> None:
    folder = claims_workspace(tmp_path / "w")
    case = claim(folder, "2026-11-20T15:00Z", LATE_ITEM)
    do(folder, "2026-11-22T00:00Z", Event.APPEALED, Actor.CLAIMANT)
    clock, asked = at("2026-12-01T00:00Z"), {"claim": case.case_id, "reason": "was ill"}
    with pytest.raises(NotAllowed, match="its origin decides"):
        approved(folder, Role.CARE, "US", "claims.goodwill", clock, **asked)
    done = approved(folder, Role.CARE, "KR", "claims.goodwill", clock, **asked)
    assert done.result == {"claim": case.case_id, "state": "granted", "already": False}
    assert again(folder, "KR", "claims.goodwill", clock, **asked)["already"]
    with open_workspace(folder) as opened, opened.reading() as view:
        found = find_case(view.connection, case.case_id)
    assert (found.state, [one.event for one in found.events].count(Event.GRANTED)) == (
        State.GRANTED, 1,
    )  # fmt: skip


def test_only_large_goodwill_waits_for_a_second_pair_of_eyes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = claims_workspace(tmp_path / "w")  # its postage is 30,000 won
    with (folder / "datecertain.toml").open("a") as file:
        file.write("\n[approvals]\ndemanded = true\n")
    case = claim(folder, "2026-11-20T15:00Z", LATE_ITEM)
    clock, asked = at("2026-12-01T00:00Z"), {"claim": case.case_id, "reason": "was ill"}
    care = Viewer("kim", "KR", (Role.CARE,))

    def waits() -> bool:
        with AccessBook(folder) as book:
            made = approvals.ask_if_demanded(
                book, folder, care, "claims.goodwill", asked, NOW, clock
            )
        return made is not None

    assert not waits()
    monkeypatch.setattr(approval_kinds, "_limits", lambda: (("KRW", 0, 30_000),))
    assert waits()


def test_every_kind_has_words_and_a_right() -> None:
    for name, kind in KINDS.items():
        assert approvals.preview(name, dict.fromkeys(kind.fields, ""), "ko")
        assert kind.fields
