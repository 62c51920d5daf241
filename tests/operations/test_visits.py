"""Visits: begun, gone on with, ended by their person, by time, by a new password."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from command_line import say
from small_workspaces import small_workspace

from datecertain.access import Kind, Right, keeper
from datecertain.errors import SignInRefused
from datecertain.operations import accounts, audit, passwords, visits
from datecertain.store.access_book import AccessBook
from datecertain.store.visit_rows import visit_of

NOW = 1_790_000_000
GOOD = "four small words here"
LIMITS = visits.Limits(idle_s=600, whole_s=3600)


FAST = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = small_workspace(tmp_path_factory.mktemp("visits") / "w")
    accounts.create_account(folder, "kim", "Kim", "KR", ["care"], NOW)
    passwords.set_password(folder, "kim", GOOD, NOW, hasher=FAST)
    return folder


@pytest.fixture
def workspace(untouched: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(passwords, "HASHER", FAST)
    return Path(shutil.copytree(untouched, tmp_path / "w"))


def test_a_visit_tells_who_asks_until_nothing_is_asked_or_its_whole_time_is_over(
    workspace: Path,
) -> None:
    with AccessBook(workspace) as book:
        token = visits.begin(book, "kim", GOOD, NOW, "", LIMITS)
        who = visits.viewer_of_visit(book, token, NOW, LIMITS)
        assert who is not None
        assert (who.name, who.post, who.kind) == ("kim", "KR", Kind.PERSON)
        assert who.may(Right.PERSONS)
        assert visits.viewer_of_visit(book, token, NOW + 600, LIMITS) is None
        for moment in range(NOW, NOW + 3600, 590):
            assert visits.viewer_of_visit(book, token, moment, LIMITS) is not None
        assert visits.viewer_of_visit(book, token, NOW + 3600, LIMITS) is None
        for other in ("", "x", token[:-1] + "!", token[:-1] + ("A" if token[-1] != "A" else "B")):
            assert visits.viewer_of_visit(book, other, NOW, LIMITS) is None
    kept = b"".join(path.read_bytes() for path in workspace.glob("records.db*"))
    assert token.encode() not in kept


def test_a_visit_ends_when_its_person_leaves(workspace: Path) -> None:
    with AccessBook(workspace) as book:
        one, other = (visits.begin(book, "kim", GOOD, NOW, "") for _ in range(2))
        who = visits.viewer_of_visit(book, one, NOW)
        assert who is not None
        visits.end(book, who, one, NOW)
        assert visits.viewer_of_visit(book, one, NOW) is None
        assert visits.viewer_of_visit(book, other, NOW) is not None
        ended = say("user", "sign-out", "kim", "-w", workspace)
        assert (ended.code, ended.out) == (0, "Visits of kim ended: 1.\n")
        assert visits.viewer_of_visit(book, other, NOW) is None


def test_all_visits_end_with_a_new_password_and_with_the_account(workspace: Path) -> None:
    with AccessBook(workspace) as book:
        token = visits.begin(book, "kim", GOOD, NOW, "")
        passwords.set_password(workspace, "kim", "blue tram under oak", NOW)
        assert visits.viewer_of_visit(book, token, NOW) is None
        token = visits.begin(book, "kim", "blue tram under oak", NOW, "")
        accounts.set_state(workspace, "kim", "closed", NOW)
        assert visits.viewer_of_visit(book, token, NOW) is None
        accounts.set_state(workspace, "kim", "active", NOW)
        assert visits.viewer_of_visit(book, token, NOW) is None, "what ended stays ended"
        with book.reading() as connection:
            assert visit_of(connection, visits._hash(token)) is not None


def test_the_token_against_forged_requests_is_that_of_the_visit(workspace: Path) -> None:
    with AccessBook(workspace) as book:
        one, other = (visits.begin(book, "kim", GOOD, NOW, "") for _ in range(2))
    csrf = visits.csrf_token(one)
    assert (len(csrf), one in csrf) == (43, False)
    assert visits.same_csrf(one, csrf)
    assert not any(visits.same_csrf(one, bad) for bad in ("", visits.csrf_token(other), "é\udc00"))


def test_signing_in_and_out_stands_in_the_audit_trail_without_the_password(
    workspace: Path,
) -> None:
    with AccessBook(workspace) as book:
        before = len(audit.trail(book, keeper()))
        for login in ("kim", "hunter2-typed-too-early"):
            with pytest.raises(SignInRefused):
                visits.begin(book, login, "wrong", NOW, "")
        token = visits.begin(book, "kim", GOOD, NOW, "")
        who = visits.viewer_of_visit(book, token, NOW)
        assert who is not None
        visits.end(book, who, token, NOW + 5)
        told = audit.trail(book, keeper())[before:]
    assert [(one.phase, one.who, one.post, one.action, one.subject) for one in told] == [
        ("refused", "", "", "sign in", "kim"),
        ("refused", "", "", "sign in", "(unknown)"),
        ("done", "kim", "KR", "sign in", "kim"),
        ("done", "kim", "KR", "sign out", "kim"),
    ]
    assert audit.verify(workspace).entries == before + 4
