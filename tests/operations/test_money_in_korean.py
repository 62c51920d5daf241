"""What the commands of settlement, the books, claims and refunds say with `--lang ko`: no sentence
and no heading in English."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from claim_workspaces import claims_workspace
from command_line import say
from month_of_mail import CLOCK, PERIOD, Month
from workspace_copies import copied

import datecertain.cli
from datecertain.operations.clock import FixedClock
from datecertain.operations.closing import finalise
from datecertain.operations.late_payments import list_payables
from datecertain.operations.netting import net_round
from datecertain.operations.statements import accept, pair_of, say_of_statement
from datecertain.operations.workspaces import open_workspace
from datecertain.settlement.life import Act

LATER = FixedClock(CLOCK.now() + 60 * 1440)
#: Digests, codes of several words (accounts, gaps, findings), names of files.
CODE = re.compile(r"\b[0-9a-f]{8,}\b|\w+(?:[._/-]\w+)+(?:\.\w+)*")
#: Names and words of tariff files, and of files of claims.
NAMES = {"illustrative", "new", "performance", "recourse", "charge", "statements", "received",
         "verified", "claimant", "sender", "addressee", "nobody", "waiver", "yes", "no",
         "perhaps"}  # fmt: skip
HANGUL = re.compile(r"[가-힣]")

#: Modules whose words all come from the glossary.
MODULES = (
    "claims", "journal", "month_end", "netting", "payments", "reconciling", "refunds", "settling",
    "statement_documents", "statements", "suppositions", "tariffs", "trials",
)  # fmt: skip
TARIFF = """
name = "new"
source = "test"
weight_classes_g = [500]
[[charge]]
origin = "KR"
destination = "*"
counted = "received"
per_item_usdr = 1_000_000
per_kg_usdr = 5_000
weights = ["verified"]
source = "test"
"""
CLAIMS = """item_id,claimant,waiver
EE000000005KR,sender,
EE000000005KR,nobody,
EE000000014KR,sender,perhaps
EE000000028KR,sender,
EE9,,
"""


def in_korean(*words: str | Path, code: int = 0) -> str:
    """What a command says in Korean, checked for words of English."""
    answer = say(*words, "--lang", "ko")
    assert answer.code == code, answer.err
    latin = {word for word in re.findall(r"[A-Za-z]{2,}", CODE.sub("", answer.out))
             if not word.isupper()}  # fmt: skip
    assert latin <= NAMES, answer.out
    assert HANGUL.search(answer.out)
    return answer.out


@pytest.fixture(scope="module")
def book(month: Month, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A month with a line contested, a round of netting, and a payment told twice."""
    folder = copied(month.settled, tmp_path_factory.mktemp("book") / "w")
    with open_workspace(folder, write=True) as opened:
        us = pair_of("KR-US")
        say_of_statement(opened, PERIOD, us, Act.DISPUTED, "US", "우리 스캔", CLOCK, (1,))
        finalise(opened, PERIOD, "합의", CLOCK)
        for post in ("JP", "KR"):
            accept(opened, PERIOD, pair_of("JP-KR"), post, False, "", CLOCK)
        net_round(opened, CLOCK)
        (one,) = list_payables(opened, 1)
    paid = ("payment", "made", "--round", "1", "--payer", one.owed.payer, "--payee",
            one.owed.payee, "--by", "KR", "--amount", "1000000", "-w", folder)  # fmt: skip
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("datecertain.cli.payments.SystemClock", lambda: LATER)
        in_korean(*paid, "--on", "2026-12-30", "--reason", "4711")
        in_korean(*paid, "--on", "2026-12-31", "--corrects", "0")
    return folder


