"""The report's page: well-formed, alone, translated, accessible, and true to its figures."""

from __future__ import annotations

import dataclasses
import itertools
import re
import tomllib
import xml.etree.ElementTree as ET
from functools import lru_cache
from importlib.resources import files

import pytest

from datecertain.errors import UsageError
from datecertain.moments import parse_date
from datecertain.promise.acceptance import ITEMS
from datecertain.quality import MoneyFigures, MonthFigures, PostName, Standing, month_figures
from datecertain.verdict.outcomes import VERDICTS, Outcome
from datecertain.web import render_month, report_name
from datecertain.wording import LANGUAGES, words
from quality.sample_month import FIRST, LAST, POSTS, sample_month

HEADINGS = ("h1", "h2", "h3")
HOSTILE = "<script>alert('x')</script>&\"'"


@lru_cache(maxsize=4)
def page(language: str) -> str:
    month = sample_month()
    return render_month(month.figures, month.money, month.basis, language)


@lru_cache(maxsize=4)
def tree(language: str) -> ET.Element:
    return ET.fromstring(page(language))


def text_of(element: ET.Element) -> str:
    return " ".join("".join(element.itertext()).split())


def empty_month() -> MonthFigures:
    return month_figures(
        VERDICTS.empty_table(),
        ITEMS.empty_table(),
        first_day=FIRST,
        last_day=LAST,
        posts=POSTS,
    )


def table(language: str, caption: str) -> ET.Element:
    for found in tree(language).iter("table"):
        head = found.find("caption")
        if head is not None and text_of(head).startswith(caption):
            return found
    raise AssertionError(f"no table {caption!r}")


def cells(row: ET.Element) -> list[str]:
    return [text_of(cell) for cell in row if cell.tag in ("th", "td")]


# ---- The page as a document


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_is_well_formed_and_says_its_language(language: str) -> None:
    root = tree(language)
    assert root.get("lang") == language
    assert len(list(root.iter("h1"))) == 1
    levels = [HEADINGS.index(element.tag) for element in root.iter() if element.tag in HEADINGS]
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
    names = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_request_leaves_the_page(language: str) -> None:
    html = page(language)
    assert "default-src 'none'" in html
    assert not list(tree(language).iter("script"))
    assert "@import" not in html
    assert not re.search(r"url\((?!#)", html)
    for element in tree(language).iter():
        for name in ("src", "href", "action", "srcset", "poster", "data"):
            value = element.get(name)
            assert value is None or re.match(r"#|data:,$|[\w.-]+\.html$", value), value
        assert not any(name.startswith("on") for name in element.attrib)


@pytest.mark.parametrize("language", LANGUAGES)
def test_links_point_at_what_is_there(language: str) -> None:
    root = tree(language)
    names = {element.get("id") for element in root.iter()}
    targets = [link.get("href") or "" for link in root.iter("a")]
    assert all(target[1:] in names for target in targets if target.startswith("#"))
    for element in root.iter():
        for name in ("aria-labelledby", "aria-describedby"):
            assert set((element.get(name) or "").split()) <= names
    others = {report_name(sample_month().figures, code) for code in LANGUAGES if code != language}
    assert others <= set(targets)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_table_has_a_caption_and_heads(language: str) -> None:
    tables = list(tree(language).iter("table"))
    assert len(tables) >= 12
    for found in tables:
        caption = found.find("caption")
        assert caption is not None
        assert text_of(caption)
        heads = list(found.iter("th"))
        assert all(head.get("scope") in ("col", "row", "colgroup") for head in heads)
        assert all(text_of(head) for head in heads), text_of(caption)
        for body in found.findall("tbody"):
            assert all(row.find("th") is not None for row in body)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_chart_is_described_or_hidden(language: str) -> None:
    charts = list(tree(language).iter("svg"))
    shown = [chart for chart in charts if chart.get("aria-hidden") != "true"]
    assert {chart.get("aria-labelledby") for chart in shown} == {
        "headline-strip-title",
        "outcome-bar-title",
        "day-chart-title",
        "netting-arcs-title",
    }
    for chart in shown:
        assert chart.get("role") == "img"
        for name in ("title", "desc"):
            described = chart.find(name)
            assert described is not None
            assert text_of(described)


# ---- Words


def test_every_text_of_the_report_is_used() -> None:
    glossary = files("datecertain.wording") / "glossary" / "report.toml"
    keys = tomllib.loads(glossary.read_text(encoding="utf-8"))
    sources = [
        entry.read_text(encoding="utf-8")
        for folder in ("web", "web/templates", "quality")
        for entry in (files("datecertain") / folder).iterdir()
        if entry.name.endswith((".py", ".j2"))
    ]
    written = "\n".join(sources)
    # Families are asked for by a code that the data hold.
    families = {"charge", "contents", "month", "pinned", "severity", "stage", "standing", "weekday"}
    starts = tuple(re.findall(r'"(\w+_)" ~', written))
    for key in keys:
        name = key.removeprefix("report.")
        asked = f'"{name}"' in written or f"report.{name}" in written or name.startswith(starts)
        assert asked or name.split(".")[0] in families, key


def test_the_korean_page_has_no_english_sentence() -> None:
    glossary = files("datecertain.wording") / "glossary" / "report.toml"
    korean = text_of(tree("ko"))
    for key, texts in tomllib.loads(glossary.read_text(encoding="utf-8")).items():
        for piece in re.split(r"\{\w+\}", texts["en"]):
            if len(piece) > 12:
                assert piece not in korean, key


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_key_or_place_to_fill_is_left_on_the_page(language: str) -> None:
    text = text_of(tree(language))
    assert "report." not in text
    assert not re.search(r"\{\w*\}", text)
    assert "nan" not in re.findall(r"\w+", text)


