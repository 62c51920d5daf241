"""Passwords, failures, visits and identities in either database."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from datecertain.errors import StoreError, UsageError
from datecertain.store import visit_rows as rows
from datecertain.store.access_book import AccessBook

KIM = {
    "login": "kim", "name": "Kim", "post": "KR", "roles": ["care"], "kind": "person",
    "state": "active", "language": "ko", "created_at": 1, "email": "kim@post.example",
}  # fmt: skip
VISIT = {
    "token_sha256": "t", "login": "kim", "way": "password", "began_at": 100, "seen_at": 100,
    "ends_at": 900, "ended_at": None,
}  # fmt: skip
REQUEST = {"state_sha256": "s", "nonce": "n", "verifier": "v", "next": "/", "begun_at": 100}


def test_rows_of_signing_in(folder: Path) -> None:
    with AccessBook(folder) as book:
        book.add_account(KIM)
        with pytest.raises(UsageError, match="'kim' has that e-mail address already"):
            book.add_account(KIM | {"login": "lee"})
        with book.writing() as link:
            rows.write_password(link, "kim", "one", 1)
            rows.replace_encoding(link, "kim", "other", "not written")
            rows.replace_encoding(link, "kim", "one", "two")
            rows.add_visit(link, VISIT)
            rows.add_visit(link, VISIT | {"token_sha256": "u"})
            rows.see_visit(link, "t", 200)
            rows.end_visit(link, "u", 300)
            rows.add_identity(link, "https://id.example", "4711", "kim", 1)
            rows.write_failure(link, "login kim", 3, 100, 0)
            rows.write_failure(link, "login kim", 4, 100, 130)
        with book.reading() as link:
            known, visit, ended = (
                rows.password_of(link, "kim"), rows.visit_of(link, "t"), rows.visit_of(link, "u"),
            )  # fmt: skip
            assert known is not None
            assert visit is not None
            assert ended is not None
            assert (known.encoded, known.post) == ("two", "KR")
            assert (visit.seen_at, visit.ended_at, visit.name) == (200, None, "Kim")
            assert ended.ended_at == 300
            assert rows.account_by_identity(link, "https://id.example", "4711") == "kim"
            assert rows.account_by_identity(link, "https://id.example", "47") is None
            assert rows.account_by_email(link, "kim@post.example") == "kim"
            assert rows.shut_until(link, ["login kim", "login lee"]) == 130
            assert rows.failures_of(link, "login kim", 100) == 4
            assert rows.failures_of(link, "login kim", 101 + rows.FORGOTTEN_S) == 0
        with book.writing() as link:
            assert rows.end_visits_of(link, "kim", 400) == 1
        with pytest.raises(StoreError), book.writing() as link:
            rows.add_identity(link, "https://id.example", "4711", "kim", 2)
        with pytest.raises(StoreError), book.writing() as link:
            rows.add_visit(link, VISIT | {"token_sha256": "w", "login": "nobody"})


def test_a_sign_in_under_way_is_taken_once(folder: Path) -> None:
    with AccessBook(folder) as book:
        with book.writing() as link:
            rows.add_request(link, REQUEST, 0)

        def take(_: int) -> bool:
            with book.writing() as link:
                return rows.take_request(link, "s") is not None

        with ThreadPoolExecutor(4) as pool:
            assert sorted(pool.map(take, range(6))) == [False] * 5 + [True]
        with book.writing() as link:
            rows.add_request(link, REQUEST, 0)
            rows.add_request(link, REQUEST | {"state_sha256": "z", "begun_at": 900}, 500)
            assert rows.take_request(link, "s") is None, "an old one is forgotten"
