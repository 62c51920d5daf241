"""The rule book as a command: text, HTML, PDF and JSON, and who signed what it says (the network is
the small invented one)."""

from __future__ import annotations

import json
from html import unescape
from pathlib import Path

from command_line import say

from datecertain.moments import parse_utc
from datecertain.network.rows import TermRow
from datecertain.operations.clock import FixedClock
from datecertain.operations.lane_openings import propose, sign
from datecertain.operations.network_rules import declare
from datecertain.operations.networks import publish_network
from datecertain.operations.workspaces import open_workspace
from datecertain.store import Workspace
from worlds import small_network

OTHER_TARIFF = """
name = "other"
source = "test"
weight_classes_g = [500]
[[recourse]]
origin = "*"
destination = "*"
percent = 50
source = "test"
"""
CLOCK = FixedClock(parse_utc("2026-11-01T00:00Z"))


def test_signatures_stand_in_the_rule_book_and_so_does_what_changed_since(tmp_path: Path) -> None:
    home = tmp_path / "w"
    Workspace.init(home)
    with open_workspace(home, write=True) as opened:
        publish_network(opened, small_network(), CLOCK)
    made = propose(home, "KR-JP", "KR", "Kim", "2026-11-10", CLOCK, standard="D+5")
    for post, name in (("KR", "Kim"), ("JP", "Sato")):
        sign(home, 1, made.sha256, post, name, CLOCK)
    asked = ("rulebook", "--pair", "KR-JP", "-w", home, "--on")
    before = say(*asked, "2026-11-09", "--json").json
    assert before["lanes"][0]["signatures"] == []
    after = say(*asked, "2026-11-10", "--json").json
    assert after["lanes"][0]["terms_sha256"] == made.terms_sha256
    assert [one["post"] for one in after["lanes"][0]["signatures"]] == ["KR", "JP"]
    assert after["lanes"][0]["signatures"][0]["differing"] == 0
    assert "D+5" in say(*asked, "2026-11-10").out
    declare(home, TermRow, {"scope": "relation", "origin": "KR", "destination": "JP",
                            "term": "lost_after_days", "value": "14", "source": "test"},
            CLOCK)  # fmt: skip
    changed = say(*asked, "2026-11-10").out
    assert "Sato" in changed
    # Between the posts, and towards the sender, where no post publishes a row of its own.
    assert "clauses that differ: 2" in " ".join(changed.split())
    assert after["lanes"][0]["signatures"][0]["rates"] == 0
    other = tmp_path / "other.toml"
    other.write_text(OTHER_TARIFF)
    told = say(*asked, "2026-11-10", "--tariff", other)
    assert "the tariff changed since proposal 1 was signed" in " ".join(told.out.split())
    files = {name: tmp_path / f"book.{name}" for name in ("txt", "html", "pdf", "json")}
    for file in files.values():
        written = say(*asked, "2026-11-10", "--lang", "ko", "--out", file)
        assert (written.code, written.out.strip()) == (0, str(file))
    assert files["pdf"].read_bytes().startswith(b"%PDF")
    rules = json.loads(files["json"].read_text())["rules"]
    page = unescape(files["html"].read_text())
    assert all(rule["text"] in page for rule in rules)
    for words, why in (
        ((*asked, "2031-01-01"), "is not in the network"),
        (("rulebook", "--pair", "KR-KR", "-w", home), "names one post twice"),
        ((*asked, "2026-11-10", "--format", "pdf"), "needs a file"),
        ((*asked, "2026-11-10", "--out", tmp_path / "book.doc"), "does not say how"),
    ):
        refused = say(*words)
        assert refused.code == 1
        assert why in refused.err
