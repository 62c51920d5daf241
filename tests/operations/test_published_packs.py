"""The meeting pack as the group publishes it to every post: no items, no figure of a few, no money
of a post; and packs that are kept, frozen, one for the same facts."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from month_of_mail import CLOCK, PERIOD, Month

from datecertain.errors import NotFound
from datecertain.kept import Kept
from datecertain.operations import published_cards as published
from datecertain.operations.judging import current_verdicts
from datecertain.operations.kept_packs import (
    FOLDER,
    KeptPack,
    digest_of,
    find_pack,
    keep_pack,
    kept_file,
    list_packs,
    read_pack,
)
from datecertain.operations.pack_sources import OFFICE
from datecertain.operations.packing import make_pack
from datecertain.operations.published_cards import published_cards, withheld_names
from datecertain.operations.report_cards import Group, report_cards
from datecertain.operations.workspaces import open_workspace
from datecertain.planning.meeting import Asking, Pack, Sheet, Subject, Unit
from datecertain.planning.services import Service
from datecertain.quality.cards import Asked
from datecertain.settlement import Period
from datecertain.verdict.outcomes import SHARE_COLUMNS, Leg
from datecertain.web.pack import pack_html

ASKED = (Asking({"en": "Resume", "ko": "재개"}, {"en": "All lanes.", "ko": "전 구간"}, "resume"),)


@pytest.fixture(scope="module")
def pack(month: Month) -> Pack:
    """With two services: of the published lane with the most items, and of one that is withheld."""
    days = Period.month(PERIOD)
    asked = Asked(days.first_day, days.last_day, 960_000, 0.95, 0.02)
    with open_workspace(month.settled) as opened:
        cards = published_cards(opened, Group.LANE, asked).cards.cards
        much = max(cards, key=lambda one: one.judged).name
        few = min(one for one in withheld_names(opened, PERIOD) if one.startswith("lane "))
        services = [
            Service.from_toml(
                f'lanes = ["{lane[-5:].replace(">", "-")}"]\nstandard_days = 30', name
            )
            for name, lane in (("much", much), ("few", few))
        ]
        return make_pack(opened, [PERIOD], CLOCK, ASKED, services, published=True)


def table(pack: Pack, subject: Subject, key: str) -> Sheet:
    page = next(one for one in pack.pages if one.subject is subject)
    found = page.sheet(key)
    assert found is not None
    return found


def test_what_is_withheld_of_a_month_is_worked_out_once(
    month: Month, monkeypatch: pytest.MonkeyPatch
) -> None:
    worked_out = []

    def counted(*asked: Any) -> Any:
        worked_out.append(asked[2])
        return lanes_of(*asked)

    lanes_of = published._lanes_of
    monkeypatch.setattr(published, "_NAMES", Kept(10))
    monkeypatch.setattr(published, "_lanes_of", counted)
    with open_workspace(month.settled) as opened:
        make_pack(opened, [PERIOD], CLOCK, published=True)
    assert worked_out == [PERIOD]


def test_no_item_stands_in_it_and_no_money_of_a_post(pack: Pack) -> None:
    text = json.dumps(pack.as_json(), ensure_ascii=False)
    assert re.findall(r"\b[A-Z]{2}[0-9]{9}[A-Z]{2}\b", text) == []
    assert pack.items == ()
    units = {column.unit for page in pack.pages for sheet in page.sheets
             for column in sheet.columns}  # fmt: skip
    assert not units & {Unit.ITEM, Unit.MINOR, Unit.USDR}
    money = next(one for one in pack.pages if one.subject is Subject.MONEY)
    assert [sheet.key for sheet in money.sheets] == ["refunds_counted"]
    assert "published" in text
    for language, said in (("en", "As the group publishes it"), ("ko", "공개본")):
        assert said in pack_html(pack, language)


def test_lanes_and_posts_are_those_that_are_published(pack: Pack, month: Month) -> None:
    asked = Asked(pack.first_day, pack.last_day, 960_000, 0.95, 0.02)
    with open_workspace(month.settled) as opened:
        lanes, origins = (
            {one.name: one for one in published_cards(opened, by, asked).cards.cards}
            for by in (Group.LANE, Group.ORIGIN)
        )
        hidden = withheld_names(opened, PERIOD)
        every = report_cards(opened, Group.ORIGIN, asked).cards
    assert hidden  # the world is small
    assert "all" not in hidden  # hence the sum of all posts is told
    judged = next(one for one in pack.pages[0].figures if one.key == "judged")
    assert judged.value == sum(one.judged for one in every)
    tiers = table(pack, Subject.QUALITY, "tiers").column("lanes")
    assert sum(int(str(one)) for one in tiers) == sum(1 for one in lanes.values() if one.judged)
    for row in table(pack, Subject.QUALITY, "lanes").records():
        assert row["judged"] == lanes[str(row["lane"])].judged >= 10
        assert f"lane {row['lane']}" not in hidden
    for row in table(pack, Subject.GUARANTEE, "by_origin").records():
        one = origins.get(str(row["post"]))
        assert (row["judged"], row["standing"] == "withheld") == (
            (None, True) if one is None else (one.judged, False)
        )
        assert (one is None) == (f"origin {row['post']}" in hidden)


def test_lost_days_are_of_published_lanes_alone(pack: Pack, month: Month) -> None:
    """Row by row over the verdicts, apart from the operation."""
    days = Counter[str]()
    with open_workspace(month.settled) as opened:
        hidden = withheld_names(opened, PERIOD)
        rows = current_verdicts(opened, [PERIOD]).to_pylist()
    for row in rows:
        lane = f"lane {row['origin']}>{row['destination']}"
        if row["outcome"] == "late_liable" and lane not in hidden:
            for leg, name in zip(Leg, SHARE_COLUMNS, strict=True):
                days[leg.name.lower()] += row["days_liable"] * row[name]
    page = next(one for one in pack.pages if one.subject is Subject.LOST)
    assert page.figure("days").value == sum(days.values())
    by_post = page.sheet("by_post")
    for leg in Leg:
        name = leg.name.lower()
        told = 0 if by_post is None else sum(int(str(one)) for one in by_post.column(name))
        assert told == days[name]


def test_a_service_is_told_where_it_rests_on_enough(pack: Pack) -> None:
    rows = {row["service"]: row for row in table(pack, Subject.SERVICES, "services").records()}
    assert (rows["much"]["on_time"], rows["few"]["on_time"], rows["few"]["items"]) == (
        1.0, None, None,
    )  # fmt: skip
    assert int(str(rows["much"]["items"])) >= 10
    assert "refunds_year" not in rows["much"]


def test_a_pack_is_read_back_as_it_was(pack: Pack) -> None:
    again = Pack.from_json(json.loads(json.dumps(pack.as_json())))
    assert again.as_json() == json.loads(json.dumps(pack.as_json()))
    assert pack_html(again, "ko") == pack_html(pack, "ko")


def keep(workspace: Path, pack: Pack, by: str = "kim") -> tuple[KeptPack, bool]:
    def write(folder: Path) -> None:
        (folder / "pack.json").write_text(json.dumps(pack.as_json()), encoding="utf-8")

    return keep_pack(workspace, pack, by, write)


def test_the_same_facts_are_one_pack_whoever_makes_it_when(pack: Pack, tmp_path: Path) -> None:
    first, new = keep(tmp_path, pack)
    assert (new, first.digest) == (True, digest_of(pack))
    assert first.name.startswith(f"{PERIOD}-{first.digest[:9]}")
    again, new = keep(tmp_path, replace(pack, made_at=pack.made_at + 60), by="lee")
    assert (again, new) == (first, False)
    other, new = keep(tmp_path, replace(pack, asked=(), made_at=pack.made_at + 60))
    assert new
    assert list_packs(tmp_path) == [other, first]
    assert read_pack(tmp_path, first.name).made_at == pack.made_at
    told, content = kept_file(tmp_path, first.name, "pack.json")
    assert (told.bytes, len(told.sha256)) == (len(content), 64)


def test_a_pack_that_was_broken_off_is_not_there(pack: Pack, tmp_path: Path) -> None:
    def half(folder: Path) -> None:
        (folder / "pack.json").write_text("{", encoding="utf-8")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        keep_pack(tmp_path, pack, "kim", half)
    assert list((tmp_path / FOLDER).iterdir()) == []
    (tmp_path / FOLDER / ".making-0").mkdir()  # of one that was killed
    assert list_packs(tmp_path) == []
    assert keep(tmp_path, pack)[1]


@pytest.mark.parametrize("name", ["..", "2026-10", "2026-10-00000000000g", "\0", ".making-0"])
def test_what_is_no_pack_is_not_found(name: str, tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        find_pack(tmp_path, name)


def test_whoever_makes_it_looks_as_the_central_office() -> None:
    assert OFFICE.group
