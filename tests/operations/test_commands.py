# ruff: noqa: E501 - one line a case
"""Every command as it is typed: what it prints, how it ends, what it says when it cannot."""

from __future__ import annotations

import re
import shutil
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

import pyarrow.compute as pc
import pytest
from canonical_state import differences, state_of
from command_line import run, run_anew, say
from mail_bags import write_bag
from month_of_mail import CLOSING, ITEMS, PERIOD, Month
from small_workspaces import interchange

from datecertain.network import bundled_folder
from datecertain.operations.judging import current_verdicts
from datecertain.operations.workspaces import open_workspace
from datecertain.verdict.outcomes import Outcome

Copy = Callable[[Path], Path]

QUOTE = ("quote", "--from", "KR:03051", "--to", "US:10001", "--at", "2026-11-27T16:10")


def item_with(folder: Path, outcome: Outcome) -> str:
    with open_workspace(folder) as workspace:
        verdicts = current_verdicts(workspace, [PERIOD])
    return str(verdicts.filter(pc.equal(verdicts["outcome"], str(outcome)))["item_id"][0].as_py())


@pytest.fixture(scope="module")
def bad_network(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundled network with a broken row in each of four files."""
    folder = tmp_path_factory.mktemp("network") / "broken"
    folder.mkdir()
    for source in bundled_folder().iterdir():
        if source.is_file():
            (folder / source.name).write_bytes(source.read_bytes())
    for name, old, new in (
        ("posts.csv", "Asia/Seoul", "Asia/Soul"),
        ("offices.csv", "KRSELB,KR,", "KRSELB,KX,"),
        ("flights.csv", "1234567", "1234568"),
        ("holidays.csv", ",2026-", ",2026-13-"),
    ):
        text = (folder / name).read_text(encoding="utf-8")
        assert old in text, name
        (folder / name).write_text(text.replace(old, new, 1), encoding="utf-8")
    return folder


@pytest.mark.slow
def test_a_month_by_hand(month: Month, tmp_path: Path) -> None:
    """The commands of the README, one after the other, each a process of its own."""
    folder = tmp_path / "october"
    made = run("init", "--workspace", folder, "--json").json
    assert made["network_version"]
    simulated = run(
        "simulate", tmp_path / "mail", "--items", str(ITEMS), "--seed", "20261001", "--json"
    ).json
    assert simulated["acceptances"] == ITEMS
    taken = run("ingest", simulated["mailbox"], "-w", folder, "--json").json
    assert (taken["items"], taken["events"]) == (ITEMS, simulated["events"])
    assert taken["clean"] is True
    judged = run("judge", "--period", PERIOD, "--as-of", CLOSING, "-w", folder, "--json").json
    assert (judged["items"], judged["new"], judged["as_of"]) == (ITEMS, ITEMS, CLOSING)
    settled = run("settle", "--period", PERIOD, "-w", folder, "--json").json
    assert settled["version"] == 1
    assert settled["journal_lines"] > 0
    assert differences(state_of(folder), state_of(month.settled)) == []


def test_what_was_done_before_is_said(month: Month, workspace: Copy) -> None:
    folder = workspace(month.settled)
    judged = say("judge", "--period", PERIOD, "--as-of", CLOSING, "-w", folder)
    assert judged.out == f"{PERIOD} was judged before on the same facts as of {CLOSING}.\n"
    settled = say("settle", "--period", PERIOD, "-w", folder)
    assert "was settled before on the same verdicts; nothing was booked." in settled.out
    assert (judged.code, settled.code) == (0, 0)


def test_settling_tells_how_many_statements_changed(
    month: Month, workspace: Copy, tmp_path: Path
) -> None:
    folder = workspace(month.judged)
    first = say("settle", "--period", PERIOD, "-w", folder).out.splitlines()[0]
    stated = len(say("statement", "list", "--period", PERIOD, "-w", folder, "--json").json)
    assert first.endswith(f" journal lines booked, {stated} statements in a new version.")
    scan = interchange(("EMC", "202610221800", "KRSELB"), reference="1")  # of an unknown item
    write_bag(tmp_path / "mail", {"scan.edi": scan})
    assert say("ingest", tmp_path / "mail", "-w", folder).code == 0
    told = say("settle", "--period", PERIOD, "-w", folder)
    assert told.out.splitlines()[0] == "0 journal lines booked; no statement changed."


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_explain_in_words(lang: str, month: Month) -> None:
    item = item_with(month.settled, Outcome.LATE_LIABLE)
    answer = say("explain", item, "-w", month.settled, "--lang", lang)
    assert (answer.code, answer.err) == (0, "")
    assert item in answer.out
    assert len(answer.out.splitlines()) > 3


def test_explain_as_json_sums_to_the_delay(month: Month) -> None:
    item = item_with(month.settled, Outcome.LATE_LIABLE)
    told = say("explain", item, "-w", month.settled, "--json").json
    assert told["item"] == item
    assert told["outcome"] == "late_liable"
    assert told["promised_on"] < told["delivered_on"]
    assert sum(part["share"] for part in told["liability"]) == pytest.approx(1)
    assert {"checkpoint", "holder", "leg", "days"} <= told["staircase"][-1].keys()


def test_quote(month: Month) -> None:
    plain, told = say(*QUOTE), say(*QUOTE, "--json").json
    here = say(*QUOTE, "-w", month.made, "--json").json
    korean = say(*QUOTE, "--lang", "ko")
    assert told == here
    assert told["status"] == "guaranteed"
    assert told["due_on"] == "2026-12-01"
    assert "2026" in plain.out
    assert len(plain.out.splitlines()) > 3
    assert plain.out != korean.out


def test_report_writes_its_pages(month: Month, tmp_path: Path) -> None:
    to = tmp_path / "reports"
    told = say("report", "--period", PERIOD, "-w", month.settled, "--to", to, "--json").json
    assert {"en", "ko", "csv"} <= told["pages"].keys()
    for page in told["pages"].values():
        assert Path(page).parent == to
        assert Path(page).stat().st_size > 100
    summary = say("report", "--period", PERIOD, "-w", month.settled, "--to", to)
    assert summary.code == 0
    assert len(summary.out.splitlines()) > 5
    assert [one["about"] for one in told["documents"]] == ["lanes"]


def test_a_report_leads_to_the_documents_of_its_month(month: Month, tmp_path: Path) -> None:
    to = tmp_path / "reports"
    asked = ("report", "--period", PERIOD, "-w", month.settled, "--to", to, "--json")
    found = say(*asked, "--documents", "html,csv,letters").json["documents"]
    assert found == say(*asked).json["documents"]  # a later report finds what lies there
    stated = [one for one in found if one["kind"] == "statement"]
    assert {one["about"] for one in stated} >= {"JP-KR", "KR-US"}
    assert {(one["form"], one["language"]) for one in stated} == {
        ("json", ""), ("lines.csv", ""), ("items.csv", ""), ("html", "en"), ("html", "ko"),
    }  # fmt: skip
    for language in ("en", "ko"):
        page = (to / f"report-{PERIOD}.{language}.html").read_text(encoding="utf-8")
        assert ET.fromstring(page).find(".//*[@id='documents']") is not None
        links = [to / link for link in re.findall(r'<a href="(documents-[^"]*)"', page)]
        assert all(file.is_file() for file in links)
        assert {file for file in links if file.name.endswith(".html")} == {
            Path(one["path"]) for one in found if one["language"] == language
        }
    gone = next(Path(one["path"]) for one in stated)
    gone.unlink()
    assert str(gone) not in [one["path"] for one in say(*asked).json["documents"]]
    refused = say(*asked, "--documents", "paper")
    assert (refused.code, "write all, or of pdf" in refused.err) == (1, True)


def test_network_check_of_the_bundled_network() -> None:
    told = say("network", "check", "--json")
    assert told.code == 0
    assert told.json["usable"] is True
    assert told.json["rows"]["posts.csv"] >= 10


def test_network_check_lists_all_findings_at_once(bad_network: Path) -> None:
    answer = say("network", "check", bad_network, "--json")
    assert (answer.code, answer.err) == (1, "")
    told = answer.json
    assert told["usable"] is False
    errors = {one["file"] for one in told["findings"] if one["severity"] == "error"}
    assert errors >= {"posts.csv", "offices.csv", "flights.csv", "holidays.csv"}
    assert all(one["position"] for one in told["findings"] if one["severity"] == "error")
    plain = say("network", "check", bad_network)
    assert plain.code == 1
    assert plain.out.rstrip().endswith("not usable.")


def test_a_network_file_that_is_not_utf8_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "network.toml").write_bytes('title = "열 우정"'.encode("euc-kr"))
    answer = say("network", "check", tmp_path)
    assert answer.code == 1
    assert "network.toml" in answer.out + answer.err
    assert "UTF-8" in answer.out + answer.err


def test_a_tariff_that_is_not_utf8_is_said_so(month: Month, tmp_path: Path) -> None:
    tariff = tmp_path / "tariff.toml"
    tariff.write_bytes('title = "요금"'.encode("euc-kr"))
    answer = say("settle", "--period", PERIOD, "-w", month.settled, "--tariff", tariff)
    assert answer.code == 1
    assert "tariff.toml" in answer.err


def test_a_network_with_errors_is_not_put_in_force(
    bad_network: Path, month: Month, workspace: Copy
) -> None:
    folder = workspace(month.made)
    answer = say("network", "publish", bad_network, "-w", folder)
    assert (answer.code, answer.out) == (1, "")
    assert "errors; correct the files" in answer.err.splitlines()[0]
    assert differences(state_of(folder), state_of(month.made)) == []


REFUSALS = {
    "a post that is none": ("quote", "--from", "ZZ:1", "--to", "US:10001", "--at", "2026-11-27T16:10"),
    "a place that is none": ("quote", "--from", "KR03051", "--to", "US:10001", "--at", "2026-11-27T16:10"),
    "a day that is none": ("quote", "--from", "KR:03051", "--to", "US:10001", "--at", "2026-02-30T10:00"),
    "a moment with offset": ("quote", "--from", "KR:03051", "--to", "US:10001", "--at", "2026-11-27T16:10Z"),
    "no workspace to quote from": (*QUOTE, "-w", "{nowhere}"),
    "a workspace already": ("init", "-w", "{settled}"),
    "a file in the way": ("init", "-w", "{file}"),
    "a file above": ("init", "-w", "{file}/below"),
    "nothing to take in": ("ingest", "{nowhere}", "-w", "{settled}"),
    "no workspace": ("ingest", "{mailbox}", "-w", "{nowhere}"),
    "a file for a workspace": ("ingest", "{mailbox}", "-w", "{file}"),
    "nothing to judge": ("judge", "-w", "{settled}"),
    "a month that is none": ("judge", "--period", "2026-13", "-w", "{settled}"),
    "a year that is none": ("settle", "--period", "0000-10", "-w", "{settled}"),
    "a month in words": ("settle", "--period", "October", "-w", "{settled}"),
    "a closing without offset": ("judge", "--period", PERIOD, "--as-of", "2026-11-23", "-w", "{settled}"),
    "no item number": ("explain", "EE000000006KR", "-w", "{settled}"),
    "an item not accepted here": ("explain", "EE000000005KR", "-w", "{settled}"),
    "a month not judged": ("settle", "--period", "2027-03", "-w", "{settled}"),
    "a report of nothing": ("report", "--period", "2027-03", "-w", "{settled}"),
    "a report into a file": ("report", "--period", PERIOD, "-w", "{settled}", "--to", "{file}"),
    "no tariff": ("settle", "--period", PERIOD, "-w", "{settled}", "--tariff", "{nowhere}"),
    "a simulation into a file": ("simulate", "{file}", "--items", "3", "--json"),
    "a seed below zero": ("simulate", "{nowhere}", "--items", "3", "--seed", "-1", "--json"),
    "a network that is none": ("network", "check", "{nowhere}"),
    "a demo over something else": ("demo", "-w", "{settled}"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSALS)
def test_a_refusal_is_one_clear_line(name: str, month: Month, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("in the way")
    places = {
        "nowhere": tmp_path / "nowhere", "file": file, "settled": month.settled,
        "mailbox": month.mailbox,
    }  # fmt: skip
    answer = say(*(word.format(**places) for word in REFUSALS[name]))
    assert answer.code == 1
    assert answer.out == ""
    (line,) = answer.err.splitlines()
    assert line.startswith("datecertain: ")
    assert len(line) > 30
    assert not (tmp_path / "nowhere").exists()


def test_an_option_that_is_missing_is_named() -> None:
    answer = say("quote", "--from", "KR:03051")
    assert answer.code == 2
    assert "--to" in answer.err


def test_a_refusal_ends_the_process_with_code_1(tmp_path: Path) -> None:
    answer = run_anew("ingest", tmp_path, "-w", tmp_path)
    assert (answer.code, answer.out) == (1, "")
    assert answer.err == (
        f"datecertain: {tmp_path} is not a workspace: there is no datecertain.toml; run init\n"
    )


def test_a_damaged_workspace_is_said_so(month: Month, workspace: Copy) -> None:
    folder = workspace(month.settled)
    shutil.rmtree(folder / "facts" / "verdicts")
    answer = say("settle", "--period", PERIOD, "-w", folder)
    assert answer.code == 1
    (line,) = answer.err.splitlines()
    assert "the log is gone" in line
