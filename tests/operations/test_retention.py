"""Rules of retention, worked by hand: which rule counts on which day, and what has lapsed."""

from __future__ import annotations

from pathlib import Path

import pytest

from datecertain.errors import UsageError
from datecertain.moments import format_utc, parse_utc
from datecertain.operations.retention import KINDS, parse_rules, read_rules

RULE = """
[[rule]]
name = "{name}"
kind = "{kind}"
post = "{post}"
valid_from = {valid_from}
keep_days = {keep}
source = "test"
"""


def rule(
    name: str, keep: object, kind: str = "message", post: str = "*", since: str = "2026-01-01"
) -> str:
    return RULE.format(name=name, kind=kind, post=post, valid_from=since, keep=keep)


def in_folder(folder: Path, *rules: str) -> Path:
    (folder / "retention.toml").write_text("".join(rules))
    return folder


def lapsed(folder: Path, as_of: str, post: str = "KR", kind: str = "message") -> tuple[str, str]:
    found = read_rules(folder).lapsed(kind, post, parse_utc(as_of))
    return ("", "") if found is None else (found[0].name, format_utc(found[1]))


def test_the_bundled_rules_say_that_they_are_illustrative(tmp_path: Path) -> None:
    rules = read_rules(tmp_path).rows
    assert {one.kind for one in rules} == set(KINDS)
    assert all(one.source.startswith("illustrative: ") for one in rules)


def test_whole_days_are_kept(tmp_path: Path) -> None:
    """Received on the 1st and kept for 10 days: the 2nd to the 11th. It lapses with the 12th."""
    folder = in_folder(tmp_path, rule("ten", 10))
    assert lapsed(folder, "2026-10-11T23:59Z") == ("ten", "2026-10-01T00:00Z")
    assert lapsed(folder, "2026-10-12T00:00Z") == ("ten", "2026-10-02T00:00Z")


def test_a_posts_own_rule_goes_before_that_of_all(tmp_path: Path) -> None:
    folder = in_folder(tmp_path, rule("all", 10), rule("korea", 30, post="KR"))
    assert lapsed(folder, "2026-10-31T00:00Z", "KR") == ("korea", "2026-10-01T00:00Z")
    assert lapsed(folder, "2026-10-31T00:00Z", "JP") == ("all", "2026-10-21T00:00Z")
    assert lapsed(folder, "2026-10-31T00:00Z", "?") == ("all", "2026-10-21T00:00Z")


def test_a_rule_counts_from_its_date(tmp_path: Path) -> None:
    folder = in_folder(
        tmp_path, rule("long", 100), rule("short", 10, since="2026-07-01"),
        rule("korea", 50, post="KR", since="2026-08-01"),
    )  # fmt: skip
    assert lapsed(folder, "2025-12-31T00:00Z") == ("", "")
    assert lapsed(folder, "2026-06-30T12:00Z")[0] == "long"
    assert lapsed(folder, "2026-07-01T00:00Z")[0] == "short"
    assert lapsed(folder, "2026-08-01T00:00Z")[0] == "korea"


def test_always_is_never(tmp_path: Path) -> None:
    folder = in_folder(tmp_path, rule("all", 10), rule("law", '"always"', post="JP"))
    assert lapsed(folder, "2036-10-31T00:00Z", "JP") == ("", "")
    assert lapsed(folder, "2036-10-31T00:00Z", "KR")[0] == "all"


def test_own_rules_take_the_place_of_the_bundled_kind_by_kind(tmp_path: Path) -> None:
    folder = in_folder(tmp_path, rule("ours", 10, post="KR"))
    assert lapsed(folder, "2030-01-01T00:00Z", "KR")[0] == "ours"
    assert lapsed(folder, "2030-01-01T00:00Z", "JP") == ("", "")
    assert lapsed(folder, "2030-01-01T00:00Z", "JP", "quarantine")[0] == "quarantine-400-days"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("rule = 3", "give \\[\\[rule\\]\\] tables"),
        ("[[rule]\n", "cannot be read as TOML"),
        (rule("a", 10, kind="letters"), "rule 1: kind 'letters'"),
        (rule("a", 10, post="Korea"), "post 'Korea'"),
        (rule("a", -1), "keep_days -1"),
        (rule("a", "true"), "keep_days True"),
        (rule("a", '"ever"'), "keep_days 'ever'"),
        (rule("a", 10, since='"today"'), "valid_from 'today'"),
        (rule("", 10), "name ''"),
        (rule("a", 10, kind="finding", post="KR"), "findings name no post"),
        (rule("a", 10).replace("source", "sauce"), "give name, kind"),
        (rule("a", 10) + rule("a", 20, post="KR"), "two rules have the same name"),
        (rule("a", 10) + rule("b", 20), "two rules have the same kind, post and valid_from"),
    ],
)
def test_a_rule_that_cannot_be_used(text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        parse_rules(text, "retention.toml")