def test_hostile_names_and_codes_are_text() -> None:
    month = sample_month()
    posts = (PostName("KR", HOSTILE, HOSTILE), *month.figures.posts[1:])
    reasons = tuple(dataclasses.replace(row, reason=HOSTILE) for row in month.figures.reasons)
    html = render_month(
        dataclasses.replace(month.figures, posts=posts, reasons=reasons),
        month.money,
        dataclasses.replace(month.basis, network_title=HOSTILE, run_id=HOSTILE),
        "en",
    )
    root = ET.fromstring(html)
    assert not list(root.iter("script"))
    assert HOSTILE in text_of(root)


def test_a_language_that_is_not_there_is_misuse() -> None:
    month = sample_month()
    with pytest.raises(UsageError, match="xx"):
        render_month(month.figures, month.money, month.basis, "xx")


# ---- Figures


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_matrix_shows_each_lane_with_its_number_and_its_mark(language: str) -> None:
    figures, say = sample_month().figures, words(language).say
    caption = say("report.matrix_caption")
    rows = table(language, caption).findall("tbody/tr")
    codes = [post.post for post in POSTS]
    assert len(rows) == len(codes)
    for origin, row in zip(codes, rows, strict=True):
        for destination, cell in zip(codes, cells(row)[1:-1], strict=True):
            lane = figures.lane(origin, destination)
            if origin == destination:
                assert cell == say("report.same_post")
            elif lane is None:
                assert cell.startswith("–")
            else:
                standing = figures.standing(lane.tally)
                assert cell.startswith(f"{lane.tally.share * 100:.1f}")
                assert f"{lane.tally.judged:,}" in cell
                assert cell.endswith(say(f"report.standing.{standing}"))
                assert ("▼" in cell) == (standing is Standing.BELOW)
                assert ("▲" in cell) == (standing is Standing.ABOVE)


def test_the_tables_show_the_figures() -> None:
    month = sample_month()
    figures, money = month.figures, month.money
    outcomes = {row[0]: row[1] for row in map(cells, table("en", "Items by outcome").iter("tr"))}
    for outcome in Outcome:
        label = words("en").say(f"outcome.{outcome}").capitalize()
        shown = [number for name, number in outcomes.items() if name.startswith(label + " ")]
        assert f"{figures.total.of(outcome):,}" in shown
    days = table("en", "Days attributable, by post and leg")
    assert cells(days.findall("tfoot/tr")[0])[1] == f"{figures.days_liable:,}.0"
    statements = table("en", "Statements").findall("tbody/tr")
    assert len(statements) == len(money.statements)
    payments = table("en", "Payments").findall("tbody/tr")
    assert len(payments) == len(money.payments)


def test_the_headline_says_how_sure_it_is_and_what_would_change_it() -> None:
    total = sample_month().figures.total
    headline = text_of(next(tree("en").iter("section")))
    interval = total.interval()
    assert f"{total.share * 100:.1f}%" in headline
    assert f"{interval.low * 100:.1f}–{interval.high * 100:.1f}" in headline
    assert f"{total.bounds.low * 100:.1f}–{total.bounds.high * 100:.1f}" in headline
    assert "below the target" in headline


def test_synthetic_traffic_is_said_first_and_real_traffic_never() -> None:
    month = sample_month()
    body = tree("en").find("body")
    assert body is not None
    assert text_of(body).startswith("Synthetic traffic.")
    real = dataclasses.replace(month.basis, synthetic=False)
    html = render_month(month.figures, month.money, real, "en")
    assert "Synthetic" not in html


def test_counts_that_do_not_add_up_are_shown_as_such() -> None:
    month = sample_month()
    broken = dataclasses.replace(month.basis.passages[0], used=1)
    basis = dataclasses.replace(month.basis, passages=(broken,))
    html = render_month(month.figures, month.money, basis, "en")
    assert "✗ no" in html
    assert "✗ no" not in page("en")


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_empty_month_has_a_page(language: str) -> None:
    html = render_month(empty_month(), MoneyFigures(), sample_month().basis, language)
    text = text_of(ET.fromstring(html))
    assert words(language).say("report.standing.no_items") in text
    assert words(language).say("report.not_settled") in text
    assert "0.00 SDR" not in text.replace("\u00a0", " ")
    assert "nan" not in re.findall(r"\w+", text)


def test_rebuilding_gives_the_same_bytes() -> None:
    month = sample_month()
    again = render_month(month.figures, month.money, month.basis, "ko")
    assert again == page("ko")


@pytest.mark.parametrize(
    ("first", "last", "name", "title"),
    [
        ("2026-10-01", "2026-10-31", "report-2026-10.en.html", "October 2026"),
        ("2024-02-01", "2024-02-29", "report-2024-02.en.html", "February 2024"),
        (
            "2026-10-01",
            "2026-12-31",
            "report-2026-10-01_2026-12-31.en.html",
            "Thu 1 Oct 2026 – Thu 31 Dec 2026",
        ),
        (
            "2026-10-05",
            "2026-10-11",
            "report-2026-10-05_2026-10-11.en.html",
            "Mon 5 Oct 2026 – Sun 11 Oct 2026",
        ),
    ],
)
def test_a_report_is_named_for_its_period(first: str, last: str, name: str, title: str) -> None:
    figures = month_figures(
        VERDICTS.empty_table(),
        ITEMS.empty_table(),
        first_day=parse_date(first),
        last_day=parse_date(last),
        posts=POSTS,
    )
    assert report_name(figures, "en") == name
    html = render_month(figures, MoneyFigures(), sample_month().basis, "en")
    assert text_of(next(ET.fromstring(html).iter("h1"))).startswith(title)
