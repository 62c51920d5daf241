"""Passwords: which are strong enough, how they are kept, and how often one may try."""

from __future__ import annotations

import io
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from command_line import say
from hypothesis import given
from hypothesis import strategies as st
from small_workspaces import small_workspace

from datecertain.access.passwords import demand_strong
from datecertain.errors import NotFound, SignInRefused, UsageError
from datecertain.operations import accounts, passwords
from datecertain.operations.passwords import demand_password, neighbours, set_password
from datecertain.store.access_book import AccessBook
from datecertain.store.visit_rows import password_of

NOW = 1_790_000_000
GOOD = "four small words here"
FAST = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = small_workspace(tmp_path_factory.mktemp("passwords") / "w")
    accounts.create_account(folder, "kim", "Kim", "KR", ["care"], NOW)
    set_password(folder, "kim", GOOD, NOW, hasher=FAST)
    return folder


@pytest.fixture
def workspace(untouched: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(untouched, tmp_path / "w"))


@pytest.mark.parametrize(
    ("password", "told"),
    [
        ("elevenchars", "too short"),
        ("password1234", "commonest"),
        ("P@ssw0rd!2026", "commonest"),
        ("Qwerty123456!", "commonest"),
        ("iloveyou2026!!", "commonest"),
        ("KoreaPost2026!", "commonest"),
        ("koreapost" * 25 + "x", ""),
        ("aaaaaaaaaaaaaaaa", "pattern"),
        ("abcabcabcabc", "pattern"),
        ("123456789012", "pattern"),
        ("kimjiwoo-kimjiwoo!", "little more than the login"),
        ("x" * 300, "too long"),
        (GOOD, ""),
        ("창구에서 아침마다 소포를", ""),
        ("correct horse battery staple", "commonest"),
        ("blue tram under oak", ""),
    ],
)
def test_which_passwords_are_strong_enough(password: str, told: str) -> None:
    if not told:
        demand_strong(password, "kimjiwoo-kimji")
        return
    with pytest.raises(UsageError, match=told) as raised:
        demand_strong(password, "kimjiwoo-kimji")
    assert password not in str(raised.value)


@given(st.text(max_size=80), st.text(max_size=20))
def test_any_text_is_taken_or_refused(password: str, login: str) -> None:
    try:
        demand_strong(password, login)
    except UsageError:
        return
    assert len(password) >= 12


def test_the_right_password_lets_in_and_others_do_not(workspace: Path) -> None:
    with AccessBook(workspace) as book:
        assert demand_password(book, "kim", GOOD, NOW, "192.0.2.1", FAST).name == "Kim"
        for login, password in (("kim", GOOD + "x"), ("lee", GOOD), ("KIM", GOOD), ("", "")):
            with pytest.raises(SignInRefused, match="no account has this login and password"):
                demand_password(book, login, password, NOW, "192.0.2.1", FAST)
        accounts.set_state(workspace, "kim", "closed", NOW)
        with pytest.raises(SignInRefused, match="no account has"):
            demand_password(book, "kim", GOOD, NOW, "192.0.2.1", FAST)


def test_it_is_kept_as_argon2id_and_encoded_anew_when_the_parameters_change(
    workspace: Path,
) -> None:
    stronger = PasswordHasher(time_cost=2, memory_cost=16, parallelism=1)
    with AccessBook(workspace) as book:
        demand_password(book, "kim", GOOD, NOW, "", stronger)
        with book.reading() as connection:
            row = password_of(connection, "kim")
        assert row is not None
        assert row.encoded.startswith("$argon2id$v=19$m=16,t=2,p=1$")
        demand_password(book, "kim", GOOD, NOW, "", stronger)
    kept = b"".join(path.read_bytes() for path in workspace.glob("records.db*"))
    assert GOOD.encode() not in kept


class Counting(PasswordHasher):
    """Counts how often it works."""

    worked = 0

    def verify(self, hash: str | bytes, password: str | bytes) -> bool:
        type(self).worked += 1
        return bool(super().verify(hash, password))


def test_an_unknown_login_costs_as_much_work_as_one_that_is_there(workspace: Path) -> None:
    counting = Counting(time_cost=1, memory_cost=8, parallelism=1)
    accounts.create_account(workspace, "new", "", "KR", ["care"], NOW)
    with AccessBook(workspace) as book:
        for login in ("kim", "nobody-here", "NOT A LOGIN", "new"):
            before = Counting.worked
            with pytest.raises(SignInRefused):
                demand_password(book, login, "wrong", NOW, "", counting)
            assert Counting.worked == before + 1, login