@pytest.fixture(scope="module")
def tariff(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tariff") / "new.toml"
    path.write_text(TARIFF, "utf-8")
    return path


def test_settling_and_reconciling(month: Month, tmp_path: Path) -> None:
    folder = copied(month.judged, tmp_path / "w")
    assert "분개" in in_korean("settle", "--period", PERIOD, "-w", folder)
    assert "이미 정산" in in_korean("settle", "--period", PERIOD, "-w", folder)
    in_korean("reconcile", "--period", PERIOD, "-w", folder)
    in_korean("verify", "--period", PERIOD, "-w", folder)
    in_korean("statement", "finalise", "--period", PERIOD, "--waived", "합의", "-w", folder)


def test_statements(book: Path, tmp_path: Path) -> None:
    in_korean("statement", "list", "-w", book)
    us = ("--period", PERIOD, "--pair", "KR-US", "-w", book)
    in_korean("statement", "show", *us)
    assert "상계  1회차" in in_korean("statement", "show", *us[:3], "JP-KR", "-w", book)
    say("statement", "export", *us, "--to", tmp_path)
    in_korean("statement", "import", tmp_path / f"statement.{PERIOD}.KR-US.v1.json", "-w", book)


def test_netting_and_silence(book: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = copied(book, tmp_path / "w")
    monkeypatch.setattr("datecertain.cli.netting.SystemClock", lambda: LATER)
    dry = in_korean("net", "--dry", "--without", "TH", "-w", folder)
    assert "무회신으로 승인" in dry
    assert "TH 제외" in dry
    in_korean("net", "-w", folder)
    shown = in_korean("statement", "show", "--period", PERIOD, "--pair", "CN-KR", "-w", folder)
    assert "무회신: 회신 기한이 지났습니다." in shown


def test_payments_and_books(book: Path, tariff: Path) -> None:
    told = in_korean("payment", "list", "--until", "2027-01-31", "-w", book)
    assert "이후 정정됨" in told
    for day in ("2026-11-24", "2027-01-23", "2027-06-30"):
        in_korean("journal", "ageing", "--on", day, "-w", book)
    in_korean("journal", "balance", "-w", book)
    in_korean("journal", "show", "--period", PERIOD, "-w", book)
    in_korean("journal", "verify", "--kept", "0" * 64, "-w", book)
    in_korean("journal", "verify", "--kept", "1" * 64, "-w", book, code=4)
    accruals = ("journal", "accruals", "--period", PERIOD, "-w", book)
    assert "참고" in in_korean(*accruals, "--dry", "--tariff", tariff)
    in_korean(*accruals)


def test_tariffs(month: Month, tariff: Path, tmp_path: Path) -> None:
    in_korean("tariff", "check", tariff)
    given = ("--month", PERIOD, "-w", month.judged)
    in_korean("tariff", "try", tariff, *given, "--csv", tmp_path / "items.csv")
    in_korean("tariff", "suppose", "--move", "KR-US=KR-JP:50", *given)


def test_claims_and_refunds(tmp_path: Path) -> None:
    folder, file = claims_workspace(tmp_path / "w"), tmp_path / "claims.csv"
    file.write_text(CLAIMS, "utf-8")
    now = ("--now", "2026-11-02T00:00Z", "-w", folder)
    in_korean("refunds", "forecast", "--month", PERIOD, *now)
    in_korean("journal", "accruals", "--period", PERIOD, "--dry", "-w", folder)
    in_korean("claim", "waiting", "--period", PERIOD, *now)
    in_korean("claim", "open", "--file", file, *now, code=3)
    in_korean("claim", "open", "EE000000014KR", *now)
    in_korean("claim", "list", "-w", folder)
    in_korean("claim", "show", "EE000000005KR", "-w", folder)
    in_korean("claim", "decide", "--all", "--now", "2026-12-20T00:00Z", "-w", folder)
    in_korean("refunds", "run", "--month", PERIOD, *now)
    assert "이미 처리" in in_korean("refunds", "run", "--month", PERIOD, *now)
    in_korean("refunds", "list", "--month", PERIOD, "-w", folder)


def test_codes_stay_codes_in_english(tmp_path: Path) -> None:
    folder = claims_workspace(tmp_path / "w")
    say("claim", "open", "EE000000005KR", "--now", "2026-11-02T00:00Z", "-w", folder)
    told = say("refunds", "list", "--month", PERIOD, "-w", folder).out
    assert "claim_driven" in told
    assert "guarantee" in told


def said(node: ast.AST) -> Iterator[str]:
    """The texts that stand in what is said itself, not in what other calls make of them."""
    if isinstance(node, ast.Constant):
        yield str(node.value)
    elif not isinstance(node, ast.Call | ast.Subscript | ast.Compare):
        for below in ast.iter_child_nodes(node):
            yield from said(below)


def test_these_commands_say_nothing_but_what_the_glossary_has() -> None:
    found = []
    for name in MODULES:
        path = Path(datecertain.cli.__file__).with_name(f"{name}.py")
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
                continue
            if call.func.id in ("say", "say_table"):
                texts = [text for part in call.args for text in said(part)]
                found += [(name, text) for text in texts if re.search(r"[a-z]{2}", text)]
    assert found == []
