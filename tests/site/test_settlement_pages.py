"""Settlement as a finance officer uses it (req 43-47, 57, 60): what KR and JP owe stays there."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from api_door import api_over
from month_of_mail import CLOCK, PERIOD, Month
from site_door import Pages
from test_every_page import demand_whole

from datecertain.access import Role
from datecertain.errors import UsageError
from datecertain.operations.closing import finalise
from datecertain.operations.period_gaps import accept_gaps, open_gaps
from datecertain.operations.statements import (
    Standee,
    find_statement,
    list_statements,
    statements_here,
)
from datecertain.operations.workspaces import open_workspace

NAME = f"{PERIOD}-JP-KR"
OFFICER = Role.SETTLEMENT


@pytest.fixture(scope="module")
def settled(month: Month, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    """The pages over a settled month of the ten posts."""
    folder = Path(shutil.copytree(month.settled, tmp_path_factory.mktemp("settled") / "w"))
    for api in api_over(folder, CLOCK):
        site = Pages(api)
        yield site
        site.close()


OURS = (f"/statements/{NAME}", f"/statements/{NAME}/lines/1", f"/statements/{NAME}/paper.csv")
OWN = (
    "/settlement",
    "/reconciliation",
    "/accruals",
    "/ageing",
    "/payments",
    "/tariffs",
    "/netting",
)


@pytest.mark.parametrize("language", ["en", "ko"])
def test_every_page_is_whole(settled: Pages, language: str) -> None:
    reader = settled.as_(OFFICER, "KR")
    for path in (*OWN, *OURS[:2], f"/reconciliation?month={PERIOD}&gap=", "/ageing?on=never",
                 f"/statements/{NAME}?line=1&item=EE000000005KR"):  # fmt: skip
        page = reader.look(f"{path}{'&' if '?' in path else '?'}lang={language}")
        assert page.answer.status_code == (422 if "never" in path else 200), path
        demand_whole(path, page)
        assert page.language == language


def test_a_statement_is_there_for_its_two_posts_alone(settled: Pages) -> None:
    for path in OURS:
        for role, post, status in (
            (OFFICER, "KR", 200), (OFFICER, "JP", 200), (OFFICER, "US", 404),
            (Role.AUDITOR, "US", 404), (Role.AUDITOR, "", 404), (Role.CARE, "KR", 403),
            (Role.CENTRAL_OFFICE, "", 403),
        ):  # fmt: skip
            assert settled.as_(role, post).look(path).answer.status_code == status, (path, post)


def test_lists_hold_the_posts_own_money(settled: Pages) -> None:
    for path in ("/settlement", "/reconciliation", "/accruals", "/ageing"):
        for table in ("", "balances", "gaps", "accruals", "ageing", "buckets"):
            file = f"?file={table}.csv" if table else ""
            answer = settled.as_(OFFICER, "US").client.get(f"{path}{file}")
            assert not re.search("JP-KR|KR-JP", answer.text), (path, table)
    balances = settled.as_(OFFICER, "US").client.get("/settlement?file=balances.csv").text
    with open_workspace(settled.api.workspace) as opened:
        pairs = [one.pair for one in list_statements(opened, PERIOD) if "US" in one.pair]
    assert len(balances.splitlines()) == len(pairs) + 2  # the head and the sum
    assert "No month was settled" in settled.as_(Role.AUDITOR, "").look("/settlement?lang=en").text


def test_from_the_balance_to_the_line_to_the_item(settled: Pages) -> None:
    reader = settled.as_(OFFICER, "KR")
    page = reader.look("/settlement?lang=en")
    assert f"/statements/{NAME}" in page.links
    with open_workspace(settled.api.workspace) as opened:
        found = find_statement(opened, PERIOD, ("JP", "KR"))
    net = found.statement.net_of("KR")
    assert f"{net / 10**6:,.2f} SDR" in page.text.replace("−", "-")
    lines = reader.look(f"/statements/{NAME}")
    assert f"/statements/{NAME}/lines/1" in lines.links
    items = reader.client.get(f"/statements/{NAME}/lines/1?file=items.csv").text.splitlines()[1:]
    assert sum(int(row.split(",")[1]) for row in items) == found.statement.lines[0].amount_usdr
    line = reader.look(f"/statements/{NAME}/lines/1")
    assert f"/items/{items[0].split(',')[0]}" in line.links


def test_a_statement_is_looked_up_once_for_its_page(
    settled: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_up = []

    def counted(*asked: Any) -> tuple[Standee, ...]:
        looked_up.append(asked[1:])
        return statements_here(*asked)

    reader = settled.as_(OFFICER, "JP")
    monkeypatch.setattr("datecertain.operations.statements.statements_here", counted)
    for path in (f"/statements/{NAME}?lang=en&item=once", f"/statements/{NAME}/lines/1?after=1",
                 f"/statements/{NAME}/paper.html"):  # fmt: skip
        looked_up.clear()
        assert reader.look(path).answer.status_code == 200
        assert looked_up == [(PERIOD, ("JP", "KR"), None)], path


def test_tables_and_papers_come_as_files(settled: Pages) -> None:
    reader = settled.as_(OFFICER, "KR").client
    begins = {"html": b"<!DOCTYPE html>", "pdf": b"%PDF-", "xlsx": b"PK", "csv": b"line,"}
    for ending, begin in begins.items():
        content = reader.get(f"/statements/{NAME}/paper.{ending}").content
        assert content.lower().startswith(begin.lower()), ending
    book = reader.get("/settlement?file=balances.xlsx").content
    assert "xl/worksheets/sheet1.xml" in ZipFile(BytesIO(book)).namelist()
    for path in ("/settlement?file=other.csv", "/settlement?file=balances.exe"):
        assert reader.get(path).status_code == 404


def test_contested_answered_accepted_in_part_and_netted(settled: Pages) -> None:
    path = f"/statements/{NAME}"
    one, other = settled.as_(OFFICER, "JP"), settled.as_(OFFICER, "KR")
    page = one.look(f"{path}?lang=en")
    assert "A reason is needed" in one.send(page, f"{path}/contest", line="1", reason=" ").text
    wrong = one.send(page, f"{path}/contest", line="999", reason="ours")
    assert wrong.answer.status_code == 422
    assert "Contested." in one.send(page, f"{path}/contest", line="1", reason="our scan").text
    told = other.look(f"{path}?lang=en")
    assert "our scan" in told.text
    hand = "JP (settlement-jp-person)"  # whose account it was, one's own post alone is told
    assert (hand in one.look(path).text, hand in told.text) == (True, False)
    assert "our scan" in other.look("/ageing").text or "1" in other.look("/settlement").text
    kept = other.send(told, f"{path}/answer", line="1", reason="theirs was late", answer="maintain")
    assert "The line is maintained." in kept.text
    with open_workspace(settled.api.workspace, write=True) as opened:
        names = [gap.name for gap in open_gaps(opened, PERIOD)]
        accept_gaps(opened, PERIOD, names, "KR", "shown", CLOCK)
        finalise(opened, PERIOD, "shown", CLOCK)
    for reader in (one, other):
        form = reader.look(f"{path}?lang=en")
        assert "Accepted." in reader.send(form, f"{path}/accept").text
        again = reader.client.post(f"{path}/accept", data=form.form(f"{path}/accept").fields)
        assert again.status_code == 422  # said once
    office = settled.as_(Role.CENTRAL_OFFICE, "")
    empty = office.look("/netting?lang=en")
    tried = office.send(empty, "/netting", do="try")
    assert "Tried only" in tried.text
    assert tried.text.count("<svg") == 1
    assert "JP-KR" not in tried.text
    assert "Netted." in office.send(empty, "/netting", do="net").text
    for role, post, seen in ((OFFICER, "KR", True), (OFFICER, "US", False)):
        text = settled.as_(role, post).look("/netting").text
        assert (NAME in text) is seen
    assert settled.as_(OFFICER, "US").look("/netting?round=1").answer.status_code == 404


def test_a_payment_is_told_by_its_posts(settled: Pages) -> None:
    reader = settled.as_(OFFICER, "KR")
    page = reader.look("/payments?lang=en")
    name = re.search(r'value="(1/[A-Z]+/[A-Z]+)"', page.text)
    assert name
    send = {"payment": name[1], "paid_on": "2026-11-24"}
    assert "no amount" in reader.send(page, "/payments", **send, amount="ten").text
    assert "cannot be told" in reader.send(page, "/payments", **send, amount="99999999").text
    other = settled.as_(OFFICER, "US")
    token = {"csrf": other.look("/payments").form("/logout").fields["csrf"]}
    assert other.client.post("/payments", data=send | token).status_code == 404
    assert "Told." in reader.send(page, "/payments", **send, amount="").text
    assert "paid" in reader.look("/payments?lang=en").text


def test_gaps_are_accepted_by_name_by_those_whom_they_concern(settled: Pages) -> None:
    reader = settled.as_(OFFICER, "KR")
    page = reader.look("/reconciliation?lang=en")
    token = page.form("/logout").fields["csrf"]
    bare = reader.client.post("/reconciliation", data={"csrf": token, "month": PERIOD})
    assert bare.status_code == 422
    alien = {"csrf": token, "month": PERIOD, "reason": "x", "gap.sent_not_received:AU-CA": "1"}
    assert reader.client.post("/reconciliation", data=alien).status_code == 404
    for link in [link for link in page.links if "gap=" in link][:1]:
        shown = reader.look(link.replace("&amp;", "&"))
        assert shown.answer.status_code == 200
        assert any(one.startswith("/items/") for one in shown.links)


def test_another_tariff_is_tried_in_the_background(settled: Pages) -> None:
    reader = settled.as_(OFFICER, "KR")
    page = reader.look("/tariffs?lang=en&partner=JP")
    assert "illustrative:" in page.text  # each row with its source
    assert "cannot be used" in reader.send(page, "/tariffs/trial", month=PERIOD, text="x = ").text
    shown = reader.send(page, "/tariffs/trial", month=PERIOD, tariff="ems_plan_2004")
    path = shown.answer.url.path
    for _ in range(100):
        shown = reader.look(path)
        if "hx-trigger" not in shown.text:
            break
        time.sleep(0.2)
    assert "Owed less owing, by post" in shown.text
    assert settled.as_(OFFICER, "JP").look(path).answer.status_code == 404


def test_what_is_wrong_with_a_tariff_is_told_in_korean(
    settled: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = settled.as_(OFFICER, "KR")
    page = reader.look("/tariffs?lang=ko&partner=JP")
    shown = reader.send(page, "/tariffs/trial", month=PERIOD, text='name = 3\nheight = "x"').text
    assert "사용할 수 없는 요율표입니다." in shown
    assert "height은(는) 이 표의 항목이 아닙니다." in shown
    assert "name “3”: 비어 있지 않은 문자열이어야 합니다." in shown
    assert not re.search(r'<(?:span|p)[^>]* lang="en"', shown)

    def fail(*_: object) -> dict[str, object]:
        raise UsageError(f"no item of {PERIOD} was judged here: run `datecertain judge` first")

    monkeypatch.setattr("datecertain.web.site.tariffs._try", fail)
    path = reader.send(page, "/tariffs/trial", month=PERIOD, tariff="ems_plan_2004").answer.url.path
    for _ in range(100):
        shown = reader.look(f"{path}?lang=ko").text
        if "hx-trigger" not in shown:
            break
        time.sleep(0.1)
    assert f"{PERIOD}에 판정한 우편물이 없습니다. 먼저 판정하십시오." in shown
    assert not re.search(r'<(?:span|p)[^>]* lang="en"', shown)


NONSENSE = (
    "/statements/x", "/statements/2026-13-KR-US", "/statements/2026-10-KR-KR", "/statements/%00",
    f"/statements/{NAME}-v9", f"/statements/{NAME}/lines/999", "/reconciliation?gap=%F0%9F%93%AE",
    f"/statements/{NAME}/paper.exe", "/netting?round=999", "/tariffs/trials/none",
    f"/statements/{NAME}/lines/" + "9" * 30, "/ageing?on=9999-99-99", "/tariffs?on=0001-01-01",
    "/settlement?month=%00&partner=%F0%9F%93%AE", "/ageing?on=99999-01-01",
)  # fmt: skip


@pytest.mark.parametrize("path", NONSENSE)
def test_nonsense_is_refused_as_a_page(settled: Pages, path: str) -> None:
    page = settled.as_(OFFICER, "KR").look(path)
    assert page.answer.status_code in (200, 404, 422), page.text[:400]
    demand_whole(path, page)
