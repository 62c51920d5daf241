"""Links that lead somewhere, and reference pages that leave nothing out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import typer
from console_blocks import CHECKOUT, pages

from datecertain.cli.app import app

_FENCED = re.compile(r"^(`{3,}).*?^\1$", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"`[^`\n]*`")
_LINK = re.compile(r"\]\(([^)\s]+)\)")


def prose(page: Path) -> str:
    """The page without what is code."""
    return _FENCED.sub("", page.read_text(encoding="utf-8"))


def links(page: Path) -> list[str]:
    """Targets of all links and pictures that lead into the checkout."""
    found = _LINK.findall(_CODE.sub("`", prose(page)))
    return [target for target in found if not re.match(r"[a-z]+:", target)]


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as the usual viewers make them."""
    headings = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {
        re.sub(r"[^\w\- ]", "", heading.replace("`", "").lower()).replace(" ", "-")
        for heading in headings
    }


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(CHECKOUT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    broken = []
    for target in links(page):
        path, _, anchor = target.partition("#")
        there = (page.parent / path).resolve() if path else page
        if not there.exists() or (anchor and anchor not in anchors(there)):
            broken.append(target)
    assert broken == []


def test_every_page_can_be_reached_from_the_first() -> None:
    reached, waiting = set(), [CHECKOUT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page in reached:
            continue
        reached.add(page)
        for target in links(page):
            path = (page.parent / target.partition("#")[0]).resolve()
            waiting += [path] if path.suffix == ".md" and path.exists() else []
    assert [str(page) for page in pages() if page not in reached] == []


def commands() -> Iterator[tuple[str, click.Command]]:
    """Every command of `datecertain` with its full name."""
    group = typer.main.get_command(app)
    waiting = [("datecertain", group)]
    while waiting:
        name, command = waiting.pop()
        if not hasattr(command, "list_commands"):
            yield name, command
            continue
        context: Any = None  # the groups here ask nothing of it
        if command is not group and getattr(command, "invoke_without_command", False):
            yield name, command
        for word in command.list_commands(context):
            waiting.append((f"{name} {word}", command.get_command(context, word)))


def test_the_reference_names_every_command_with_every_option() -> None:
    text = (CHECKOUT / "docs" / "reference" / "commands.md").read_text(encoding="utf-8")
    sections = dict(re.findall(r"^## `([^`]+)`\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL))
    assert set(sections) == {name for name, _ in commands()}
    missing = [
        f"{name} {parameter.opts[0]}"
        for name, command in commands()
        for parameter in command.params
        if parameter.name != "help" and parameter.param_type_name == "option"
        and f"`{parameter.opts[0]}" not in sections[name]
    ]  # fmt: skip
    assert missing == []


def test_a_newcomer_can_read_the_readme_in_one_sitting() -> None:
    assert len((CHECKOUT / "README.md").read_text(encoding="utf-8").splitlines()) <= 180


def test_the_pages_name_no_place_of_one_machine() -> None:
    forbidden = re.compile(r"/(home|root|tmp|work|Users)/|[A-Z]:\\")
    found = [str(page) for page in pages() if forbidden.search(page.read_text(encoding="utf-8"))]
    assert found == []
