"""Accounts and keys: made, listed, closed, revoked; only hashes are kept."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import say
from small_workspaces import small_workspace

from datecertain.access import Kind, Right, Role, keeper
from datecertain.errors import NotFound, UsageError
from datecertain.operations import accounts
from datecertain.operations.audit import trail
from datecertain.store.access_book import AccessBook

NOW = 1_790_000_000


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    return small_workspace(tmp_path / "w")


def test_a_key_is_shown_once_and_kept_as_a_hash(workspace: Path) -> None:
    made = say("user", "create", "us-mail", "--post", "us", "--role", "partner", "--machine",
               "-w", workspace)  # fmt: skip
    assert (made.code, made.out) == (
        0,
        "us-mail (us-mail) of US can come in as: partner's machine.\n",
    )
    shown = say("key", "create", "us-mail", "--expires", "2099-01-01T00:00Z", "-w", workspace)
    key, key_id = shown.out.strip(), shown.out.split("_")[1]
    assert (shown.code, f"Key {key_id} of us-mail" in shown.err) == (0, True)
    book = b"".join(path.read_bytes() for path in workspace.glob("records.db*"))
    assert key_id.encode() in book
    assert key.split("_", 2)[2].encode() not in book
    listed = say("key", "list", "-w", workspace)
    assert listed.out.startswith(f"{key_id}: us-mail, valid, made ")
    assert listed.out.endswith("ends 2099-01-01T00:00:00Z\n")
    assert say("key", "revoke", key_id, "-w", workspace).code == 0
    (one,) = say("key", "list", "-w", workspace, "--json").json["keys"]
    assert (one["state"], one["login"], one["post"]) == ("revoked", "us-mail", "US")


def test_whoever_asks_is_known_by_a_key_that_is_valid_now(workspace: Path) -> None:
    accounts.create_account(workspace, "kim", "Kim", "KR", ["quality", "care"], NOW)
    key = accounts.create_key(workspace, "kim", NOW, scopes=["reports"], expires_at=NOW + 60)
    with AccessBook(workspace) as book:
        found = accounts.viewer_of_key(book, key, NOW + 59)
        assert found is not None
        assert (found.name, found.post, found.roles) == ("kim", "KR", (Role.CARE, Role.QUALITY))
        assert (found.kind, found.rights) == (Kind.KEY, {Right.REPORTS})
        assert accounts.viewer_of_key(book, key, NOW + 60) is None
        assert accounts.viewer_of_key(book, key[:-1], NOW) is None
        accounts.set_state(workspace, "kim", "closed", NOW)
        assert accounts.viewer_of_key(book, key, NOW) is None


@pytest.mark.parametrize(
    ("login", "post", "roles", "told"),
    [
        ("Kim", "KR", ["care"], "is not a login"),
        ("kim", "XX", ["care"], "'XX' is not a post of small"),
        ("kim", "KR", ["central_office"], "no role 'central_office' for KR"),
        ("kim", "", ["counter"], "no role 'counter' for the central office"),
        ("kim", "KR", [], "no role: give at least one"),
    ],
)
def test_accounts_that_cannot_be(
    workspace: Path, login: str, post: str, roles: list[str], told: str
) -> None:
    with pytest.raises(UsageError, match=told):
        accounts.create_account(workspace, login, "", post, roles, NOW)


def test_a_login_is_taken_once_and_a_key_needs_its_account(workspace: Path) -> None:
    accounts.create_account(workspace, "kim", "Kim", "KR", ["care"], NOW)
    with pytest.raises(UsageError, match="'kim' is there already"):
        accounts.create_account(workspace, "kim", "Kim", "KR", ["care"], NOW)
    with pytest.raises(NotFound, match="no account 'lee'"):
        accounts.create_key(workspace, "lee", NOW)
    with pytest.raises(UsageError, match="kim has no right 'money'"):
        accounts.create_key(workspace, "kim", NOW, scopes=["money"])
    with pytest.raises(UsageError, match="expired already"):
        accounts.create_key(workspace, "kim", NOW, expires_at=NOW)
    with pytest.raises(NotFound, match="no key has the id '0'"):
        accounts.revoke_key(workspace, "0", NOW)


def test_roles_are_added_and_taken_away(workspace: Path) -> None:
    assert say("user", "create", "kim", "--post", "KR", "--role", "care", "-w", workspace).code == 0
    given = ["-w", workspace]
    done = say("user", "roles", "kim", "--add", "quality", "--remove", "care", *given, "--json")
    assert (done.code, done.json["roles"]) == (0, ["quality"])
    assert say("user", "roles", "kim", "--add", "quality", *given).code == 0  # has it already
    for wrong, said in (
        (["--remove", "quality"], "no role: give at least one"),
        (["--add", "central_office"], "no role 'central_office' for KR"),
        (["--add", "care", "--remove", "care"], "add it or remove it, not both"),
        ([], "nothing to change"),
    ):
        refused = say("user", "roles", "kim", *wrong, *given)
        assert (refused.code, said in refused.err) == (1, True), refused.err
    with AccessBook(workspace) as book:
        assert [one.action for one in trail(book, keeper())] == ["account create", "account roles"]
