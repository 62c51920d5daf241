"""The page about labels, followed to the letter: its curl and its Python against a real server."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from api_door import Api, api_over
from small_workspaces import small_workspace

from datecertain.access import Role
from datecertain.promise.reasons import QuoteStatus

PAGE = Path(__file__).parents[2] / "docs" / "howto" / "print-a-date-on-a-label.md"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(language: str) -> list[str]:
    """The blocks of the page in a language, but the one that starts the server."""
    found = BLOCK.findall(PAGE.read_text())
    return [text for name, text in found if name == language and "datecertain serve" not in text]


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """What the page exports, of a server over the small world."""

    def given(api: Api) -> dict[str, str]:
        key = api.as_(Role.SHOP, "KR")["Authorization"].removeprefix("Bearer ")
        return {**os.environ, "DATES": str(api.client.base_url).rstrip("/"), "KEY": key}

    for api in api_over(small_workspace(tmp_path_factory.mktemp("label") / "w")):
        yield given(api)


def run(environment: dict[str, str], *command: str) -> str:
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_page_names_each_status_as_it_is_answered() -> None:
    said = next(part for part in PAGE.read_text().split("\n\n") if part.startswith("`status`"))
    named = set(re.findall(r"`(\w+)`", said))
    assert named == {*map(str, QuoteStatus), "status", "due_on", "reason_text"}


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl on this machine")
def test_with_curl(environment: dict[str, str]) -> None:
    quote, record, label = blocks("sh")
    assert '"status":"guaranteed"' in run(environment, "bash", "-euc", quote)
    made = run(environment, "bash", "-euc", record)
    assert made == run(environment, "bash", "-euc", record)  # sent again
    assert run(environment, "bash", "-euc", label).startswith("GUARANTEED DELIVERY DATE\n")


def test_in_python(environment: dict[str, str]) -> None:
    (program,) = blocks("python")
    assert run(environment, sys.executable, "-c", program).startswith("배달보장일\n2026년 ")
