"""Rules declared at a moment: in force at once, promises before untouched, twice is once."""

from pathlib import Path

import numpy as np
import pytest

from datecertain.errors import NetworkError, UsageError
from datecertain.moments import format_date, parse_utc
from datecertain.network import Network
from datecertain.network.rows import Holiday
from datecertain.network.rule_rows import Closure, Condition
from datecertain.operations.clock import FixedClock
from datecertain.operations.ingesting import ingest
from datecertain.operations.network_rules import Declared, declare, resume
from datecertain.operations.networks import (
    NetworksInForce,
    current_network,
    network_of_version,
    publications,
    publish_network,
)
from datecertain.operations.tables import ITEMS_TABLE
from datecertain.operations.workspaces import make_workspace, open_workspace
from datecertain.promise.acceptance import ACCEPTANCE_FILE
from datecertain.promise.asking import Ask, answer
from datecertain.promise.quoting import Route
from worlds import texts

TO_JAPAN = Route("KR", "03051", "JP", "1000001")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "network").mkdir()
    for name, text in texts().items():
        (tmp_path / "network" / name).write_text(text, encoding="utf-8")
    make_workspace(tmp_path / "w", FixedClock(parse_utc("2026-11-01T00:00Z")), tmp_path / "network")
    return tmp_path / "w"


def told(home: Path, accepted: str, version: str | None = None) -> str:
    """Status and reason from Seoul to Tokyo by the network in force, or by an earlier one."""
    with open_workspace(home) as opened:
        network = network_of_version(opened, version) if version else current_network(opened)
    quote = answer(network, Ask.at(TO_JAPAN, accepted))
    return f"{quote.status} {quote.reason}".strip()


def fire(home: Path, moment: str, **more: str) -> Declared:
    cells = {
        "condition": "fire", "kind": "no_guarantee", "origin": "KR", "destination": "*",
        "text_en": "Fire, at the centre", "text_ko": "화재", "source": "notice 1", **more,
    }  # fmt: skip
    return declare(home, Condition, cells, FixedClock(parse_utc(moment)))


def test_a_suspension_is_in_force_the_minute_it_is_declared(home: Path) -> None:
    done = fire(home, "2026-11-03T02:40Z")
    assert told(home, "2026-11-03T11:39") == "guaranteed"
    assert told(home, "2026-11-03T11:40") == "estimate condition"
    # What was promised by the network before stays what it was.
    assert told(home, "2026-11-03T11:40", done.before) == "guaranteed"
    resume(home, "fire", "notice 2", FixedClock(parse_utc("2026-11-03T09:00Z")))
    cases = {"11:39": "guaranteed", "17:59": "estimate condition", "18:00": "guaranteed"}
    assert {at: told(home, f"2026-11-03T{at}") for at in cases} == cases


def test_declared_twice_is_declared_once(home: Path) -> None:
    first = fire(home, "2026-11-03T02:40Z")
    again = fire(home, "2026-11-03T05:00Z")
    assert (again.already, again.version) == (True, first.version)
    assert (
        again.row
        == first.row
        == (
            'fire,no_guarantee,KR,*,,,,,,,,,2026-11-03T02:40Z,"Fire, at the centre",화재,,,notice 1'
        )
    )


def food(*contents: str) -> set[str]:
    """What items of some contents are told while Korea takes no food any more."""
    network = Network.from_texts(texts({"conditions.csv": NO_FOOD}))
    asks = [Ask.at(TO_JAPAN._replace(contents=one), "2026-11-03T11:40") for one in contents]
    return {f"{answer(network, one).status}" for one in asks}


NO_FOOD = """
condition,kind,origin,destination,from_area,to_area,product,contents,address,over_g,over_usdr,days,known_from,text_en,text_ko,valid_from,valid_to,source
food,refuse,KR,*,,,, Food,,,,,,No food.,식품 제외,,,test
"""


def test_a_class_of_contents_is_one_however_it_is_written() -> None:
    assert food("food", "Food", " FOOD ") == {"refused"}
    assert food("footwear", "") == {"guaranteed"}


def test_a_declared_class_of_contents_is_written_as_it_is_compared(home: Path) -> None:
    first = fire(home, "2026-11-03T02:40Z", contents="Merchandise ")
    assert ",merchandise," in first.row
    assert first.warnings == ()  # the rules of the ten posts name it
    assert fire(home, "2026-11-03T05:00Z", contents="merchandise").already


def test_a_class_of_contents_that_nothing_else_names_is_told(home: Path) -> None:
    one = fire(home, "2026-11-03T02:40Z", contents="merchandize")
    (warning,) = one.warnings
    assert "contents-unknown" in warning
    assert "'merchandize'" in warning
    two = fire(home, "2026-11-03T02:45Z", contents="merchandize", condition="flood")
    assert two.warnings == ()  # two rows say it: it is meant


