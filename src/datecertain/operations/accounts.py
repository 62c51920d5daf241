"""Accounts of people and machines, and their keys (req 57-59).

A key is 256 random bits, shown once; its plain SHA-256 is kept, which cannot be searched. Its id,
which it begins with, is no secret and stands in lists. Moments are UTC seconds.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy import Row

from datecertain.access import (
    GROUP_ROLES,
    POST_ROLES,
    Kind,
    Right,
    Role,
    Viewer,
    keeper,
    rights_of,
)
from datecertain.errors import NotAllowed, NotFound, Term, UsageError
from datecertain.operations.audit import Phase, entry_of
from datecertain.operations.networks import current_network
from datecertain.operations.workspaces import open_workspace
from datecertain.store.access_book import AccessBook
from datecertain.store.audit_log import append_entry
from datecertain.store.visit_rows import account_row, change_roles, change_state, end_visits_of
from datecertain.wording import LANGUAGES

LOGIN = re.compile(r"[a-z0-9][a-z0-9._@-]{0,63}")
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,190}")
_KEY = re.compile(r"dc_([0-9a-f]{12})_[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True)
class Account:
    """A person or a machine; `post` is empty for the group's central office."""

    login: str
    name: str
    post: str
    roles: tuple[Role, ...]
    kind: Kind
    state: str
    language: str
    created_at: int
    email: str | None = None


@dataclass(frozen=True, slots=True)
class Key:
    """A key as it is kept. `scopes` None: all rights of its account; None at `expires_at` and
    `revoked_at`: does not expire, was not revoked."""

    key_id: str
    login: str
    post: str
    scopes: tuple[Right, ...] | None
    created_at: int
    expires_at: int | None
    revoked_at: int | None

    def state(self, now: int) -> str:
        """`valid`, `expired` or `revoked`."""
        if self.revoked_at is not None:
            return "revoked"
        return "expired" if self.expires_at is not None and self.expires_at <= now else "valid"


def create_account(
    workspace: Path, login: str, name: str, post: str, roles: Iterable[str], now: int, *,
    machine: bool = False, language: str = "en", email: str = "", by: Viewer | None = None,
) -> Account:  # fmt: skip
    """A new account of a post, or of the group's central office (`post` empty).

    Raises `UsageError` for a login or e-mail address that is taken or has another form, a post that
    the network does not know, a role that is unknown or not for such a post.
    """
    if not LOGIN.fullmatch(login):
        raise UsageError(
            f"{login!r} is not a login: 1 to 64 small letters, digits and . _ @ -, not beginning "
            "with a sign",
            "account.login",
            login=login,
        )
    if language not in LANGUAGES:
        raise UsageError(
            f"no language {language!r}: choose among {', '.join(LANGUAGES)}", "account.language"
        )
    email = email.strip().lower()
    if email and not _EMAIL.fullmatch(email):
        raise UsageError(
            f"{email!r} is not an e-mail address: write name@place.example",
            "account.email",
            email=email,
        )
    post = post.upper()
    if post:
        with open_workspace(workspace) as opened:
            current_network(opened).post(post)
    account = Account(
        login, name.strip() or login, post, demand_roles(roles, post),
        Kind.KEY if machine else Kind.PERSON, "active", language, now,
        email or None,
    )  # fmt: skip
    details = {"post": post, "roles": " ".join(account.roles), "kind": str(account.kind)}
    entry = entry_of(by or keeper(), Phase.DONE, "account create", login, now, details)
    with AccessBook(workspace) as book:
        book.add_account(_row(account), entry)
    return account


def demand_roles(roles: Iterable[str], post: str) -> tuple[Role, ...]:
    """Roles by their names, that a user of such a post can have. Raises `UsageError`."""
    found = demand_known(roles, post)
    if not found:
        raise UsageError(
            f"no role: give at least one of {', '.join(_possible(post))}", "account.no_role"
        )
    return tuple(sorted(found, key=list(Role).index))


def _named(role: str) -> str:
    """A role by its name in the glossary; what is none, as it was given."""
    return Term(f"role.{role}") if role in set(Role) else role


def demand_known(names: Iterable[str], post: str) -> frozenset[Role]:
    """The roles of these names, which may be none. Raises `UsageError` for one that is unknown or
    not for such a post."""
    possible = _possible(post)
    found = set()
    for name in names:
        if name not in {str(role) for role in possible}:
            raise UsageError(
                f"no role {name!r} for {post or 'the central office'}: choose among "
                f"{', '.join(possible)}",
                "account.role",
                role=_named(name),
            )
        found.add(Role(name))
    return frozenset(found)


def _possible(post: str) -> Sequence[Role]:
    return POST_ROLES if post else GROUP_ROLES


def _row(account: Account) -> dict[str, Any]:
    row = {name: getattr(account, name) for name in Account.__slots__}
    return row | {"roles": [str(role) for role in account.roles], "kind": str(account.kind)}


def account_of(row: Row[Any]) -> Account:
    """The account in a row of the access book."""
    return Account(
        row.login, row.name, row.post, tuple(Role(name) for name in row.roles), Kind(row.kind),
        row.state, row.language, row.created_at, row.email,
    )  # fmt: skip


def list_accounts(workspace: Path) -> Sequence[Account]:
    """All accounts, by login."""
    with AccessBook(workspace) as book:
        return [account_of(row) for row in book.all_accounts()]


