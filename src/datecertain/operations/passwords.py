"""Passwords of people: set, and held against what is typed, a bounded number of times (req 58).

argon2id; a password is encoded anew when its parameters have changed. An attempt is counted before
the password is looked at, in the records, so that neither many at once nor a restart gives more of
them. An unknown login takes as long, and is shut as soon, as one that is there.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from pathlib import Path
from threading import Semaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError
from sqlalchemy import Connection

from datecertain.access import Kind, Viewer, keeper
from datecertain.access.passwords import LONGEST, demand_strong, normal
from datecertain.errors import SignInRefused, UsageError
from datecertain.operations.accounts import LOGIN, Account, account_of, find_account
from datecertain.operations.audit import Phase, entry_of
from datecertain.store.access_book import AccessBook
from datecertain.store.visit_rows import (
    end_visits_of,
    failures_of,
    password_of,
    replace_encoding,
    shut_until,
    write_failure,
    write_password,
)

#: The second recommendation of RFC 9106 (64 MiB, three passes).
HASHER = PasswordHasher()
#: So many are worked on at once: each takes its memory.
_AT_ONCE = Semaphore(2)
#: What is held against what is typed for a login that has no password; nobody knows what it is of.
_NOBODYS: dict[int, str] = {}
#: So many attempts in a day are free of a delay: of an account, and of a neighbourhood.
FREE_OF_ACCOUNT, FREE_OF_NEIGHBOURS = 5, 30
#: The first delay, doubled by each further failure up to the last one, seconds.
_FIRST_S, _LAST_S = 30, 900


def set_password(
    workspace: Path, login: str, password: str, now: int, *,
    by: Viewer | None = None, hasher: PasswordHasher | None = None,
) -> Account:  # fmt: skip
    """Give an account a password; all its visits end.

    Raises `NotFound`, `UsageError` for a machine's account or a password that is too weak.
    """
    return share_password(workspace, [login], password, now, by=by, hasher=hasher)[0]


def share_password(
    workspace: Path, logins: Sequence[str], password: str, now: int, *,
    by: Viewer | None = None, hasher: PasswordHasher | None = None,
) -> list[Account]:  # fmt: skip
    """Give several accounts one password, as a demonstration does: the work of hashing it is done
    once, and what is stored tells that it is one. Otherwise as `set_password`."""
    with AccessBook(workspace) as book:
        accounts = [find_account(book, login) for login in logins]
        for account in accounts:
            if account.kind is not Kind.PERSON:
                raise UsageError(
                    f"{account.login} is a machine: it comes in by keys alone", "account.machine"
                )
            demand_strong(password, account.login)
        encoded = _encode(hasher or HASHER, password)
        for login in logins:
            entry = entry_of(by or keeper(), Phase.DONE, "account password", login, now)
            with book.writing(entry) as connection:
                write_password(connection, login, encoded, now)
                write_failure(connection, _of_account(login), 0, now, 0)
                end_visits_of(connection, login, now)
    return accounts


def _encode(hasher: PasswordHasher, password: str) -> str:
    with _AT_ONCE:
        return hasher.hash(normal(password).encode("utf-8", "surrogatepass"))


def demand_password(
    book: AccessBook, login: str, password: str, now: int, address: str,
    hasher: PasswordHasher | None = None,
) -> Account:  # fmt: skip
    """The account of which this is the password. Raises `SignInRefused`, which does not tell an
    unknown login from a wrong password; `wait_s` when it was tried too often."""
    hasher = hasher or HASHER
    subjects = {
        _of_account(login): FREE_OF_ACCOUNT, f"from {neighbours(address)}": FREE_OF_NEIGHBOURS
    }  # fmt: skip
    with book.writing() as connection:
        wait_s = shut_until(connection, list(subjects)) - now
        if wait_s <= 0:
            for subject, free in subjects.items():
                _count(connection, subject, free, now)
        row = password_of(connection, login) if LOGIN.fullmatch(login) else None
    if wait_s > 0:
        raise SignInRefused(f"tried too often: wait {wait_s} s", wait_s)
    encoded = _nobodys(hasher) if row is None else row.encoded
    same = _same(hasher, encoded, password[: LONGEST + 1])
    if row is None or not same or row.state != "active":
        raise SignInRefused("no account has this login and password")
    with book.writing() as connection:
        for subject, free in subjects.items():
            _forgive(connection, subject, free, now)
        if hasher.check_needs_rehash(encoded):
            replace_encoding(connection, login, encoded, _encode(hasher, password))
    return account_of(row)


def _of_account(login: str) -> str:
    return f"login {login}" if LOGIN.fullmatch(login) else "login of another form"


def neighbours(address: str) -> str:
    """The neighbourhood of an address: what one attacker easily has (IPv4 /24, IPv6 /56)."""
    try:
        given = ipaddress.ip_address(address)
    except ValueError:
        return "elsewhere"
    if isinstance(given, ipaddress.IPv6Address) and given.ipv4_mapped:
        given = given.ipv4_mapped
    return str(ipaddress.ip_network((given.packed, 24 if given.version == 4 else 56), strict=False))


def _count(connection: Connection, subject: str, free: int, now: int) -> None:
    failures = failures_of(connection, subject, now) + 1
    over = failures - free
    delay = 0 if over < 0 else min(_LAST_S, _FIRST_S << min(over, 16))
    write_failure(connection, subject, failures, now, now + delay)


def _forgive(connection: Connection, subject: str, free: int, now: int) -> None:
    """After a success: nothing is held against the account; its attempt is taken back from the
    neighbourhood, whose others may be guessing."""
    if subject.startswith("login "):
        write_failure(connection, subject, 0, now, 0)
        return
    failures = failures_of(connection, subject, now) - 1
    write_failure(connection, subject, max(0, failures), now, 0 if failures < free else now)


def _nobodys(hasher: PasswordHasher) -> str:
    key = id(hasher)
    if key not in _NOBODYS:
        _NOBODYS[key] = _encode(hasher, "the password of nobody at all")
    return _NOBODYS[key]


def _same(hasher: PasswordHasher, encoded: str, password: str) -> bool:
    with _AT_ONCE:
        try:
            return hasher.verify(encoded, normal(password).encode("utf-8", "surrogatepass"))
        except (VerifyMismatchError, VerificationError, InvalidHashError):
            return False
