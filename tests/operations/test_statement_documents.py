"""Statements of the simulated month written by the command line, before and after they are final
and netted; one refund followed from its postage to the statement."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pypdfium2
from command_line import say
from month_of_mail import CLOCK, PERIOD, Month

from datecertain.moments import DAY
from datecertain.operations.closing import finalise
from datecertain.operations.evidence import current_items
from datecertain.operations.netting import net_round
from datecertain.operations.statement_documents import stated_of
from datecertain.operations.statements import accept, find_statement, list_statements
from datecertain.operations.workspaces import open_workspace
from datecertain.settlement import bundled_tariff
from datecertain.settlement.reasons import Kind
from datecertain.store import Workspace

PAIR = ("JP", "KR")


def write(folder: Path, out: Path, *more: str) -> list[str]:
    answer = say("statement", "document", "--period", PERIOD, "--pair", "JP-KR", "--out", out,
                 "--json", "-w", folder, *more)  # fmt: skip
    assert (answer.code, answer.err) == (0, "")
    files: list[str] = answer.json["files"]
    return files


def test_every_format_in_both_languages(month: Month, tmp_path: Path) -> None:
    (page,) = write(month.settled, tmp_path / "s.html", "--language", "ko")
    assert "우정사업본부" in Path(page).read_text("utf-8")
    (paper,) = write(month.settled, tmp_path / "s.pdf")
    assert "Japan Post" in pypdfium2.PdfDocument(paper)[0].get_textpage().get_text_bounded()
    (book,) = write(month.settled, tmp_path / "anything", "--format", "xlsx")
    assert Path(book).read_bytes().startswith(b"PK")
    lines, items = write(month.settled, tmp_path / "s.csv")
    with open_workspace(month.settled) as opened:
        statement = find_statement(opened, PERIOD, PAIR).statement
    rows = list(csv.DictReader(Path(lines).read_text("utf-8").splitlines()))
    assert [int(row["amount_usdr"]) for row in rows] == [
        line.amount_usdr for line in statement.lines
    ]
    count = len(list(csv.DictReader(Path(items).read_text("utf-8").splitlines())))
    assert count == sum(line.items for line in statement.lines)


def test_what_cannot_be_written_is_told(month: Month, tmp_path: Path) -> None:
    words = ("statement", "document", "--period", PERIOD, "--pair", "JP-KR", "-w", month.settled)
    unnamed = say(*words, "--out", tmp_path / "statement")
    assert (unnamed.code, unnamed.err.count("\n")) == (1, 1)
    assert "--format" in unnamed.err
    folder = say(*words, "--out", tmp_path / "s.pdf", "--fonts", tmp_path / "nowhere")
    assert "is not a folder" in folder.err


def recourse_pair(workspace: Workspace) -> tuple[str, str]:
    return next(
        one.pair
        for one in list_statements(workspace, PERIOD)
        if any(line.reason.kind is Kind.RECOURSE for line in one.statement.lines)
    )


def test_a_refund_is_followed_to_the_last_unit(month: Month) -> None:
    """The bundled tariff charges on all of a refund by the legs' shares, so that nothing is lost
    between the item and the statement."""
    with open_workspace(month.settled) as opened:
        pair = recourse_pair(opened)
        stated = stated_of(opened, find_statement(opened, PERIOD, pair), "en")
        assert stated.tariff == bundled_tariff()
        assert stated.synthetic
        assert stated.illustrative
        assert stated.followed
        for number, one in stated.followed.items():
            line = stated.statement.lines[number - 1]
            (record,) = current_items(opened, None, one.item_id).to_pylist()
            assert (one.postage_minor, one.currency) == (
                record["postage_minor"], record["currency"]
            )  # fmt: skip
            rate = next(rate for rate in stated.rates
                        if (rate.currency, rate.on) == (one.currency, one.rate_on))  # fmt: skip
            assert rate.per_sdr == one.per_sdr
            assert rate.on <= record["accepted_date"]
            assert one.share_usdr == one.amount_usdr
            assert abs(one.refund_usdr * one.share_ppm / 10**6 - one.share_usdr) < 1
            assert line.creditor == record["origin"]


def test_dates_follow_the_life_of_the_statement(
    month: Month, workspace: Callable[[Path], Path]
) -> None:
    folder = workspace(month.settled)
    with open_workspace(folder, write=True) as opened:
        finalise(opened, PERIOD, "both agreed by letter", CLOCK)
        final = stated_of(opened, find_statement(opened, PERIOD, PAIR), "en")
        assert final.answer_by == CLOCK.now() + 30 * DAY
        for post in PAIR:
            accept(opened, PERIOD, PAIR, post, False, "", CLOCK)
        net_round(opened, CLOCK)
        netted = stated_of(opened, find_statement(opened, PERIOD, PAIR), "en").netted
    assert netted is not None
    assert (netted.number, netted.netted_on) == (1, CLOCK.now() // DAY)
    assert netted.due_on == CLOCK.now() // DAY + 30
