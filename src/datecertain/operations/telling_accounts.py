"""Accounts as plain data."""

from __future__ import annotations

from datetime import UTC, datetime

from typing_extensions import TypedDict

from datecertain.operations.accounts import Account


class AccountTold(TypedDict):
    """An account. `post` null: of the group's central office; `kind`: `person` or `key`, which is a
    machine; `state`: `active` or `closed`."""

    login: str
    name: str
    post: str | None
    roles: list[str]
    kind: str
    state: str
    language: str
    email: str | None
    created_at: str


def account_as_json(one: Account) -> AccountTold:
    """An account for programs: no password, no key."""
    return {
        "login": one.login, "name": one.name, "post": one.post or None,
        "roles": [str(role) for role in one.roles], "kind": str(one.kind), "state": one.state,
        "language": one.language, "email": one.email,
        "created_at": second_as_text(one.created_at) or "",
    }  # fmt: skip


def second_as_text(seconds: int | None) -> str | None:
    """A moment in UTC seconds, such as 2026-11-27T09:00:00Z; None where there is none."""
    if seconds is None:
        return None
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}"
