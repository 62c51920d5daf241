"""Volumes: of one's own lanes; of the group those that may be published, without money."""

from __future__ import annotations

import re

from site_door import Pages
from test_every_page import demand_whole

from datecertain.access import Role

FACTS = "/volumes?source=facts&step=month&lang=en"


def test_a_post_sees_its_own_lanes(month_pages: Pages) -> None:
    reader = month_pages.as_(Role.QUALITY, "KR")
    page = reader.look(f"{FACTS}&by=lane")
    demand_whole("/volumes", page)
    rows = re.findall(r'<th scope="row">(\w\w)(?:&gt;|>)(\w\w)</th>', page.text)
    assert rows
    assert all("KR" in row for row in rows)
    assert "are not enough" in page.text  # of one month nothing is foretold
    plain = reader.look("/volumes?lang=en")
    demand_whole("/volumes", plain)
    assert "No volume is to be seen here" in plain.text  # none was imported
    assert "of 2019" in plain.text.lower()
    bad = reader.look(f"{FACTS}&before=x&after=y")
    assert bad.answer.status_code == 422


def test_the_central_office_sees_lanes_of_enough_items_and_no_money(month_pages: Pages) -> None:
    office = month_pages.as_(Role.CENTRAL_OFFICE)
    page = office.look(f"{FACTS}&by=lane")
    demand_whole("/volumes", page)
    found = page.text.split('id="series"')[1:] or [""]
    counts = re.findall(r'class="num strong">([\d,]+)</td>', found[0].split("</table>")[0])
    assert all(int(one.replace(",", "")) >= 10 for one in counts)
    assert "SDR" not in page.text
    assert "KRW" not in page.text.split("</details>")[-1]
