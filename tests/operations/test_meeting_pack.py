"""`datecertain pack`: the meeting's paper from a small simulated month, its figures against counts
made apart from it, its charts against its tables, and the action register."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from command_line import say
from month_of_mail import CLOCK, PERIOD, Month
from workspace_copies import copied

from datecertain.moments import parse_utc
from datecertain.operations.judging import current_verdicts
from datecertain.operations.month_money import stored_money
from datecertain.operations.packing import make_pack
from datecertain.operations.reporting import month_report
from datecertain.operations.workspaces import open_workspace
from datecertain.planning.meeting import BoardRow, Pack, Readiness, Subject, Unit
from datecertain.planning.services import Service
from datecertain.verdict.outcomes import SHARE_COLUMNS, Leg
from datecertain.web.pack import pack_html, pack_pdf
from datecertain.web.pack_charts import SHOWN, charts_of, on_paper
from datecertain.web.pack_words import PackWords

NOW = "2026-11-25T00:00Z"
DECISIONS = """\
[[decision]]
page = "resume"
title = { en = "Resume the lanes that are ready", ko = "준비 완료 구간의 보장 재개" }
text = { en = "With the assured standard of each.", ko = "구간별 산출 보장일로 재개함" }
"""
ACTION = ("pack", "action", "add", "--meeting", "2026-09-30", "--owner", "US", "--due",
          "2026-12-31", "--en", "Hand over earlier", "--ko", "인도 시각 단축")  # fmt: skip


@dataclass(frozen=True)
class Written:
    """A pack written by the command, and the workspace that it is of."""

    workspace: Path
    out: Path
    said: Any

    def page(self, name: str) -> Any:
        (found,) = [one for one in self.said["pages"] if one["page"] == name]
        return found

    def table(self, page: str, name: str) -> Any:
        (found,) = [one for one in self.page(page)["tables"] if one["name"] == name]
        return found["rows"]


@pytest.fixture(scope="module")
def written(month: Month, tmp_path_factory: pytest.TempPathFactory) -> Written:
    folder = tmp_path_factory.mktemp("meeting")
    workspace = copied(month.settled, folder / "w")
    measured = ("--figure", "on_time:KR>US", "--period", PERIOD, "--now", NOW)
    assert say(*ACTION, *measured, "-w", workspace, "--json").json == {"action": 1}
    late = ("pack", "action", "add", "--meeting", "2026-09-30", "--owner", "KR", "--due",
            "2026-11-15", "--en", "Scan all departures", "--ko", "발송 스캔 전량",
            "--figure", "complete:KR", "--period", PERIOD, "--now", NOW)  # fmt: skip
    assert say(*late, "-w", workspace, "--json").json == {"action": 2}
    (folder / "d.toml").write_text(DECISIONS, encoding="utf-8")
    said = say("pack", "--period", PERIOD, "--out", folder / "out", "--now", NOW,
               "--decisions", folder / "d.toml", "-w", workspace, "--json").json  # fmt: skip
    return Written(workspace, folder / "out", said)


#: Six years of one lane by month, made up.
VOLUMES = [f"{2019 + at // 12}-{at % 12 + 1:02d},KR,US,{1_000 + 10 * (at % 12) + at}"
           for at in range(72)]  # fmt: skip


@pytest.fixture(scope="module")
def pack(written: Written) -> Pack:
    """Of the same workspace, with volumes imported, a service tried, and rows of a board."""
    folder = written.out.parent
    (folder / "v.csv").write_text("month,origin,destination,items\n" + "\n".join(VOLUMES) + "\n")
    workspace = Path(shutil.copytree(written.workspace, folder / "volumes"))
    assert say("volumes", "import", folder / "v.csv", "-w", workspace).code == 0
    slow = Service.from_toml('name = "slow"\nlanes = ["KR-JP"]\nstandard_days = 30', "slow")
    board = [BoardRow("KR", "US", 4, 800, 0.961, Readiness.READY)]
    with open_workspace(workspace) as opened:
        return make_pack(opened, [PERIOD], replace(CLOCK, moment=parse_utc(NOW)),
                         services=[slow], board=board)  # fmt: skip


def test_the_same_facts_give_the_same_bytes(written: Written, tmp_path: Path) -> None:
    again = say("pack", "--period", PERIOD, "--out", tmp_path / "o", "--now", NOW, "--lang", "ko",
                "--decisions", written.out.parent / "d.toml", "-w", written.workspace)  # fmt: skip
    assert again.code == 0
    names = {path.relative_to(tmp_path / "o") for path in (tmp_path / "o").rglob("*.*")}
    assert {Path("meeting-pack.ko.html"), Path("meeting-pack.ko.pdf"), Path("pack.json")} <= names
    for name in names:
        assert (tmp_path / "o" / name).read_bytes() == (written.out / name).read_bytes(), name


def test_figures_are_those_that_stand_elsewhere(written: Written) -> None:
    with open_workspace(written.workspace) as opened:
        figures = month_report(opened, PERIOD, CLOCK).figures
        money = stored_money(opened, PERIOD)
    on_time, judged = figures.total.on_time, figures.total.judged
    by_origin = written.table("guarantee", "by_origin")
    assert sum(row["judged"] for row in by_origin) == judged
    (share,) = [one for one in written.page("guarantee")["figures"] if one["key"] == "on_time"]
    interval, bounds = figures.total.interval(), figures.total.bounds
    assert share["value"] == on_time / judged
    assert (share["low"], share["high"]) == (interval.low, interval.high)
    targets = written.table("guarantee", "targets")
    assert [row["target"] for row in targets] == [0.95, 0.96]
    assert {(row["worst"], row["best"]) for row in targets} == {(bounds.low, bounds.high)}
    assert sum(row["lanes"] for row in written.table("quality", "tiers")) == sum(
        1 for lane in figures.lanes if lane.tally.judged
    )
    positions = {row["post"]: row["position_usdr"] for row in written.table("money", "positions")}
    assert positions == {row.post: row.net_usdr for row in money.positions}
    assert sum(positions.values()) == 0
    year = {row["post"]: row for row in written.table("resume", "exposure")}
    plain = say("plan", "board", "--from", PERIOD, "--to", PERIOD, "-w", written.workspace,
                "--json").json  # fmt: skip
    worst: dict[str, int] = {}
    for lane in plain["lanes"]:
        if lane["items"]:
            post, gross = lane["origin"], lane["worst_case"]["gross_usdr"]
            worst[post] = worst.get(post, 0) + gross
    assert {post: row["year_worst"] for post, row in year.items()} == worst
    for row in year.values():
        assert row["year_low"] <= row["year_automatic"] <= row["year_high"]
        assert row["year_kept"] <= row["year_worst"]
    recovery = written.table("volume", "recovery")
    assert [(row["year"], row["items"]) for row in recovery][:1] == [("2019", 31_560_000)]
    assert recovery[-1]["items"] == 17_200_000
    assert round(recovery[-1]["index"], 3) == 0.545


def test_lost_days_are_those_of_the_verdicts_item_by_item(written: Written) -> None:
    """Worked row by row; what is lost before the flight is the origin's, after it the other's."""
    days, biggest = Counter[str](), Counter[str]()
    with open_workspace(written.workspace) as opened:
        rows = current_verdicts(opened, [PERIOD]).to_pylist()
    for row in rows:
        if row["outcome"] == "late_liable":
            for leg, name in zip(Leg, SHARE_COLUMNS, strict=True):
                ppm = row["days_liable"] * row[name]
                days[leg.name.lower()] += ppm
                biggest[f"{row['item_id']} {leg.name.lower()}"] = ppm
    by_post = written.table("lost", "by_post")
    for leg in Leg:
        assert sum(row[leg.name.lower()] for row in by_post) == days[leg.name.lower()]
    listed = written.table("lost", "items")
    assert listed
    for row in listed:
        assert row["days"] == biggest[f"{row['item']} {row['leg']}"]
    for cause in written.table("lost", "causes"):
        mine = [row["days"] for row in listed
                if (row["post"], row["leg"]) == (cause["post"], cause["leg"])]  # fmt: skip
        assert 1 <= len(mine) <= 3
        assert mine == sorted(mine, reverse=True)
    for row in listed:
        origin, destination = row["lane"].split(">")
        if row["leg"] != "transport":
            assert row["post"] == (origin if row["leg"] in ("promise", "export") else destination)


def test_every_figure_names_a_query_whose_digest_can_be_made_again(written: Written) -> None:
    queries = {one["key"]: one for one in written.said["queries"]}
    used = [one["query"] for page in written.said["pages"]
            for one in (*page["figures"], *page["tables"])]  # fmt: skip
    assert set(used) <= set(queries)
    for one in queries.values():
        plain = {name: one[name] for name in ("operation", "parameters", "inputs")}
        text = json.dumps(plain, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        assert one["digest"] == hashlib.sha256(text.encode()).hexdigest()
        assert one["inputs"]["network"] == written.said["network_version"]
    card = queries[written.page("guarantee")["figures"][0]["query"]]
    assert set(card["inputs"]["facts"]) == {"items", "verdicts"}
    assert say(*card["command"].split()[1:], "-w", written.workspace).code == 0
    assert (written.out / "pack.json").read_text("utf-8").count('"digest"') > 3


@pytest.mark.parametrize("language", ["en", "ko"])
def test_numbers_in_charts_are_those_of_the_tables(pack: Pack, language: str) -> None:
    speak, seen = PackWords(pack, language), set[str]()
    html = pack_html(pack, language)
    for page in pack.pages:
        for drawn in charts_of(page, speak):
            sheet = page.sheet(drawn.sheet)
            assert sheet is not None
            names = [column.name for column in sheet.columns]
            name, value = (names.index(one) for one in SHOWN[drawn.sheet])
            cells = [(row[name], row[value]) for row in speak.rows(sheet)]
            texts = re.findall(r"<text[^>]*>([^<]*)</text>", str(drawn.svg))
            if drawn.sheet == "recovery":  # millions, to the hundredth: as they were published
                millions = [round(float(re.sub(r"[^\d.]", "", text)) * 1e6) for text in texts[1::2]]
                assert millions == sheet.column("items")
            else:
                for cell in (one for row in cells for one in row):
                    assert cell in texts, drawn.sheet
            assert drawn.svg in html
            assert all(f"{one} {number}" in drawn.alt for one, number in cells)
            assert "var(" not in on_paper(drawn)
            seen.add(drawn.sheet)
    assert seen >= {"by_origin", "by_post", "recovery", "readiness", "positions", "forecast"}


def test_a_bar_is_as_long_as_its_number(pack: Pack) -> None:
    page = next(one for one in pack.pages if one.subject is Subject.LOST)
    (drawn,) = charts_of(page, PackWords(pack, "en"))
    sheet = page.sheet("by_post")
    assert sheet is not None
    wide = [float(one) for one in re.findall(r'width="([\d.]+)%" height="14"', str(drawn.svg))]
    days = [float(row[leg.name.lower()] or 0) for row in sheet.records() for leg in Leg]
    assert len(wide) == sum(1 for one in days if one)
    scale = sum(wide) / sum(days)
    for bar, number in zip(wide, [one for one in days if one], strict=True):
        assert bar == pytest.approx(scale * number, abs=0.02)


def test_both_languages_say_every_page(written: Written) -> None:
    for language, title in (("en", "Where time is lost"), ("ko", "지연 발생 단계")):
        text = (written.out / f"meeting-pack.{language}.html").read_text("utf-8")
        assert title in text
        assert "<script" not in text
        assert text.count("<section id=") == 8  # seven subjects and the annex
        links = set(re.findall(r'href="(items/[^"]+)"', text))
        assert links
        assert all((written.out / link).exists() for link in links)
        assert (written.out / f"meeting-pack.{language}.pdf").read_bytes()[:5] == b"%PDF-"
    assert "준비 완료 구간의 보장 재개" in text


def test_new_services_and_a_board_stand_where_there_are_some(written: Written, pack: Pack) -> None:
    assert [one["page"] for one in written.said["pages"]] == [
        "guarantee", "quality", "lost", "volume", "resume", "money", "decisions"]  # fmt: skip
    assert [one.subject for one in pack.pages][-2:] == [Subject.SERVICES, Subject.DECISIONS]
    tried = pack.pages[-2].sheet("services")
    assert tried is not None
    (row,) = tried.records()
    assert (row["service"], row["lanes"], row["on_time"], row["high"]) == ("slow", 1, 1.0, 1.0)
    assert row["items"]
    assert row["refunds_year"] == 0  # whatever is promised in thirty days comes in time
    resume = next(one for one in pack.pages if one.subject is Subject.RESUME)
    assert [one.value for one in resume.figures] == [1, 0, 0, 89]
    standards = resume.sheet("standards")
    assert standards is not None
    assert standards.records()[0]["US"] == 4
    assert {column.unit for column in standards.columns} == {Unit.POST, Unit.DPLUS}


def test_imported_months_are_forecast(written: Written, pack: Pack) -> None:
    page = next(one for one in pack.pages if one.subject is Subject.VOLUME)
    ahead, imported = page.sheet("forecast"), page.sheet("imported")
    assert ahead is not None
    assert imported is not None
    assert ahead.column("month")[0] == "2025-01"
    assert sum(int(str(one)) for one in imported.column("items")) == sum(
        int(row.split(",")[3]) for row in VOLUMES
    )
    assert [one["name"] for one in written.page("volume")["tables"]] == ["recovery"]
    assert written.page("volume")["facts"]["standing"] == "not_enough"


def test_actions_keep_what_was_and_measure_what_is(written: Written) -> None:
    folder = written.workspace
    rows = say("pack", "action", "list", "--period", PERIOD, "--now", NOW, "-w", folder,
               "--json").json["actions"]  # fmt: skip
    cards = say("report", "card", "--from", PERIOD, "-w", folder, "--json").json["cards"]
    (lane,) = [one for one in cards if one["name"] == "KR>US"]
    first, second = rows
    assert (first["state"], second["state"]) == ("open", "overdue")
    for told in (first["at_meeting"], first["now"]):
        assert (told["good"], told["n"]) == (lane["on_time"], lane["judged"])
    assert first["at_meeting"]["digest"] == first["now"]["digest"]
    quality = say("quality", "--period", PERIOD, "--as-of", NOW, "-w", folder, "--json").json
    missing = [one for one in quality["scores"] if (one["post"], one["kind"]) == ("KR", "missing")]
    assert second["now"]["n"] == sum(one["of"] for one in missing)
    assert second["now"]["n"] - second["now"]["good"] == sum(one["wrong"] for one in missing)
    assert written.table("decisions", "actions")[0]["at_meeting"] == first["at_meeting"]["share"]


def test_an_action_is_added_once_and_done_once(written: Written, tmp_path: Path) -> None:
    workspace = Path(shutil.copytree(written.workspace, tmp_path / "w"))
    measured = ("--figure", "on_time:KR>US", "--period", PERIOD)
    assert say(*ACTION, *measured, "-w", workspace, "--json").json == {"action": 1}
    done = ("pack", "action", "done", "1", "--note", "in force", "--now", NOW, "-w", workspace)
    assert [say(*done, "--json").json["new"] for _ in range(2)] == [True, False]
    told = say("pack", "action", "list", "-w", workspace, "--json").json["actions"][0]
    assert (told["state"], told["note"], told["now"]["share"]) == ("done", "in force", None)
    assert "완료" in say("pack", "action", "list", "--lang", "ko", "-w", workspace).out


REFUSED = (
    ((*ACTION, "--figure", "on_time:KR>US"), "the month it stood in"),
    ((*ACTION, "--figure", "speed:KR", "--period", PERIOD), "write on_time:KR>US"),
    ((*ACTION[:5], "--owner", "XX", *ACTION[7:]), "no post 'XX'"),
    ((*ACTION[:7], "--due", "2026-09-01", *ACTION[9:]), "before the meeting"),
    ((*ACTION[:11], "--ko", " "), "both languages"),
    (("pack", "action", "done", "9"), "no action 9"),
    (("pack", "--period", "2025-01", "--out", "o"), "was judged here"),
    (("pack", "--out", "o"), "name a month"),
    (("pack", "--period", PERIOD, "--to", PERIOD, "--out", "o"), "--to goes with --from"),
    (("pack", "--period", PERIOD, "--out", "o", "--decisions", "no.toml"), "is not there"),
)


@pytest.mark.parametrize(("asked", "message"), REFUSED)
def test_what_cannot_be_asked(written: Written, asked: tuple[str, ...], message: str) -> None:
    answer = say(*asked, "-w", written.workspace)
    assert answer.code == 1
    assert message in answer.err


def test_decisions_want_both_languages_and_a_page_that_is_there(tmp_path: Path) -> None:
    for text, message in (
        (DECISIONS.replace(', ko = "구간별 산출 보장일로 재개함"', ""), "has no text in ko"),
        (DECISIONS.replace('"resume"', '"weather"'), "names page 'weather'"),
        ("[[decision", "cannot be read"),
    ):
        (tmp_path / "d.toml").write_text(text, encoding="utf-8")
        answer = say("pack", "--period", PERIOD, "--out", tmp_path / "o", "--decisions",
                     tmp_path / "d.toml", "-w", tmp_path)  # fmt: skip
        assert answer.code == 1
        assert message in answer.err


@pytest.mark.parametrize("language", ["en", "ko"])
def test_a_subject_is_a_page_of_paper(pack: Pack, language: str) -> None:
    """With a forecast and imported volumes; cover and annex beside them."""
    paper = pypdfium2.PdfDocument(pack_pdf(pack, language))
    assert len(paper) == len(pack.pages) + 2
    speak = PackWords(pack, language)
    for number, page in enumerate(pack.pages, 1):
        text = paper[number].get_textpage().get_text_range()
        assert text.startswith(speak.say(f"page.{page.subject}"))
        for figure in page.figures:
            assert speak.figure(figure) in text
