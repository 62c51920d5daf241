"""Statements on paper and as workbooks: the hand-worked ones, a contested one, one that was settled
again; amounts to the last unit, sums by formulas that a second program works out."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache
from pathlib import Path

import pypdfium2
import pytest
from markupsafe import escape
from settling_cases import BOOKED_AT, LATE, TARIFF, month, network, tariff
from spreadsheet import Workbook

from datecertain.settlement import Period, Statement, Tariff, settle_period
from datecertain.settlement.life import Act, Event, standing
from datecertain.settlement.stated import RateUsed, Stated, summary
from datecertain.settlement.statement_papers import how_text, statement_paper
from datecertain.settlement.statements import canonical, statement_of, terms_in
from datecertain.web.statement_workbooks import write_statement_workbook
from datecertain.web.statements import statement_html, statement_pdf
from datecertain.wording import LANGUAGES
from datecertain.wording.documents import as_text
from datecertain.wording.exact import exact_words

NOVEMBER = Period.month("2026-11")
#: Line 1: US owes KR 11.965812 SDR for A. Line 2: KR owes US 2.000000 SDR for A and for B.
#: Line 3: US owes KR 4.000000 SDR for E. Then what the charges below make.
MONTH = f"""
A KR-US 2026-11-02 38500 | {LATE} {LATE} | export 40 delivery 60 | CDI
B KR-US 2026-11-03 38500 | on_time on_time | | CDI
E US-KR 2026-11-05 6745 | {LATE} late_excused | | CDI
"""
MORE = """
[[charge]]
origin = "*"
destination = "*"
counted = "received"
per_item_usdr = 500_001
most_usdr = 1_000_001
source = "illustrative: for the test"

[[charge]]
origin = "*"
destination = "*"
counted = "late"
per_item_usdr = 250_000
source = "annex 3"

[[statements]]
origin = "*"
destination = "*"
contest_days = 20
accept_days = 30
silence_accepts = true
payment_days = 30
adjust_months = 12
source = "annex 1"
"""
#: What a post may write as its reason, and no program may run.
HOSTILE = '=HYPERLINK("http://x.example","click") <b>#sys.version</b>'
MADE_AT = BOOKED_AT + 60


@lru_cache(maxsize=4)
def settled(text: str) -> tuple[Statement, Tariff]:
    agreed = tariff(text)
    found = settle_period(network(), *month(MONTH), NOVEMBER, agreed, booked_at=BOOKED_AT)
    return found.statements[0], agreed


def stated(*said: Event, statement: Statement | None = None) -> Stated:
    """A statement of Korea and the United States after what was said of it; it replaced one that
    was settled without charges."""
    written, agreed = settled(TARIFF + MORE)
    own = statement or written
    return Stated(
        "2026-11-KR-US-v2", own, 2, BOOKED_AT, standing(own, said), terms_in(own),
        {"KR": "Korea Post", "US": "USPS"}, before=settled(TARIFF)[0], before_version=1,
        rates=(RateUsed("KRW", 1_930_500_000, 20_758, "illustrative: for the test"),),
        tariff=agreed,
    )  # fmt: skip


DISPUTED = Event(Act.DISPUTED, "US", 1, "", BOOKED_AT + 1440, HOSTILE)


def pdf_text(data: bytes) -> str:
    text = "".join(page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(data))
    return re.sub(r"\s", "", text)


def test_the_paper_adds_up_by_hand() -> None:
    text = as_text(statement_paper(stated(), exact_words("en")))
    for line in (
        "1; refunds charged on, delivery; US owes KR; 1; 11.965812",
        "2; pay for performance, KR-US; KR owes US; 2; 2.000000; 4.000000",
        "3; pay for performance, US-KR; US owes KR; 1; 4.000000; 4.000000",
        "4; penalty for late items, KR-US; US owes KR; 1; 0.250000",
        "5; remuneration of items received, KR-US; KR owes US; 2; 1.000001",
        "6; remuneration of items received, US-KR; US owes KR; 1; 0.500001",
        "recourse; US owes KR; 1; 1; 11.965812",
        "penalties; US owes KR; 1; 1; 0.250000",
        "total; owed to KR; 4; 4; 16.715813",
        "total; owed to US; 2; 4; 5.000001",
    ):  # fmt: skip
        assert f"\n  {line}\n" in text
    assert "US owes KR 11.715812 SDR" in text
    assert "In full they come to 1.000002 SDR" in text.replace("\n", " ")


def test_an_item_charged_by_weight_is_followed() -> None:
    """0.500000 an item and 1.500000 a kilogram: for 750 g 1.625000, as the line has it."""
    by_weight = (
        TARIFF
        + MORE.partition("[[charge]]")[0]
        + """
