"""Visits of people: begun by signing in, known by the token in a cookie, ended (req 58).

A token is 256 random bits, of which the hash is kept. A visit ends when nothing was asked for
`idle_s`, at the latest `whole_s` after it began, when its person leaves, sets another password or
has the account closed. Moments are UTC seconds.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from contextlib import suppress
from dataclasses import dataclass

from datecertain.access import Kind, Viewer, nobody
from datecertain.errors import SignInRefused, StoreBusy
from datecertain.operations.accounts import Account, account_of, find_account
from datecertain.operations.audit import Phase, entry_of, refused
from datecertain.operations.passwords import demand_password
from datecertain.store.access_book import AccessBook
from datecertain.store.visit_rows import (
    add_visit,
    end_visit,
    end_visits_of,
    see_visit,
    visit_of,
)

_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
#: A visit's last sight is written down so often at most, seconds.
_NOTED_S = 60


@dataclass(frozen=True, slots=True)
class Limits:
    """How long visits last, seconds: with nothing asked, and in all."""

    idle_s: int = 30 * 60
    whole_s: int = 12 * 3600


LIMITS = Limits()


def begin(
    book: AccessBook, login: str, password: str, now: int, address: str, limits: Limits = LIMITS
) -> str:
    """Sign in; the token of the new visit. Raises `SignInRefused`. Both are in the audit trail."""
    try:
        account = demand_password(book, login, password, now, address)
    except SignInRefused as error:
        if not error.wait_s:
            refused(book, nobody(), "sign in", known_login(book, login), now, {"way": "password"})
        raise
    return begin_as(book, account, "password", now, limits)


def known_login(book: AccessBook, login: str) -> str:
    """A login that is there; another is not written down: it may be a password typed too early."""
    return login if book.account(login) is not None else "(unknown)"


def begin_as(
    book: AccessBook, account: Account, way: str, now: int, limits: Limits = LIMITS
) -> str:
    """A visit of a person who was known in some way (`password`, `oidc`); its token."""
    token = secrets.token_urlsafe(32)
    viewer = Viewer(account.login, account.post, account.roles)
    entry = entry_of(viewer, Phase.DONE, "sign in", account.login, now, {"way": way})
    with book.writing(entry) as connection:
        add_visit(connection, {
            "token_sha256": _hash(token), "login": account.login, "way": way, "began_at": now,
            "seen_at": now, "ends_at": now + limits.whole_s, "ended_at": None,
        })  # fmt: skip
    return token


def viewer_of_visit(
    book: AccessBook, token: str, now: int, limits: Limits = LIMITS
) -> Viewer | None:
    """Whoever asks with this token, if its visit goes on."""
    if not _TOKEN.fullmatch(token):
        return None
    hashed = _hash(token)
    with book.reading() as connection:
        row = visit_of(connection, hashed)
    if row is None or row.ended_at is not None or row.state != "active":
        return None
    if now >= row.ends_at or now >= row.seen_at + limits.idle_s or row.kind != Kind.PERSON:
        return None
    if now - row.seen_at >= _NOTED_S:
        with suppress(StoreBusy), book.writing() as connection:  # noted with the next request
            see_visit(connection, hashed, now)
    account = account_of(row)
    return Viewer(account.login, account.post, account.roles)


def end(book: AccessBook, viewer: Viewer, token: str, now: int) -> None:
    """Leave: the visit ends at once."""
    entry = entry_of(viewer, Phase.DONE, "sign out", viewer.name, now)
    with book.writing(entry) as connection:
        end_visit(connection, _hash(token), now)


def end_all(book: AccessBook, viewer: Viewer, login: str, now: int) -> int:
    """End all visits of an account; how many. Raises `NotFound`."""
    find_account(book, login)
    entry = entry_of(viewer, Phase.DONE, "sign out everywhere", login, now)
    with book.writing(entry) as connection:
        return end_visits_of(connection, login, now)


def csrf_token(token: str) -> str:
    """What a page of the visit must send along with every change: bound to its token, which it
    does not tell."""
    mac = hmac.digest(token.encode(), b"datecertain csrf", "sha256")
    return base64.urlsafe_b64encode(mac).decode().rstrip("=")


def same_csrf(token: str, given: str) -> bool:
    """Whether this is the visit's token against forged requests; in constant time."""
    return hmac.compare_digest(csrf_token(token).encode(), given.encode("utf-8", "replace"))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
