"""Signing in, approving and the trail of it, the same on either database."""

from __future__ import annotations

from pathlib import Path

import pytest
from argon2 import PasswordHasher

from datecertain.errors import SignInRefused
from datecertain.operations import approvals, audit, passwords, visits
from datecertain.operations.accounts import create_account, set_roles
from datecertain.operations.clock import FixedClock
from datecertain.operations.networks import current_network, publish_network
from datecertain.operations.workspaces import open_workspace
from datecertain.store.access_book import AccessBook
from worlds import small_network

NOW = 1_790_000_000
CLOCK = FixedClock(NOW // 60)
GOOD = "four small words here"
HOLIDAY = {
    "table": "holiday",
    "cells": {"date": "2026-12-31", "kind": "closed", "name_en": "A day off",
              "name_local": "A day off", "source": "illustrative: a test"},
}  # fmt: skip


def test_two_sign_in_and_one_approves_what_the_other_asks(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passwords, "HASHER", PasswordHasher(1, 8, 1))
    with open_workspace(folder, write=True) as opened:
        publish_network(opened, small_network(), CLOCK)
    for login in ("kim", "lee"):
        create_account(folder, login, "", "KR", ["network"], NOW)
        passwords.set_password(folder, login, GOOD, NOW)
    set_roles(folder, "lee", NOW, add=["auditor"])
    with AccessBook(folder) as book:
        with pytest.raises(SignInRefused):
            visits.begin(book, "kim", "wrong", NOW, "192.0.2.1")
        kim, lee = (
            visits.viewer_of_visit(
                book, visits.begin(book, login, GOOD, NOW, "192.0.2.1"), NOW + 90
            )
            for login in ("kim", "lee")
        )
        assert kim is not None
        assert lee is not None
        calendar = small_network().data.holidays[0].calendar
        asked = {**HOLIDAY, "cells": {**HOLIDAY["cells"], "calendar": calendar}}  # type: ignore[dict-item]
        waits = approvals.ask_if_demanded(book, folder, kim, "network.rule", asked, NOW, CLOCK)
        assert waits is not None, "two accounts could look, so two must"
        done = approvals.approve(book, folder, lee, waits.number, waits.digest, NOW, CLOCK)
        assert (done.state, done.result["already"]) == ("done", False)
        told = [(one.phase, one.who, one.action) for one in audit.trail(book, lee, 0, 100)]
    with open_workspace(folder) as opened:
        assert current_network(opened).version == done.result["version"]
    assert told == [
        ("done", "kim", "sign in"),
        ("done", "lee", "sign in"),
        ("done", "kim", "approval ask"),
        ("done", "lee", "approval approved"),
        ("done", "lee", "network.rule"),
    ]
    whole = audit.verify(folder)
    assert whole.entries == len(told) + 6, "two accounts, passwords, roles, a wrong one beside"
    assert audit.verify(folder, whole.digest).holds
