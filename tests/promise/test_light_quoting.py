"""A quote at the counter waits for no store: what `datecertain quote` loads, tested by looking."""

import subprocess
import sys

import pytest

#: Stores, engine, tables, pages, drawing, servers: nothing that gives a date.
HEAVY = (
    "sqlalchemy", "alembic", "duckdb", "deltalake", "pyarrow", "narwhals", "jinja2", "rich",
    "asyncssh", "fastapi", "uvicorn",
)  # fmt: skip

QUESTIONS = {
    "one": ["--at", "2026-11-27T16:10"],
    "in Korean": ["--at", "2026-11-27T16:10", "--lang", "ko"],
    "as JSON": ["--at", "2026-11-27T16:10", "--json"],
    "a week": ["--at", "2026-11-27T16:10", "--week"],
    "the latest moment": ["--at", "2026-11-27T16:10", "--by", "2026-12-04"],
    "other ways": ["--at", "2026-11-27T16:10", "--alternatives"],
}


@pytest.mark.parametrize("question", QUESTIONS)
def test_quoting_loads_neither_stores_nor_engine(question: str) -> None:
    words = ["quote", "--from", "KR:03051", "--to", "US:10001", *QUESTIONS[question]]
    program = (
        "import sys\n"
        f"sys.argv = ['datecertain', *{words!r}]\n"
        "from datecertain.cli import main\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert not end.code\n"
        f"print('LOADED', [name for name in {HEAVY!r} if name in sys.modules])\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert "2026" in ended.stdout
    assert ended.stdout.splitlines()[-1] == "LOADED []"
