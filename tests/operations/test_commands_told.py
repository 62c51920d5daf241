"""Every command that changes records stands in the audit trail: who, what, of which record, before
and after; none can forget it, for none does it itself (req 58)."""

from __future__ import annotations

import asyncio
import json
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from secrets import token_hex
from typing import Any

import pytest
import typer
from command_line import say
from month_of_mail import CLOCK
from small_workspaces import small_workspace
from sqlalchemy import insert

from datecertain.access import keeper
from datecertain.cli.app import app
from datecertain.doing import Doing, done_by
from datecertain.errors import UsageError
from datecertain.operations import audit
from datecertain.operations.audit import Told
from datecertain.operations.mail_room import incoming
from datecertain.server import Serving, create_app
from datecertain.store.access_book import AccessBook
from datecertain.store.records import settings


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_workspace(tmp_path_factory.mktemp("told") / "w")


@pytest.fixture
def workspace(untouched: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(untouched, tmp_path / "w"))


def trail(workspace: Path, limit: int = 100) -> list[Told]:
    with AccessBook(workspace) as book:
        return list(audit.trail(book, keeper(), 0, limit))


def short(workspace: Path) -> list[tuple[str, str, str, str]]:
    return [(str(one.phase), one.who, one.action, one.subject) for one in trail(workspace)]


def change(book: AccessBook) -> None:
    """Some change of the records."""
    with book.writing() as connection:
        connection.execute(insert(settings).values(key=token_hex(8), value="x"))


def leaves(command: Any, context: Any) -> Iterator[tuple[Any, Any]]:
    """Every command below one, with the context in which it is called."""
    if not hasattr(command, "list_commands"):
        yield command, context
        return
    for name in command.list_commands(context):
        below = command.get_command(context, name)
        if below is not None:
            inner = below.make_context(name, [], parent=context, resilient_parsing=True)
            yield from leaves(below, inner)


def test_whatever_command_changes_records_is_told_once(workspace: Path) -> None:
    """Each command that there is, made to change something, twice: also the next one that is
    written."""
    root = typer.main.get_command(app)
    names = []
    with AccessBook(workspace) as book:

        def changes(**given: object) -> None:
            for _ in range(2):
                change(book)

        for command, context in leaves(
            root, root.make_context("datecertain", [], resilient_parsing=True)
        ):
            command.callback = changes
            command.invoke(context)
            names.append(context.command_path.removeprefix("datecertain "))
    assert len(names) > 150
    found = trail(workspace, 10_000)
    assert [(str(one.phase), one.action) for one in found] == [
        (phase, name) for name in names for phase in ("intent", "done")
    ]
    assert all(two.of == one.seq for one, two in zip(found[::2], found[1::2], strict=True))


def test_who_did_what_with_which_record(workspace: Path, tmp_path: Path) -> None:
    given = ["-w", workspace]
    assert say("jobs", "pause", "judging", "--actor", "kim", *given).code == 0
    assert say("volumes", "import", tmp_path / "secret.csv", *given).code == 1
    assert say("jobs", "list", *given).code == 0
    found = trail(workspace)
    assert short(workspace)[:2] == [
        ("intent", "kim", "jobs pause", "judging"), ("done", "kim", "jobs pause", "judging"),
    ]  # fmt: skip
    assert found[0].details.keys() == {"user"}
    assert found[1].details == {"exit": 0}
    assert all(one.post == "*" and str(one.kind) == "keeper" for one in found)
    text = json.dumps([audit.told_entry(one) for one in found])
    assert str(tmp_path) not in text
    assert "secret" not in text


def test_a_command_that_is_refused_changed_nothing_and_one_that_breaks_off_has_failed(
    workspace: Path,
) -> None:
    words = ("claim", "withdraw", "EE000000005KR", "--reason", "Mr Kim of Seoul said so")
    assert say(*words, "-w", workspace).code == 1
    assert short(workspace) == []

    def breaks_off(**given: object) -> None:
        with AccessBook(workspace) as book:
            change(book)
        raise UsageError("no further")

    root = typer.main.get_command(app)
    above = root.make_context("datecertain", [], resilient_parsing=True)
    claim = root.get_command(above, "claim")
    inner = claim.make_context("claim", [], parent=above, resilient_parsing=True)
    withdraw = claim.get_command(inner, "withdraw")
    withdraw.callback = breaks_off
    with pytest.raises(UsageError):
        withdraw.invoke(withdraw.make_context("withdraw", [*words[2:]], parent=inner))
    assert short(workspace) == [
        ("intent", "keeper", "claim withdraw", "EE000000005KR"),
        ("failed", "keeper", "claim withdraw", "EE000000005KR"),
    ]
    assert trail(workspace)[1].details == {"error": "UsageError"}


def test_accounts_are_told_once_by_themselves(workspace: Path) -> None:
    assert say("user", "create", "kim", "--post", "KR", "--role", "care", "-w", workspace).code == 0
    assert short(workspace) == [("done", "keeper", "account create", "kim")]


def test_what_a_server_does_by_itself_is_told_as_serving(workspace: Path) -> None:
    bag = incoming(workspace) / "US"
    bag.mkdir(parents=True)
    (bag / "noise.txt").write_bytes(b"nothing that is known")
    doing = Doing("keeper", "serve", "", lambda: "")

    async def serve() -> None:
        how = Serving(poll_s=0.01, push=False, clock=CLOCK)
        app = create_app(workspace, how)
        async with app.router.lifespan_context(app):
            end = time.monotonic() + 10
            while not short(workspace) and time.monotonic() < end:
                await asyncio.sleep(0.02)

    with done_by(doing):
        asyncio.run(serve())
    doing.end(True, {"exit": 0})
    assert short(workspace) == [("intent", "keeper", "serve", ""), ("done", "keeper", "serve", "")]
