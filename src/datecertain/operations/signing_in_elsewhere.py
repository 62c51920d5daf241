"""Signing in at a provider of OpenID Connect: begun here, ended there, finished here (req 58).

Whom the provider knows becomes an account: the one its subject is bound to; else, if the settings
say so, the one with the e-mail address that it has verified, or a new one with the roles that its
groups give. Nobody else is let in.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from datecertain.access import Kind, Viewer, keeper, nobody
from datecertain.errors import SignInRefused, UsageError
from datecertain.operations.accounts import LOGIN, Account, create_account, find_account
from datecertain.operations.audit import Phase, entry_of, refused
from datecertain.operations.oidc import Provider
from datecertain.operations.visits import LIMITS, Limits, begin_as
from datecertain.store.access_book import AccessBook
from datecertain.store.visit_rows import (
    account_by_email,
    account_by_identity,
    add_identity,
    add_request,
    take_request,
)

#: A sign-in must come back within so long, seconds.
_WAITS_S = 600


@dataclass(frozen=True, slots=True)
class Begun:
    """A sign-in under way: where the browser goes, and the state that it keeps in a cookie."""

    address: str
    state: str


def begin_elsewhere(book: AccessBook, provider: Provider, next_: str, now: int) -> Begun:
    """Begin to sign in; afterwards the browser goes on to `next_`, a path of ours."""
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    address = provider.address(state, nonce, verifier)
    row = {
        "state_sha256": _hash(state), "nonce": nonce, "verifier": verifier,
        "next": own_path(next_), "begun_at": now,
    }  # fmt: skip
    with book.writing() as connection:
        add_request(connection, row, now - _WAITS_S)
    return Begun(address, state)


def own_path(text: str) -> str:
    """A path of this server; anything else becomes the first page (no open redirects)."""
    plain = text.isascii() and text.isprintable() and "\\" not in text and len(text) <= 500
    return text if plain and text.startswith("/") and not text.startswith("//") else "/"


def finish_elsewhere(
    book: AccessBook, workspace: Path, provider: Provider, answer: Mapping[str, str],
    kept_state: str, now: int, limits: Limits = LIMITS,
) -> tuple[str, str]:  # fmt: skip
    """The token of the new visit, and the path to go on to.

    `answer`: what the browser brought back (`state`, `code`, `iss`); `kept_state`: what its cookie
    says. Raises `SignInRefused`, `ProviderError`.
    """
    try:
        begun = _begun(book, answer.get("state", ""), kept_state, now)
        if not provider.issued_by(answer.get("iss")):
            raise SignInRefused("this is another provider's answer")
        token = provider.exchange(answer.get("code", ""), begun.verifier)
        account = account_for(
            book, workspace, provider, provider.claims(token, begun.nonce, now), now
        )
    except SignInRefused:
        refused(book, nobody(), "sign in", "", now, {"way": "oidc"})
        raise
    return begin_as(book, account, "oidc", now, limits), begun.next


def _begun(book: AccessBook, state: str, kept: str, now: int) -> Any:
    if not state or not secrets.compare_digest(state.encode(), kept.encode()):
        raise SignInRefused("this sign-in was begun in another browser: begin it again")
    with book.writing() as connection:
        row = take_request(connection, _hash(state))
    if row is None or row.begun_at < now - _WAITS_S:
        raise SignInRefused("this sign-in is over: begin it again")
    return row


def account_for(
    book: AccessBook, workspace: Path, provider: Provider, claims: Mapping[str, Any], now: int
) -> Account:
    """The account of whom the provider knows. Raises `SignInRefused`."""
    settings, subject = provider.settings, str(claims["sub"])
    email = _verified_email(claims)
    with book.reading() as connection:
        login = account_by_identity(connection, settings.issuer, subject)
        bound = login is not None
        if login is None and settings.match_email and email:
            login = account_by_email(connection, email)
    if login is None and settings.create:
        login = _create(workspace, provider, claims, email, now)
    account = None if login is None else find_account(book, login)
    if account is None or account.state != "active" or account.kind is not Kind.PERSON:
        raise SignInRefused("no account here is yours: ask its administrator")
    if not bound:
        _bind(book, account.login, settings.issuer, subject, now, Viewer(
            account.login, account.post, account.roles
        ))  # fmt: skip
    return account


def _verified_email(claims: Mapping[str, Any]) -> str:
    email = claims.get("email")
    verified = claims.get("email_verified") is True
    return email.strip().lower() if verified and isinstance(email, str) else ""


def _create(
    workspace: Path, provider: Provider, claims: Mapping[str, Any], email: str, now: int
) -> str | None:
    """The login of a new account, if the settings give such a person a role."""
    new = provider.settings.accounts
    told = claims.get(new.roles_claim)
    values = [told] if isinstance(told, str) else told
    given = {str(one) for one in values} if isinstance(values, list) else set()
    roles = sorted({role for claim, role in new.roles.items() if claim in given})
    names = (claims.get("preferred_username"), email, claims["sub"])
    told_names = [one.lower() for one in names if isinstance(one, str)]
    login = next((one for one in told_names if LOGIN.fullmatch(one)), None)
    if not roles or login is None:
        return None
    name = claims.get("name")
    try:
        create_account(
            workspace, login, name[:200] if isinstance(name, str) else "", new.post, roles, now,
            language=new.language, email=email,
        )  # fmt: skip
    except UsageError as error:  # the login is another's: nobody takes an account over by its name
        raise SignInRefused(
            "an account for you cannot be made here: ask its administrator"
        ) from error
    return login


def bind_identity(
    workspace: Path, login: str, issuer: str, subject: str, now: int, by: Viewer | None = None
) -> None:
    """Bind a provider's subject to an account. Raises `NotFound`; `UsageError` when it is bound."""
    with AccessBook(workspace) as book:
        find_account(book, login)
        with book.reading() as connection:
            other = account_by_identity(connection, issuer, subject)
        if other is not None:
            raise UsageError(f"that subject of {issuer} is bound to {other} already")
        _bind(book, login, issuer, subject, now, by or keeper())


def _bind(
    book: AccessBook, login: str, issuer: str, subject: str, now: int, by: Viewer
) -> None:  # fmt: skip
    entry = entry_of(by, Phase.DONE, "account identity", login, now, {"issuer": issuer[:200]})
    with book.writing(entry) as connection:
        add_identity(connection, issuer, subject, login, now)


def _hash(state: str) -> str:
    return hashlib.sha256(state.encode()).hexdigest()
