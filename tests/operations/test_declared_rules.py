"""Rules declared at a moment: in force at once, promises before untouched, twice is once."""

from pathlib import Path

import pytest

from datecertain.errors import NetworkError, UsageError
from datecertain.moments import parse_utc
from datecertain.network import Network
from datecertain.network.rows import Holiday
from datecertain.network.rule_rows import Closure, Condition
from datecertain.operations.clock import FixedClock
from datecertain.operations.network_rules import declare, resume
from datecertain.operations.networks import current_network, network_of_version, publish_network
from datecertain.operations.workspaces import make_workspace, open_workspace
from datecertain.promise.asking import Ask, answer
from datecertain.promise.quoting import Route
from worlds import texts

TO_JAPAN = Route("KR", "03051", "JP", "1000001")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    clock = FixedClock(parse_utc("2026-11-01T00:00Z"))
    make_workspace(tmp_path / "w", clock)
    with open_workspace(tmp_path / "w", write=True) as opened:
        publish_network(opened, Network.from_texts(texts()), clock)
    return tmp_path / "w"


def told(home: Path, accepted: str, version: str | None = None) -> str:
    """Status and reason from Seoul to Tokyo by the network in force, or by an earlier one."""
    with open_workspace(home) as opened:
        network = network_of_version(opened, version) if version else current_network(opened)
    quote = answer(network, Ask.at(TO_JAPAN, accepted))
    return f"{quote.status} {quote.reason}".strip()


def fire(home: Path, moment: str, **more: str) -> object:
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
