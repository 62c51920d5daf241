"""The report of a month as one HTML file (req 49, 50, 53, 60, 63, 70).

The file asks for nothing: styles and charts stand in it, there is no script, and its content
policy forbids every request.
"""

from __future__ import annotations

from datecertain.moments import date_of
from datecertain.quality import (
    Basis,
    DocumentKind,
    Documents,
    MoneyFigures,
    MonthFigures,
    Standing,
)
from datecertain.verdict.outcomes import WHOLE, Leg, Outcome
from datecertain.web.month_views import MonthViews
from datecertain.web.pages import templates
from datecertain.web.writing import Writing
from datecertain.wording import LANGUAGES, words


def report_name(figures: MonthFigures, language: str) -> str:
    """The file name of a report: `report-2026-10.en.html`, or with both dates when the period is
    no whole month. Reports of one period link to each other by these names."""
    first, last = date_of(figures.first_day), date_of(figures.last_day)
    whole = first.day == 1 and date_of(figures.last_day + 1).day == 1
    same = (first.year, first.month) == (last.year, last.month)
    period = f"{first:%Y-%m}" if whole and same else f"{first.isoformat()}_{last.isoformat()}"
    return f"report-{period}.{language}.html"


def render_month(
    figures: MonthFigures, money: MoneyFigures, basis: Basis, language: str,
    documents: Documents | None = None,
) -> str:  # fmt: skip
    """The page in a language, with links to documents. Raises `UsageError` for a language that is
    not there."""
    writing = Writing(words(language), figures.posts)
    return (
        templates()
        .get_template("month.html.j2")
        .render(
            figures=figures,
            money=money,
            basis=basis,
            w=writing,
            views=MonthViews(figures, money, writing),
            language=language,
            others=[
                (other, words(other).say("report.language"), report_name(figures, other))
                for other in LANGUAGES
                if other != language
            ],
            documents=documents or Documents(),
            DocumentKind=DocumentKind,
            target=figures.target_ppm / WHOLE,
            Leg=Leg,
            Outcome=Outcome,
            Standing=Standing,
        )
    )