def set_state(
    workspace: Path, login: str, state: str, now: int, *, by: Viewer | None = None
) -> Account:
    """Close an account, whose visits then end, or open it again (`closed`, `active`). Raises
    `NotFound`."""
    entry = entry_of(by or keeper(), Phase.DONE, f"account {state}", login, now)
    with AccessBook(workspace) as book:
        find_account(book, login)
        with book.writing(entry) as connection:
            change_state(connection, login, state)
            if state != "active":
                end_visits_of(connection, login, now)
        return find_account(book, login)


def set_roles(
    workspace: Path, login: str, now: int, *,
    roles: Iterable[str] | None = None, add: Iterable[str] = (), remove: Iterable[str] = (),
    by: Viewer | None = None,
) -> Account:  # fmt: skip
    """Change the roles of an account: to `roles` (None: to those that it has), with some added and
    others taken away. Its visits and keys have the new rights at once: the scopes of a key never
    give more than the roles do.

    Raises `NotFound`, `UsageError` for a role that is unknown or not for its post, and when none
    would be left, `NotAllowed` for one's own account: another administrator looks at that.
    """
    by = by or keeper()
    if by.name == login and by.kind is not Kind.KEEPER:
        raise NotAllowed(
            f"{login} does not change its own roles: another administrator does",
            "account.own_roles",
        )
    with AccessBook(workspace) as book, book.writing() as connection:
        row = account_row(connection, login)
        if row is None:
            raise NotFound(
                f"no account {login!r}: see `datecertain user list`", "account.unknown", login=login
            )
        before = account_of(row)
        both = sorted({*add} & {*remove})
        if both:
            raise UsageError(
                f"role {both[0]!r}: add it or remove it, not both",
                "account.twice",
                role=_named(both[0]),
            )
        demand_known([*add, *remove, *(roles or ())], before.post)
        wanted = {*(before.roles if roles is None else roles), *add} - {*remove}
        after = demand_roles(map(str, wanted), before.post)
        if after != before.roles:
            change_roles(connection, login, [str(role) for role in after])
            details = {"roles": " ".join(after), "before": " ".join(before.roles)}
            append_entry(connection, entry_of(by, Phase.DONE, "account roles", login, now, details))
    return replace(before, roles=after)


def find_account(book: AccessBook, login: str) -> Account:
    """An account. Raises `NotFound`."""
    row = book.account(login)
    if row is None:
        raise NotFound(
            f"no account {login!r}: see `datecertain user list`", "account.unknown", login=login
        )
    return account_of(row)


def create_key(
    workspace: Path, login: str, now: int, *,
    scopes: Iterable[str] | None = None, expires_at: int | None = None, by: Viewer | None = None,
) -> str:  # fmt: skip
    """A new key of an account, to be shown once; it cannot be had again.

    Raises `NotFound`, and `UsageError` for a scope that the account has no right to, or an end that
    has passed.
    """
    if expires_at is not None and expires_at <= now:
        raise UsageError(
            "the key would have expired already: give a later moment", "account.key_over"
        )
    with AccessBook(workspace) as book:
        account = find_account(book, login)
        cut = None if scopes is None else _demand_scopes(scopes, account)
        key_id = secrets.token_hex(6)
        key = f"dc_{key_id}_{secrets.token_urlsafe(32)}"
        entry = entry_of(
            by or keeper(), Phase.DONE, "key create", key_id, now,
            {"login": login, "expires_at": expires_at},
        )  # fmt: skip
        book.add_key({
            "key_id": key_id, "login": login, "sha256": _hash(key), "scopes": cut,
            "created_at": now, "expires_at": expires_at, "revoked_at": None,
        }, entry)  # fmt: skip
    return key


def _demand_scopes(scopes: Iterable[str], account: Account) -> list[str]:
    rights = rights_of(account.roles)
    given = sorted(set(scopes))
    if unknown := [name for name in given if name not in {str(right) for right in rights}]:
        raise UsageError(
            f"{account.login} has no right {unknown[0]!r}: choose among "
            f"{', '.join(sorted(rights))}",
            "account.right",
            right=str(unknown[0]),
        )
    return given


def list_keys(workspace: Path) -> Sequence[Key]:
    """All keys that were ever made, in their order."""
    with AccessBook(workspace) as book:
        return [_key(row) for row in book.all_keys()]


def revoke_key(workspace: Path, key_id: str, now: int, *, by: Viewer | None = None) -> Key:
    """End a key at once; it stays in the list. Raises `NotFound`."""
    entry = entry_of(by or keeper(), Phase.DONE, "key revoke", key_id, now)
    with AccessBook(workspace) as book:
        book.revoke_key(key_id, now, entry)
        row = book.key(key_id)
    assert row is not None
    return _key(row)


def _key(row: Row[Any]) -> Key:
    scopes = None if row.scopes is None else tuple(Right(name) for name in row.scopes)
    return Key(
        row.key_id, row.login, row.post, scopes, row.created_at, row.expires_at, row.revoked_at
    )


def viewer_of_key(book: AccessBook, key: str, now: int) -> Viewer | None:
    """Whoever asks with this key, if it is valid now. It is compared in constant time."""
    form = _KEY.fullmatch(key)
    row = None if form is None else book.key(form[1])
    # A key that is not there takes as long as one that is.
    same = hmac.compare_digest(_hash(key), "" if row is None else row.sha256)
    if row is None or not same or row.state != "active" or _key(row).state(now) != "valid":
        return None
    account = account_of(row)
    scopes = None if row.scopes is None else frozenset(Right(name) for name in row.scopes)
    return Viewer(account.login, account.post, account.roles, Kind.KEY, scopes)


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
