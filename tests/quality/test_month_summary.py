"""The few lines that a terminal shows."""

from __future__ import annotations

import pytest

from datecertain.moments import parse_date
from datecertain.promise.acceptance import ITEMS
from datecertain.quality import MoneyFigures, month_figures, summary_lines
from datecertain.verdict.outcomes import VERDICTS
from datecertain.wording import LANGUAGES, words
from quality.sample_month import POSTS, sample_month


def test_the_summary_says_how_many_how_sure_and_how_much() -> None:
    month = sample_month()
    lines = dict(summary_lines(month.figures, month.money, words("en")))
    total = month.figures.total
    interval = total.interval()
    assert lines["Items accepted"] == "20,000"
    assert lines["On-time share"] == (
        f"{total.share * 100:.1f} % ({interval.low * 100:.1f} % to {interval.high * 100:.1f} %)"
        f" of {total.judged:,} judged"
    )
    assert lines["Target 96 %"] == "below the target"
    assert lines["Days attributable"] == f"{month.figures.days_liable:,}"
    assert lines["Net after netting"].endswith(f"in {len(month.money.payments)} payments")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_line_has_a_label_and_a_value(language: str) -> None:
    month = sample_month()
    lines = summary_lines(month.figures, month.money, words(language))
    assert all(label.strip() and value.strip() for label, value in lines)
    assert len({label for label, _ in lines}) == len(lines)


def test_a_month_in_which_nothing_was_judged() -> None:
    day = parse_date("2026-10-05")
    figures = month_figures(
        VERDICTS.empty_table(), ITEMS.empty_table(), first_day=day, last_day=day, posts=POSTS
    )
    lines = dict(summary_lines(figures, MoneyFigures(), words("en")))
    assert lines["On-time share"] == "–"
    assert lines["Target 96 %"] == "nothing judged"
    assert lines["Money"].startswith("This period is not settled")
