"""Report cards of any period: one's own, and of the group what may be published."""

from __future__ import annotations

import csv
import io
import re

from month_of_mail import PERIOD
from site_door import Pages
from test_every_page import demand_whole

from datecertain.access import Role


def test_a_post_sees_any_period_by_any_cut(month_pages: Pages) -> None:
    reader = month_pages.as_(Role.QUALITY, "KR")
    for query in ("", "?by=leg", "?from=2026-10-05&to=2026-10-09&by=weekday", "?by=destination"):
        page = reader.look(f"/report-cards{query}")
        demand_whole(query, page)
        assert page.text.count('<th scope="row"') >= 1, query
    page = reader.look("/report-cards?lang=en")
    assert "Inquiries per 1,000" in page.text
    assert "gold" in page.text
    assert all(
        "KR" in row
        for row in re.findall(r'<th scope="row"[^>]*>(?:<a[^>]*>)?(\w\w → \w\w)', page.text)
    )
    assert "성적표" in reader.look("/report-cards?lang=ko").text
    text = reader.look("/report-cards/table.csv").answer.content.decode("utf-8-sig")
    assert all("KR" in row["group"].split(">") for row in csv.DictReader(io.StringIO(text)))


def test_the_central_office_sees_what_may_be_published(month_pages: Pages) -> None:
    office = month_pages.as_(Role.CENTRAL_OFFICE)
    for query in (f"?from={PERIOD}", "?by=destination&scope=own"):
        page = office.look(f"/report-cards{query}&lang=en")
        demand_whole(query, page)
        counts = re.findall(r'class="num">([\d,]+)</td>\n<td class="stands', page.text)
        assert all(int(one.replace(",", "")) >= 10 for one in counts), query
    part = office.look("/report-cards?from=2026-10-01&to=2026-10-30&lang=en")
    assert "of whole months" in part.text
    assert '<th scope="row">' not in part.text
    assert office.look("/report-cards/table.csv?by=flight").answer.status_code == 404


def test_odd_addresses_are_answered_in_words(month_pages: Pages) -> None:
    reader = month_pages.as_(Role.QUALITY, "KR")
    for query, status in (
        ("from=x", 422), ("from=2026-13", 422), ("from=0001-01", 422), ("to=2026-09", 422),
        ("from=1990-01&to=2026-10", 422), ("target=1e9", 422), ("accuracy=nan", 422),
        ("by=%00", 200), ("from=2026-10-01&to=9999-12-31", 422),
    ):  # fmt: skip
        page = reader.look(f"/report-cards?{query}")
        assert page.answer.status_code == status, query
        demand_whole(query, page)
