"""Two pairs of eyes: who asks does not approve, and what is approved is done once."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from command_line import say
from month_of_mail import CLOCK
from small_workspaces import small_workspace

from datecertain.access import Role, Viewer, keeper
from datecertain.errors import NotAllowed, NotFound, StoreBusy, UsageError
from datecertain.network.adding import with_row
from datecertain.network.rows import Holiday
from datecertain.network.rule_rows import Condition
from datecertain.operations import accounts, approval_kinds, approvals, audit
from datecertain.operations.approval_kinds import KINDS, goodwill_needs_two
from datecertain.operations.approvals import Approval, State
from datecertain.operations.clock import FixedClock
from datecertain.operations.networks import current_network, current_version, publications
from datecertain.operations.workspaces import open_workspace
from datecertain.store.access_book import AccessBook

NOW = 1_790_000_000
KIM, LEE, HAN = (Viewer(name, "KR", (Role.NETWORK,)) for name in ("kim", "lee", "han"))
ADMIN = Viewer("admin", "KR", (Role.ADMINISTRATOR,))
CLERK = Viewer("clerk", "KR", (Role.COUNTER,))
OTHER = Viewer("smith", "US", (Role.NETWORK,))
GROUP = Viewer("office", "", (Role.ADMINISTRATOR,))
SUSPEND = {
    "table": "condition",
    "cells": {
        "condition": "us-goods", "kind": "no_guarantee", "origin": "KR", "destination": "US",
        "text_en": "No guarantee.", "text_ko": "보장 없음.", "source": "illustrative: a test",
    },
}  # fmt: skip


class Eyes:
    """A workspace, and what is asked and approved in it at some moment."""

    def __init__(self, workspace: Path) -> None:
        self.workspace, self.book, self.now = workspace, AccessBook(workspace), NOW

    def ask(self, who: Viewer = KIM, kind: str = "network.rule", **asked: object) -> Approval:
        return approvals.ask(
            self.book, self.workspace, who, kind, asked or SUSPEND, self.now, CLOCK, "flood"
        )

    def approve(self, who: Viewer, one: Approval) -> Approval:
        return approvals.approve(
            self.book, self.workspace, who, one.number, one.digest, self.now, CLOCK
        )

    @property
    def conditions(self) -> list[str]:
        with open_workspace(self.workspace) as opened:
            rows = current_network(opened).data.conditions
        return [row.condition for row in rows if row.condition == "us-goods"]


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_workspace(tmp_path_factory.mktemp("approvals") / "w")


@pytest.fixture
def eyes(untouched: Path, tmp_path: Path) -> Iterator[Eyes]:
    made = Eyes(Path(shutil.copytree(untouched, tmp_path / "w")))
    yield made
    made.book.close()


def test_one_asks_another_of_the_post_approves_and_it_is_done(eyes: Eyes) -> None:
    asked = eyes.ask()
    assert (asked.state, eyes.conditions) == (State.PENDING, [])
    assert asked.preview_en.splitlines()[:2] == [
        "A rule is added to the network and is in force at once for new promises.",
        "table: condition",
    ]
    assert "cells.destination: US" in asked.preview_en
    assert asked.preview_ko.startswith("운송망에 규칙을 추가하며")
    done = eyes.approve(LEE, asked)
    assert (done.state, done.decided_by, eyes.conditions) == (State.DONE, "lee", ["us-goods"])
    assert eyes.approve(LEE, asked) == done, "approved twice by the same, it is done once"
    with pytest.raises(UsageError, match="is done: it no longer waits"):
        eyes.approve(HAN, asked)
    told = audit.trail(eyes.book, keeper(), 0, 1000)
    assert [(one.phase, one.who, one.action) for one in told] == [
        ("done", "kim", "approval ask"),
        ("done", "lee", "approval approved"),
        ("done", "lee", "network.rule"),
    ]


def test_who_cannot_approve(eyes: Eyes) -> None:
    asked = eyes.ask()
    with pytest.raises(NotAllowed, match="who asks does not approve"):
        eyes.approve(KIM, asked)
    for who in (CLERK, OTHER, GROUP):
        with pytest.raises(NotFound, match="no approval 1 here"):
            eyes.approve(who, asked)
    assert eyes.conditions == []
    assert eyes.approve(ADMIN, asked).state is State.DONE, "the right to approve is enough"


def test_who_cannot_ask_and_what_cannot_be_asked(eyes: Eyes) -> None:
    with pytest.raises(NotAllowed, match="it needs network"):
        eyes.ask(CLERK)
    with pytest.raises(UsageError, match="does it at once"):
        eyes.ask(keeper())
    for kind, asked, told in (
        ("network.other", SUSPEND, "no kind 'network.other'"),
        ("network.rule", {"table": "condition"}, "wants exactly: table, cells"),
        ("network.rule", SUSPEND | {"table": 1}, "str is wanted"),
        ("network.rule", SUSPEND | {"table": "posts"}, "no table 'posts'"),
        ("network.rule", SUSPEND | {"cells": {"kind": 1}}, "every value is a text"),
        ("network.rule", SUSPEND | {"cells": {"kind": "x"}}, "source is missing"),
        ("network.rule", SUSPEND | {"cells": SUSPEND["cells"] | {"source": "a\0"}}, "NUL"),
        ("network.publish", {"before": "x", "files": {}}, "no longer x"),
    ):
        with pytest.raises(UsageError, match=told):
            eyes.ask(KIM, kind, **asked)


def test_another_digest_is_not_what_was_seen(eyes: Eyes) -> None:
    asked = eyes.ask()
    with pytest.raises(UsageError, match="another digest"):
        eyes.approve(LEE, replace(asked, digest="0" * 64))


def test_it_is_refused_withdrawn_or_over(eyes: Eyes) -> None:
    one, two, three = (eyes.ask() for _ in range(3))
    with pytest.raises(UsageError, match="no reason"):
        approvals.refuse(eyes.book, LEE, one.number, " ", NOW)
    refused = approvals.refuse(eyes.book, LEE, one.number, "an old notice", NOW)
    withdrawn = approvals.refuse(eyes.book, KIM, two.number, "", NOW)
    assert (refused.state, refused.note) == (State.REFUSED, "an old notice")
    assert (withdrawn.state, withdrawn.note) == (State.WITHDRAWN, "flood")
    eyes.now += approvals.WAITS_S
    for dead in (one, two, three):
        with pytest.raises(UsageError, match="it no longer waits"):
            eyes.approve(LEE, dead)
    states = [one.state for one in approvals.listed(eyes.book, LEE, eyes.now)]
    assert (states, eyes.conditions) == ([State.REFUSED, State.WITHDRAWN, State.EXPIRED], [])
    assert approvals.listed(eyes.book, OTHER, eyes.now) == []


def test_what_a_closed_account_asked_for_is_not_done(eyes: Eyes) -> None:
    _account(eyes.workspace, "kim", "network")
    asked = eyes.ask()
    accounts.set_state(eyes.workspace, "kim", "closed", NOW)
    with pytest.raises(UsageError, match="kim was closed since"):
        eyes.approve(LEE, asked)
    assert eyes.conditions == []


def test_what_cannot_be_done_fails_with_its_reason(eyes: Eyes) -> None:
    bad = SUSPEND | {"cells": SUSPEND["cells"] | {"kind": "nonsense"}}  # type: ignore[operator]
    failed = eyes.approve(LEE, eyes.ask(KIM, **bad))
    assert failed.state is State.FAILED
    assert "nonsense" in failed.result["reason"]
    assert eyes.approve(LEE, failed) == failed


@pytest.mark.parametrize("when", ["before", "after"])
def test_cut_off_between_approval_and_end_it_is_done_at_the_next_start_once(
    eyes: Eyes, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    kind = KINDS["network.rule"]

    def cut_off(doing: approval_kinds.Doing, asked: approval_kinds.Request) -> dict[str, object]:
        if when == "after":
            kind.run(doing, asked)
        raise KeyboardInterrupt

    asked = eyes.ask()
    with monkeypatch.context() as patch:
        patch.setitem(KINDS, "network.rule", replace(kind, run=cut_off))  # type: ignore[arg-type]
        with pytest.raises(KeyboardInterrupt):
            eyes.approve(LEE, asked)
    found = approvals.find(eyes.book, LEE, asked.number, NOW)
    assert (found.state, len(eyes.conditions)) == (State.APPROVED, int(when == "after"))
    ended = say("approval", "complete", "-w", eyes.workspace, "--json").json["items"]
    assert [(one["number"], one["state"]) for one in ended] == [(asked.number, "done")]
    assert eyes.conditions == ["us-goods"]
    assert approvals.complete_approved(eyes.book, eyes.workspace, NOW, CLOCK) == []


def test_a_busy_store_leaves_it_to_be_done(eyes: Eyes, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(*_: object) -> dict[str, object]:
        raise StoreBusy("another writer")

    asked, kind = eyes.ask(), KINDS["network.rule"]
    with monkeypatch.context() as patch:
        patch.setitem(KINDS, "network.rule", replace(kind, run=busy))  # type: ignore[arg-type]
        with pytest.raises(StoreBusy):
            eyes.approve(LEE, asked)
    assert eyes.approve(LEE, asked).state is State.DONE, "approved again, it is taken up again"


def test_a_whole_network_is_put_in_force_over_the_one_that_was_looked_at(eyes: Eyes) -> None:
    with open_workspace(eyes.workspace) as opened:
        network = current_network(opened)
    holiday = {
        "calendar": "KR", "kind": "closed", "name_en": "A day off",
        "name_local": "A day off", "source": "illustrative: a test",
    }  # fmt: skip
    texts = dict(network.data.texts)
    one, two = (
        eyes.ask(
            KIM, "network.publish", before=network.version,
            files=with_row(texts, Holiday, holiday | {"date": date}),
        )
        for date in ("2026-12-30", "2026-12-31")
    )  # fmt: skip
    assert "holidays.csv" in one.preview_en
    done = eyes.approve(LEE, one)
    with open_workspace(eyes.workspace) as opened, opened.reading() as view:
        assert done.result["version"] == current_version(opened) != network.version
        assert len(publications(view.connection)) == 2
    late = eyes.approve(LEE, two)
    assert (late.state, "no longer" in late.result["reason"]) == (State.FAILED, True)


def test_a_post_changes_what_is_its_own(eyes: Eyes) -> None:
    with open_workspace(eyes.workspace) as opened:
        network = current_network(opened)
    texts = network.data.texts
    others = SUSPEND["cells"] | {"origin": "US", "destination": "JP"}
    closed = {"office": "USJFKA", "closed_from": "2026-12-01T00:00", "source": "illustrative: x"}
    holiday = {
        "calendar": "US",
        "date": "2026-12-01",
        "kind": "closed",
        "source": "illustrative: x",
    }
    for table, cells in (("condition", others), ("holiday", holiday), ("closure", closed)):
        for who in (KIM, GROUP):
            with pytest.raises(NotAllowed, match="its own calendars, offices and lanes only"):
                eyes.ask(who, table=table, cells=cells)
    with pytest.raises(UsageError, match="no condition 'x' is there"):
        eyes.ask(KIM, "network.resume", condition="x", source="illustrative: x")
    strangers = with_row(texts, Condition, others)
    terms = texts["terms.csv"] + 'sender,CN,JP,refund_percent,10,2026-12-01,,"KR alone says so"\n'
    for name, files in (
        ("conditions.csv", strangers),
        ("terms.csv", {**texts, "terms.csv": terms}),
        ("lanes.csv", {**texts, "lanes.csv": texts["lanes.csv"].rstrip("\n").rpartition("\n")[0]}),
        ("holidays.csv", with_row(texts, Holiday, holiday)),
    ):
        with pytest.raises(NotAllowed, match=f"{name} would change at .*not one's own"):
            eyes.ask(KIM, "network.publish", before=network.version, files=files)
    # A quotation mark that is left open hides nothing: rows are read line by line.
    hidden = strangers["conditions.csv"].rstrip("\n").splitlines()
    own_line = hidden[-1].replace("US,JP", "KR,US").rpartition(",")[0] + ',"illustrative: x'
    hidden = "\n".join([*hidden[:-1], own_line, hidden[-1] + '"']) + "\n"
    with pytest.raises(NotAllowed, match=r"conditions\.csv would change at .*not one's own"):
        eyes.ask(
            KIM, "network.publish", before=network.version,
            files={**texts, "conditions.csv": hidden},
        )  # fmt: skip
    own = with_row(texts, Condition, {"known_from": "2026-11-01T00:00Z", **SUSPEND["cells"]})
    asked = eyes.ask(KIM, "network.publish", before=network.version, files=own)
    assert eyes.approve(LEE, asked).state is State.DONE
    assert eyes.conditions == ["us-goods"]


def test_a_condition_ends_once(eyes: Eyes) -> None:
    eyes.approve(LEE, eyes.ask())
    end = {"condition": "us-goods", "source": "illustrative: over"}
    first, second = (eyes.ask(LEE, "network.resume", **end) for _ in range(2))
    assert "already" not in str(eyes.approve(KIM, first).result.get("already") or "")
    assert eyes.approve(KIM, second).result["already"] is True


KEEPERS: list[tuple[str, Callable[[Path], None], bool]] = [
    ("one account", lambda w: None, False),
    ("two accounts", lambda w: _account(w, "lee", "network"), True),
    ("one can approve", lambda w: _account(w, "lee", "administrator"), True),
    ("one of another post", lambda w: _account(w, "lee", "network", "US"), False),
    ("without the right", lambda w: _account(w, "lee", "counter"), False),
    ("the file says no", lambda w: (_account(w, "lee", "network"), _say(w, "false"))[0], False),
    ("the file says yes", lambda w: _say(w, "true"), True),
]


def _account(workspace: Path, login: str, role: str, post: str = "KR") -> None:
    accounts.create_account(workspace, login, "", post, [role], NOW)


def _say(workspace: Path, value: str) -> None:
    with (workspace / "datecertain.toml").open("a") as file:
        file.write(f"\n[approvals]\ndemanded = {value}\n")


@pytest.mark.parametrize(("what", "make", "wanted"), KEEPERS, ids=[one[0] for one in KEEPERS])
def test_when_a_second_pair_of_eyes_is_demanded(
    eyes: Eyes, what: str, make: Callable[[Path], None], wanted: bool
) -> None:
    _account(eyes.workspace, "kim", "network")
    make(eyes.workspace)
    assert approvals.demanded(eyes.book, eyes.workspace, KIM, "network.rule") is wanted
    waits = approvals.ask_if_demanded(
        eyes.book, eyes.workspace, KIM, "network.rule", SUSPEND, NOW, CLOCK
    )
    assert (waits is not None) is wanted
    assert not approvals.demanded(eyes.book, eyes.workspace, keeper(), "network.rule")


@pytest.mark.parametrize(
    ("currency", "amount", "day", "wanted"),
    [
        ("KRW", 99_999, "2026-11-01", False),
        ("KRW", 100_000, "2026-11-01", True),
        ("KRW", 1, "2025-12-31", True),
        ("THB", 1, "2026-11-01", True),
    ],
)
def test_large_goodwill_needs_two(currency: str, amount: int, day: str, wanted: bool) -> None:
    from datecertain.moments import parse_date

    clock = FixedClock(parse_date(day) * 1440)
    assert goodwill_needs_two(currency, amount, clock) is wanted


def test_the_command_line_decides_in_the_name_of_an_account(eyes: Eyes) -> None:
    for login in ("kim", "lee"):
        _account(eyes.workspace, login, "network")
    asked = eyes.ask()
    approvals_now = ("-w", eyes.workspace)
    shown = say("approval", "show", "1", *approvals_now)
    assert shown.out.startswith("1: network.rule, asked by kim (KR): ")
    own = say("approval", "approve", "1", "--as", "kim", "--digest", asked.digest, *approvals_now)
    assert (own.code, "who asks does not approve" in own.err) == (1, True)