def attempts(workspace: Path, login: str, password: str, at: list[int], address: str) -> list[int]:
    """The wait that each attempt was told, or -1 when it was only wrong, in a book of its own."""
    waits = []
    for moment in at:
        with AccessBook(workspace) as book:
            try:
                demand_password(book, login, password, moment, address, FAST)
                waits.append(0)
            except SignInRefused as error:
                waits.append(error.wait_s or -1)
    return waits


@pytest.mark.parametrize("login", ["kim", "lee"])
def test_after_five_failures_the_wait_grows_and_a_restart_changes_nothing(
    workspace: Path, login: str
) -> None:
    wrong = [NOW, NOW, NOW, NOW, NOW, NOW + 1, NOW + 30, NOW + 31, NOW + 90, NOW + 91]
    told = attempts(workspace, login, "wrong", wrong, "192.0.2.1")
    assert told == [-1, -1, -1, -1, -1, 29, -1, 59, -1, 119]
    far = NOW + 3600
    for _ in range(6):
        attempts(workspace, login, "wrong", [far], "192.0.2.1")
        far += 900
    assert attempts(workspace, login, "wrong", [far, far + 1], "192.0.2.1") == [-1, 899]


def test_many_at_once_get_no_more_tries_than_one_after_the_other(workspace: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        told = list(
            pool.map(lambda _: attempts(workspace, "kim", "wrong", [NOW], "")[0], range(16))
        )
    assert told.count(-1) == 5
    assert told.count(30) == 11


def test_while_it_is_shut_the_right_password_does_not_open_it_and_then_it_does(
    workspace: Path,
) -> None:
    attempts(workspace, "kim", "wrong", [NOW] * 5, "192.0.2.1")
    right = attempts(workspace, "kim", GOOD, [NOW + 29, NOW + 30, NOW + 31], "198.51.100.1")
    assert right == [1, 0, 0]
    assert attempts(workspace, "kim", "wrong", [NOW + 32] * 5, "192.0.2.1") == [-1] * 5


def test_a_day_later_failures_are_forgotten(workspace: Path) -> None:
    attempts(workspace, "kim", "wrong", [NOW] * 5, "192.0.2.1")
    later = NOW + 24 * 3600 + 1
    assert attempts(workspace, "kim", "wrong", [later] * 5, "192.0.2.1") == [-1] * 5


def test_one_who_tries_many_logins_is_shut_out_by_where_it_comes_from(workspace: Path) -> None:
    with AccessBook(workspace) as book:
        for n in range(30):
            with pytest.raises(SignInRefused, match="no account"):
                demand_password(book, f"person{n}", "wrong", NOW, f"192.0.2.{n}", FAST)
    assert attempts(workspace, "kim", GOOD, [NOW + 1], "192.0.2.200") == [29]
    assert attempts(workspace, "kim", GOOD, [NOW + 1], "198.51.100.1") == [0]


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("192.0.2.77", "192.0.2.0/24"),
        ("::ffff:192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1:2ff:3::4", "2001:db8:1:200::/56"),
        ("", "elsewhere"),
        ("fe80::1%eth0\0", "fe80::/56"),
    ],
)
def test_neighbourhoods(address: str, told: str) -> None:
    assert neighbours(address) == told


def test_the_command_reads_it_from_standard_input_and_never_from_an_argument(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passwords, "HASHER", FAST)
    monkeypatch.setattr("sys.stdin", io.StringIO("blue tram under oak\n"))
    set_ = say("user", "password", "kim", "-w", workspace)
    assert (set_.code, set_.out) == (0, "Kim (kim) has a new password; all visits ended.\n")
    assert attempts(workspace, "kim", "blue tram under oak", [NOW], "") == [0]
    monkeypatch.setattr("sys.stdin", io.StringIO("short\n"))
    weak = say("user", "password", "kim", "-w", workspace)
    assert (weak.code, weak.err.count("too short")) == (1, 1)
    assert say("user", "password", "kim", "a password", "-w", workspace).code == 2


def test_machines_and_nobody_have_no_password(workspace: Path) -> None:
    accounts.create_account(workspace, "pos", "", "KR", ["shop"], NOW, machine=True)
    with pytest.raises(UsageError, match="comes in by keys alone"):
        set_password(workspace, "pos", GOOD, NOW, hasher=FAST)
    with pytest.raises(NotFound):
        set_password(workspace, "lee", GOOD, NOW, hasher=FAST)