def test_what_cannot_stand_changes_nothing(home: Path) -> None:
    with open_workspace(home) as opened:
        before = current_network(opened).version
    with pytest.raises(NetworkError, match="no post or \\* 'XX' here"):
        fire(home, "2026-11-03T02:40Z", destination="XX")
    with pytest.raises(UsageError, match=r"conditions\.csv has no column colour"):
        fire(home, "2026-11-03T02:40Z", colour="red")
    with pytest.raises(UsageError, match="no condition 'flood' in force here; there are: po-box"):
        resume(home, "flood", "notice 2", FixedClock(0))
    fire(home, "2026-11-03T02:40Z")
    resume(home, "fire", "notice 2", FixedClock(parse_utc("2026-11-03T09:00Z")))
    with pytest.raises(UsageError, match="condition 'fire' has ended already"):
        resume(home, "fire", "notice 3", FixedClock(parse_utc("2026-11-04T09:00Z")))
    with open_workspace(home) as opened:
        assert network_of_version(opened, before).version == before


def test_a_holiday_declared_tomorrow_and_a_closed_office_move_new_dates_only(home: Path) -> None:
    """Tokyo delivers every day; Seoul does not work on the declared Friday: the item accepted on
    Thursday evening waits for Monday's 09:00 cut-off."""
    clock = FixedClock(parse_utc("2026-11-11T03:00Z"))
    ask = Ask.at(TO_JAPAN, "2026-11-12T17:30")
    with open_workspace(home) as opened:
        before = current_network(opened)
    cells = {
        "calendar": "KR", "date": "2026-11-13", "kind": "closed", "name_en": "Temporary",
        "name_local": "임시공휴일", "source": "Cabinet decision",
    }  # fmt: skip
    done = declare(home, Holiday, cells, clock)
    assert done.row.endswith("2026-11-11,Cabinet decision")
    with open_workspace(home) as opened:
        after = current_network(opened)
    assert answer(after, ask).due_day == answer(before, ask).due_day + 3
    cells = {
        "office": "JPKWSA", "direction": "inward", "closed_from": "2026-11-16",
        "closed_to": "2026-11-18", "source": "notice",
    }  # fmt: skip
    declare(home, Closure, cells, clock)
    with open_workspace(home) as opened:
        closed = current_network(opened)
        assert network_of_version(opened, before.version).data.closures == ()
    assert answer(closed, ask).due_day > answer(after, ask).due_day


def test_a_record_that_comes_late_is_quoted_by_the_network_of_its_acceptance(
    home: Path, tmp_path: Path
) -> None:
    """Three items accepted before, during and after a suspension; their file comes days later, in
    one piece, when yet another network is in force."""
    fire(home, "2026-11-03T02:40Z")
    resume(home, "fire", "notice 2", FixedClock(parse_utc("2026-11-03T09:00Z")))
    cells = {
        "office": "JPKWSA", "direction": "inward", "closed_from": "2026-11-04",
        "closed_to": "2026-11-08", "source": "notice",
    }  # fmt: skip
    declare(home, Closure, cells, FixedClock(parse_utc("2026-11-05T00:00Z")))
    numbers = ["EE123456785KR", "EE473124829KR", "EE000000005KR"]
    times = ["2026-11-02T16:00", "2026-11-03T16:00", "2026-11-03T18:30"]
    rows = [
        f"{number},KR,03051,{at},counter,JP,1000001,documents,500,38500,KRW,"
        for number, at in zip(numbers, times, strict=True)
    ]
    file = tmp_path / "late.csv"
    file.write_text("\n".join([",".join(ACCEPTANCE_FILE), *reversed(rows)]) + "\n")
    with open_workspace(home, write=True) as opened:
        ingest(opened, file, FixedClock(parse_utc("2026-11-09T00:00Z")))
    with open_workspace(home) as opened:
        items = opened.facts(ITEMS_TABLE).arrow().sort_by("accepted_at").to_pylist()
        with opened.reading() as view:
            published = [one.version for one in publications(view.connection)]
    assert [row["quote_status"] for row in items] == ["guaranteed", "estimate", "guaranteed"]
    assert [row["network_version"] for row in items] == published[:3]
    # The closure of the 5th moves no date of the 2nd and 3rd.
    assert [format_date(row["standard_on"]) for row in items] == [
        "2026-11-04", "2026-11-05", "2026-11-06",
    ]  # fmt: skip


def test_a_network_of_the_past_answers_for_its_time_and_leaves_the_present_one(home: Path) -> None:
    """The workspace was set up in November; October's records are to be quoted by October's
    network, in which Seoul's evening cut-off was at 18:00."""
    october = texts()
    october["schedules.csv"] = october["schedules.csv"].replace(
        "export.KR,12345,KR,17:00", "export.KR,12345,KR,18:00"
    )
    clock = FixedClock(parse_utc("2026-11-09T00:00Z"))
    with open_workspace(home, write=True) as opened:
        present = current_network(opened).version
        old = Network.from_texts(october)
        publish_network(opened, old, clock, parse_utc("2026-10-01T00:00Z"))
        assert current_network(opened).version == present
        moments = ["2026-09-30T23:59Z", "2026-10-31T23:59Z", "2026-11-01T00:00Z"]
        accepted = np.array([parse_utc(text) for text in moments])
        answers = {
            network.version: rows.tolist()
            for network, rows in NetworksInForce(opened).by_moment(accepted)
        }
        assert answers == {old.version: [0, 1], present: [2]}
        with pytest.raises(UsageError, match="2026-11-10T00:00Z has not come yet"):
            publish_network(opened, old, clock, parse_utc("2026-11-10T00:00Z"))
