"""Changes to a network said in a few words."""

import pytest

from datecertain.errors import UsageError
from datecertain.network import Network
from datecertain.network.loading import read_network
from datecertain.planning.levers import Effect, Lever, effort_of, efforts, levers_of, ranked
from datecertain.planning.network_changes import changed_texts
from datecertain.planning.replays import Standing
from worlds import texts


def rows(change: str, file: str, **where: str) -> list[dict[str, str]]:
    from datecertain.planning.network_changes import Rows

    changed = changed_texts(texts({}), change)
    Network.from_texts(changed)  # a network like any other
    found = Rows.of(changed[file]).rows
    return [row for row in found if all(row[name] == value for name, value in where.items())]


def test_one_office_gets_hours_of_its_own_and_the_others_keep_theirs() -> None:
    (office,) = rows("USJFKA.release -02:00", "offices.csv", office="USJFKA")
    (other,) = rows("USJFKA.release -02:00", "offices.csv", office="USLAXA")
    slots = rows("USJFKA.release -02:00", "schedules.csv", schedule=office["customs"])
    assert [(slot["by"], slot["at"]) for slot in slots] == [("08:00", "09:00"), ("16:30", "17:00")]
    assert other["customs"] == "customs"
    assert all(slot["source"].startswith("illustrative: ") for slot in slots)


@pytest.mark.parametrize(
    ("change", "slots"),
    [
        # An inland arrival at 06:00 of the next day, seven hours earlier, is one of the same day.
        ("USJFKA.closing.at -07:00", [("04:00", "04:00", "0"), ("13:00", "13:00", "0"),
                                      ("21:00", "21:00", "0")]),  # not before it is ready
        ("USJFKA.closing.at +02:00", [("04:00", "08:00", "0"), ("13:00", "17:00", "0"),
                                      ("21:00", "01:00", "1")]),
        ("USJFKA.cutoff +03:00", [("06:00", "06:00", "0"), ("15:00", "15:00", "0"),
                                  ("23:00", "23:00", "0")]),  # not after the departure
    ],
)  # fmt: skip
def test_times_move_over_midnight_and_nothing_is_done_before_it_is_ready(
    change: str, slots: list[tuple[str, str, str]]
) -> None:
    (office,) = rows(change, "offices.csv", office="USJFKA")
    found = rows(change, "schedules.csv", schedule=office["closing"])
    assert [(row["by"], row["at"], row["plus_days"]) for row in found] == slots


def test_days_flights_buffers_and_terms() -> None:
    (area,) = rows("KR-SEL.delivery.days +6", "areas.csv", area="KR-SEL")
    (slot,) = rows("KR-SEL.delivery.days +6", "schedules.csv", schedule=area["delivery"])
    assert slot["days"] == "123456"
    (flight,) = rows("ICN-NRT.flights +7", "flights.csv", flight="XA103")
    assert flight["days"] == "123457"
    (lane,) = rows("KR-US.buffer 2", "lane_terms.csv", origin="KR", destination="US")
    assert lane["buffer_days"] == "2"
    (term,) = rows("KR-US.term.tolerance_days 1", "terms.csv", origin="KR", destination="US",
                   term="tolerance_days")  # fmt: skip
    assert (term["scope"], term["value"]) == ("relation", "1")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("USJFKA", "write such as"),
        ("ZZZZZA.release -02:00", "no 'ZZZZZA'"),
        ("USJFKA.release soon", "how much earlier"),
        ("USJFKA.closing.calendar KR", "by, at or days"),
        ("ICN-JFK.flights 3", "one more flight"),
        ("NRT-LAX.flights +9", "one more flight"),
        ("KR-US.buffer some", "the days themselves"),
        ("KR-US.buffer +0", "changes nothing"),
        ("USJFKA.release -00:00", "changes nothing"),
        ("KR-SEL.delivery.days 8", "digits 1"),
        ("KR-SEL.delivery.days 12345 KR", "digits 1"),
    ],
)
def test_a_change_that_cannot_be_made_is_refused(change: str, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        changed_texts(texts({}), change)


def test_levers_are_changes_that_the_network_takes() -> None:
    data, _ = read_network(texts({}))
    assert data is not None
    found = levers_of(data, ["USJFKA"], ["KR-US"], ["KR-SEL", "JP-TYO"], [("ICN", "NRT")])
    for lever in found:
        Network.from_texts(changed_texts(data.texts, lever.change))
    kinds = [lever.kind for lever in found]
    assert kinds.count("saturday") == 1  # Tokyo has a round on Saturdays
    assert [one.change for one in found if one.kind == "flight"] == ["ICN-NRT.flights +6"]
    assert {"cutoff", "closing", "release", "forwarding", "standard"} < set(kinds)
    assert set(kinds) <= {row.kind for row in efforts()}
    assert all(row.source.startswith("illustrative: ") for row in efforts())


def test_the_lever_that_saves_most_for_its_effort_comes_first() -> None:
    def effect(kind: str, days: int) -> Effect:
        lever, stood = Lever(kind, "X", kind, 1), Standing(10, 10, 9, 1, (0, 0, 0, 0, 1))
        return Effect(lever, stood, stood, 1, days, days, 0, effort_of(lever, 20_000))

    order = [one.lever.kind for one in ranked([effect("flight", 20), effect("release", 4),
                                               effect("cutoff", 2)])]  # fmt: skip
    assert order == ["release", "cutoff", "flight"]  # 4/4, 2/3, 20/30
    with pytest.raises(LookupError):
        effort_of(Lever("cutoff", "X", "", 1), 0)