[[charge]]
origin = "*"
destination = "*"
counted = "received"
per_item_usdr = 500_000
per_kg_usdr = 1_500_000
source = "annex 4"
"""
    )
    statement, agreed = settled(by_weight)
    one = replace(stated(statement=statement), tariff=agreed)
    number = next(line.number for line in statement.lines
                  if line.reason.text == "charge.received.US-KR")  # fmt: skip
    line = statement.lines[number - 1]
    grams = (line.amount_usdr - 500_000) // 1500
    for known, told in (({number: grams}, True), ({number: grams + 1}, False), ({}, False)):
        text = how_text(replace(one, weights_g=known), line, exact_words("en"))
        assert (f"1.500000 SDR a kilogram for {grams}\u00a0g" in text) is told
        assert exact_words("en").money(line.amount_usdr, "SDR") in text


def test_the_summary_is_all_of_the_lines() -> None:
    statement = stated().statement
    for post in ("KR", "US"):
        owed = sum(row.amount_usdr for row in summary(statement) if row.creditor == post)
        assert owed == statement.gross_usdr[post]
    assert sum(row.lines for row in summary(statement)) == len(statement.lines)


def test_what_changed_is_told_in_words() -> None:
    text = as_text(statement_paper(stated(), exact_words("en"))).replace("\n", " ")
    assert "Since version 1:" in text
    assert (
        "penalty for late items, KR-US, US owes KR: 0.000000 SDR before, 0.250000 SDR now "
        "(0.250000 SDR)" in text
    )
    same = replace(stated(), before=stated().statement)
    assert "those of version 1" in as_text(statement_paper(same, exact_words("en")))
    first = replace(stated(), before=None)
    assert "first version" in as_text(statement_paper(first, exact_words("en")))


@pytest.mark.parametrize(
    ("said", "label"),
    [((), "To be contested by"),
     ((Event(Act.FINALISED, "", 0, "", BOOKED_AT, ""),), "To be answered by")],
)  # fmt: skip
def test_the_dates_are_those_agreed(said: tuple[Event, ...], label: str) -> None:
    """20 days to contest, 30 to accept: from the moment of writing, or of being made final."""
    one = stated(*said)
    days = 20 if not said else 30
    assert one.answer_by == BOOKED_AT + days * 1440
    text = as_text(statement_paper(one, exact_words("en")))
    assert label in text
    assert "30 days after the round" in text


def test_without_terms_no_date_is_made_up() -> None:
    one = stated(statement=settled(TARIFF)[0])
    assert (one.terms, one.answer_by) == (None, None)
    assert "no deadline was agreed" in as_text(statement_paper(one, exact_words("en")))


def test_what_is_made_up_is_marked() -> None:
    text = as_text(statement_paper(stated(), exact_words("en"))).replace("\n", " ")
    assert "* Some of the terms or rates below are illustrative" in text
    assert "[illustrative] Source: illustrative: for the test" in text
    assert "0.250000 SDR an item. Source: annex 3" in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_paper_and_page_say_the_same(language: str) -> None:
    one = stated(DISPUTED)
    page = statement_html(one, language)
    assert HOSTILE not in page
    assert str(escape(HOSTILE)) in page
    assert "<script" not in page
    paper = pdf_text(statement_pdf(one, language, MADE_AT))
    assert re.sub(r"\s", "", HOSTILE) in paper, "read as text, not as markup"
    for line in one.statement.lines:
        amount = exact_words(language).sdr(line.amount_usdr)
        assert amount in page
        assert amount in paper
    assert one.statement.sha256 in page
    assert one.statement.sha256 in paper
    assert statement_pdf(one, language, MADE_AT) == statement_pdf(one, language, MADE_AT)


@pytest.mark.parametrize(("language", "most_rows"), [("en", 1_048_576), ("ko", 4)])
def test_every_formula_comes_to_the_statement(
    tmp_path: Path, language: str, most_rows: int
) -> None:
    one, speak = stated(DISPUTED), exact_words(language)
    path = tmp_path / "statement.xlsx"
    write_statement_workbook(path, one, language, MADE_AT, most_rows)
    book = Workbook.read(path)
    found = book.formulas()
    for sheet, cell in found:
        value = book.worked_out(sheet, cell)
        assert float(value) == book.beside(sheet, cell), (sheet, cell)
        assert value.denominator == 1 or 10**6 % value.denominator == 0
    lines = speak.say("workbook.sheet.lines")
    for row, line in enumerate(one.statement.lines, start=2):
        assert book.worked_out(lines, f"I{row}") == line.amount_usdr
        assert book.worked_out(lines, f"K{row}") == line.amount_usdr, "the sum of its items"
        assert book.worked_out(lines, f"L{row}") == 0
        assert book.worked_out(lines, f"J{row}") == Fraction(line.amount_usdr, 10**6)
    top, rows = speak.say("workbook.sheet.summary"), len(summary(one.statement))
    assert [book.worked_out(top, f"F{rows + 2 + place}") for place in range(3)] == [
        one.statement.gross_usdr["KR"], one.statement.gross_usdr["US"], 11_715_812,
    ]  # fmt: skip
    assert [book.worked_out(top, f"I{rows + 2 + place}") for place in range(3)] == [0, 0, 0]
    items = [name for name in book.cells.sheetnames
             if name.startswith(speak.say("workbook.sheet.items"))]  # fmt: skip
    assert len(items) == (1 if most_rows > 100 else 3), "8 items, 3 under each head"
    assert sum(book.cells[name].max_row - 1 for name in items) == one.items


def test_words_of_others_are_never_formulas(tmp_path: Path) -> None:
    path = tmp_path / "statement.xlsx"
    write_statement_workbook(path, stated(DISPUTED), "en", MADE_AT)
    reason = Workbook.read(path).cells["Disputes"]["H2"]
    assert (reason.value, reason.data_type) == (HOSTILE, "s")


def test_a_sheet_can_be_read_and_printed(tmp_path: Path) -> None:
    path = tmp_path / "statement.xlsx"
    write_statement_workbook(path, stated(), "ko", MADE_AT)
    for sheet in Workbook.read(path).cells:
        assert sheet.freeze_panes == "A2"
        assert sheet.print_title_rows == "$1:$1"
        assert sheet.page_setup.orientation == "landscape"
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert sheet.page_setup.fitToHeight == 0, "as many pages as it needs, one wide"
        assert sheet.oddFooter.left.size == 8, "the text begins with a year: no part of the size"
        assert sheet.oddFooter.left.text.strip().startswith("2026-")
    lines = Workbook.read(path).cells["항목"].row_dimensions
    assert lines[1].height >= 2 * 14, "titles longer than their columns take a second line"
    assert Workbook.read(path).cells["항목"].print_area == "'항목'!$A$1:$L$8"
    again = tmp_path / "again.xlsx"
    write_statement_workbook(again, stated(), "ko", MADE_AT)
    assert again.read_bytes() == path.read_bytes()


def test_a_statement_with_nothing_left(tmp_path: Path) -> None:
    document = json.loads(stated().statement.content)
    document |= {"lines": [], "gross": {"KR": 0, "US": 0}, "net": {"KR": 0, "US": 0}}
    one = stated(statement=statement_of(canonical(document)))
    text = as_text(statement_paper(one, exact_words("en")))
    assert "Nothing is left" in text
    assert "the two posts are even" in text
    assert statement_pdf(one, "ko", MADE_AT).startswith(b"%PDF")
    path = tmp_path / "statement.xlsx"
    write_statement_workbook(path, one, "en", MADE_AT)
    book = Workbook.read(path)
    for sheet, cell in book.formulas():
        if sheet in ("Summary", "Lines"):
            assert book.worked_out(sheet, cell) == 0 == book.beside(sheet, cell)


def test_a_line_rated_anew_has_no_sum_of_items(tmp_path: Path) -> None:
    """Where a settled month's performance was rated anew, items carry no amounts of their own."""
    document = json.loads(stated().statement.content)
    line = document["lines"][1]
    line |= {"reason": "adjustment.performance.KR-US@2026-10", "each": None}
    line["item_amounts"] = [None] * len(line["item_keys"])
    one = stated(statement=statement_of(canonical(document)))
    text = as_text(statement_paper(one, exact_words("en"))).replace("\n", " ")
    assert "correction of 2026-10: pay for performance, KR-US: 4.000000 SDR, what 2026-10" in text
    path = tmp_path / "statement.xlsx"
    write_statement_workbook(path, one, "en", MADE_AT)
    sheet = Workbook.read(path).cells["Lines"]
    assert (sheet["I3"].value, sheet["K3"].value, sheet["L3"].value) == (4_000_000, None, None)
