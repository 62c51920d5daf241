"""Rows of passwords, failures to sign in, visits and identities: functions over a transaction of
the access book. Moments are UTC seconds."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from datecertain.store.access_records import (
    account_identities,
    account_passwords,
    accounts,
    sign_in_failures,
    sign_in_requests,
    visits,
)

#: Failures of so long ago are forgotten, seconds.
FORGOTTEN_S = 24 * 3600


def password_of(connection: Connection, login: str) -> Row[Any] | None:
    """An account with its encoded password."""
    both = select(accounts, account_passwords.c.encoded).join_from(accounts, account_passwords)
    return connection.execute(both.where(accounts.c.login == login)).first()


def write_password(connection: Connection, login: str, encoded: str, at: int) -> None:
    """Set the password of an account that is there."""
    connection.execute(delete(account_passwords).where(account_passwords.c.login == login))
    connection.execute(
        insert(account_passwords).values(login=login, encoded=encoded, changed_at=at)
    )


def replace_encoding(connection: Connection, login: str, before: str, after: str) -> None:
    """The same password encoded anew, unless it was changed meanwhile."""
    table = account_passwords
    connection.execute(
        update(table).where(table.c.login == login, table.c.encoded == before)
        .values(encoded=after)
    )  # fmt: skip


def change_state(connection: Connection, login: str, state: str) -> None:
    """Close an account or open it again."""
    connection.execute(update(accounts).where(accounts.c.login == login).values(state=state))


def account_row(connection: Connection, login: str) -> Row[Any] | None:
    """An account, as it stands in a transaction; nobody else changes it until that ends."""
    wanted = select(accounts).where(accounts.c.login == login).with_for_update()
    return connection.execute(wanted).first()


def change_roles(connection: Connection, login: str, roles: list[str]) -> None:
    """Give an account other roles."""
    connection.execute(update(accounts).where(accounts.c.login == login).values(roles=roles))


def shut_until(connection: Connection, subjects: list[str]) -> int:
    """Until when any of these is shut; 0: none is."""
    table = sign_in_failures.c
    found = connection.execute(select(table.shut_until).where(table.subject.in_(subjects)))
    return max((int(one) for one in found.scalars()), default=0)


def failures_of(connection: Connection, subject: str, now: int) -> int:
    """How often it failed in the last day, the last time being counted on."""
    table = sign_in_failures.c
    row = connection.execute(select(sign_in_failures).where(table.subject == subject)).first()
    return 0 if row is None or row.last_at < now - FORGOTTEN_S else int(row.failures)


def write_failure(
    connection: Connection, subject: str, failures: int, now: int, until: int
) -> None:
    """How often it failed until now, and until when it is shut; what is old is forgotten."""
    table = sign_in_failures
    connection.execute(
        delete(table).where((table.c.subject == subject) | (table.c.last_at < now - FORGOTTEN_S))
    )
    if failures:
        connection.execute(
            insert(table).values(
                subject=subject, failures=failures, last_at=now, shut_until=until
            )
        )  # fmt: skip


def add_visit(connection: Connection, row: dict[str, Any]) -> None:
    """A new visit; those that ended a day ago are forgotten."""
    connection.execute(delete(visits).where(visits.c.ends_at < row["began_at"] - FORGOTTEN_S))
    connection.execute(insert(visits).values(**row))


def visit_of(connection: Connection, token_sha256: str) -> Row[Any] | None:
    """A visit with its account."""
    both = select(visits, accounts).join_from(visits, accounts)
    return connection.execute(both.where(visits.c.token_sha256 == token_sha256)).first()


def see_visit(connection: Connection, token_sha256: str, now: int) -> None:
    """Note that a visit was seen."""
    connection.execute(
        update(visits)
        .where(visits.c.token_sha256 == token_sha256, visits.c.seen_at < now)
        .values(seen_at=now)
    )


def end_visit(connection: Connection, token_sha256: str, now: int) -> None:
    """End a visit."""
    connection.execute(
        update(visits)
        .where(visits.c.token_sha256 == token_sha256, visits.c.ended_at.is_(None))
        .values(ended_at=now)
    )


def end_visits_of(connection: Connection, login: str, now: int) -> int:
    """End all visits of an account; how many."""
    done = connection.execute(
        update(visits)
        .where(visits.c.login == login, visits.c.ended_at.is_(None))
        .values(ended_at=now)
    )
    return int(done.rowcount)


def account_by_identity(connection: Connection, issuer: str, subject: str) -> str | None:
    """The login of the account that a provider knows by that subject."""
    table = account_identities.c
    return connection.execute(
        select(table.login).where(table.issuer == issuer, table.subject == subject)
    ).scalar()


def account_by_email(connection: Connection, email: str) -> str | None:
    """The login of the account with that e-mail address, in small letters."""
    return connection.execute(select(accounts.c.login).where(accounts.c.email == email)).scalar()


def add_identity(connection: Connection, issuer: str, subject: str, login: str, at: int) -> None:
    """Bind a provider's subject to an account, for good."""
    connection.execute(
        insert(account_identities).values(
            issuer=issuer, subject=subject, login=login, linked_at=at
        )
    )  # fmt: skip


def add_request(connection: Connection, row: dict[str, Any], oldest: int) -> None:
    """Remember a sign-in under way; those begun before `oldest` are forgotten."""
    connection.execute(delete(sign_in_requests).where(sign_in_requests.c.begun_at < oldest))
    connection.execute(insert(sign_in_requests).values(**row))


def take_request(connection: Connection, state_sha256: str) -> Row[Any] | None:
    """A sign-in under way, which is then used up."""
    table = sign_in_requests
    query = delete(table).where(table.c.state_sha256 == state_sha256).returning(*table.c)
    return connection.execute(query).first()
