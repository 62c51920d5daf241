"""Watch list, inbox, dispatches and data quality through the API: each post its own flows, counted
after they were cut; in a workspace that holds the mail of three posts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from api_door import Api, api_over
from command_line import say
from small_workspaces import (
    ACCEPTED,
    ITEM,
    OTHER_ITEM,
    acceptance_file,
    interchange,
    small_workspace,
    take_in_files,
)
from test_transport_mail import BAG

from datecertain.access import Role
from datecertain.moments import parse_utc
from datecertain.operations.clock import FixedClock

#: To Tokyo; the other one goes to New York.
TO_TOKYO = {**ACCEPTED, "item_id": OTHER_ITEM, "destination": "JP",
            "destination_postcode": "1000001", "date_told": "2026-10-23"}  # fmt: skip
AT = "2026-10-23T12:00Z"
OUT = ("EMC", "202610221800", "KRSELB")


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """Two items on their way; a gap and an unknown code from Korea to Japan; a message of Japan
    about no item, set aside."""
    folder = tmp_path_factory.mktemp("mail")
    workspace = small_workspace(folder / "w")
    strange = ("ZZZ", "202610221800", "KRSELB")
    take_in_files(workspace, folder / "bag", {
        **BAG,
        "acc.csv": acceptance_file(ACCEPTED, TO_TOKYO),
        "us-1.edi": interchange(OUT, reference="101"),
        "jp-1.edi": interchange(OUT, item=OTHER_ITEM, recipient="JPA", reference="201"),
        "jp-3.edi": interchange(strange, item=OTHER_ITEM, recipient="JPA", reference="203"),
        "back.edi": interchange(("EMD", "202610231200", "JPKWSA"), item="EE000000006KR",
                                sender="JPA", recipient="KRA", reference="301"),
    })  # fmt: skip
    yield from api_over(workspace)


@pytest.fixture(scope="module")
def then(api: Api) -> Iterator[Api]:
    """The same at the moment at which both are on their way."""
    yield from api_over(api.workspace, FixedClock(parse_utc(AT)))


def get(api: Api, way: str, post: str, role: Role = Role.EDI) -> Any:
    answer = api.client.get(f"/v1/{way}", headers=api.as_(role, post))
    assert answer.status_code == 200, answer.text
    return answer.json()


def watched(api: Api, post: str, more: str = "") -> Any:
    role = Role.QUALITY
    return get(api, f"watch?at={AT}{more}", post, role)


def test_the_watch_list_is_cut_before_it_is_counted(api: Api) -> None:
    command = say("watch", "-w", api.workspace, "--at", AT, "--json").json
    whole = watched(api, "KR")
    assert {name: whole[name] for name in ("at", "looked_at", "states", "items")} == command
    for post, item in (("US", ITEM), ("JP", OTHER_ITEM)):
        mine = watched(api, post)
        assert [row["item_id"] for row in mine["items"]] == [item]
        assert (mine["looked_at"], sum(mine["states"].values())) == (1, 1)
    group = watched(api, "")
    assert (group["looked_at"], group["items"], group["states"]) == (0, [], {})
    assert watched(api, "US", "&lane=KR-JP")["items"] == []


def test_what_is_watched_now_is_what_the_command_says_of_this_moment(api: Api, then: Api) -> None:
    headers = api.as_(Role.QUALITY, "KR")

    def seen(more: str) -> Any:
        return then.client.get(f"/v1/watch{more}", headers=headers).json()

    for more, words in (("", ()), ("?lane=KR-US", ("--lane", "KR-US"))):
        now = seen(more)
        command = say("watch", "-w", api.workspace, "--at", AT, *words, "--json").json
        assert {name: now[name] for name in ("at", "states", "items")} == {
            name: command[name] for name in ("at", "states", "items")
        }
        assert now["looked_at"] >= len(now["items"]) > 0
    assert seen(f"?lane=KR-US&post={now['items'][0]['post']}")["items"] == now["items"]
    assert seen("?lane=US-KR")["states"] == {}


def test_the_watch_list_goes_on_page_by_page_at_one_moment(api: Api) -> None:
    first = watched(api, "KR", "&limit=1")
    second = get(api, f"watch?limit=1&after={first['next']}", "KR", Role.QUALITY)
    assert second["at"] == first["at"]
    assert second["next"] is None
    assert [*first["items"], *second["items"]] == watched(api, "KR")["items"]
    for wrong in ("x", "2026-10-23T12:00Z.", "9999-99-99T12:00Z.1"):
        answer = api.client.get(
            "/v1/watch", params={"after": wrong}, headers=api.as_(Role.QUALITY, "KR")
        )
        assert answer.status_code == 422


def test_failed_dispatches_count_ones_own_items(api: Api) -> None:
    moments = [f"2026-10-{day}T09:00Z" for day in (22, 23, 24, 25)]
    seen: dict[str, set[str]] = {}
    for post in ("KR", "US", "JP", ""):
        rows = [
            row
            for at in moments
            for row in get(api, f"watch/failed-dispatches?at={at}", post, Role.QUALITY)
        ]
        assert all(row["failed"] == len(row["items"]) <= row["planned"] for row in rows)
        seen[post] = {item for row in rows for item in row["items"]}
    assert seen["KR"] == seen["US"] | seen["JP"]
    assert seen["US"] <= {ITEM}
    assert seen["JP"] <= {OTHER_ITEM}
    assert seen["KR"]
    assert not seen[""]


def test_the_inbox_tells_a_post_what_it_sent_and_what_was_sent_to_it(api: Api) -> None:
    def partners(post: str) -> dict[str, Any]:
        return {one["post"]: one for one in get(api, f"inbox?at={AT}", post)["partners"]}

    korea, japan, america = partners("KR"), partners("JP"), partners("US")
    assert japan["KR"]["interchanges"] == 2
    assert [gap["first_missing"] for gap in japan["KR"]["gaps"]] == ["202"]
    assert "code-unknown" in japan["KR"]["findings"]
    assert japan["JP"]["waiting"] == {"item-check-digit": 1}
    assert korea["JP"]["waiting"] == {"item-check-digit": 1}
    assert "JP" not in america
    assert america["KR"]["gaps"] == []
    assert "code-unknown" not in america["KR"]["findings"]
    # Korea sent to America, Japan and a carrier; America sees what came to it.
    assert korea["KR"]["interchanges"] > america["KR"]["interchanges"] > 0
    assert [one["sender"] for one in get(api, "inbox/sequences", "JP")["gaps"]] == ["J1CKRA"]
    assert get(api, "inbox/sequences", "US")["gaps"] == []


def test_what_waits_is_read_again_by_those_it_concerns(api: Api) -> None:
    (part,) = get(api, "inbox/quarantine", "JP")["items"]
    assert part["reason"] == "item-check-digit"
    assert get(api, "inbox/quarantine", "KR")["items"] == [part]
    assert get(api, "inbox/quarantine", "US")["items"] == []
    way = "/v1/inbox/quarantine/replay"
    hidden = api.client.post(way, json={"ids": [part["id"]]}, headers=api.as_(Role.EDI, "US"))
    assert hidden.status_code == 404
    done = api.client.post(way, json={"ids": [part["id"]]}, headers=api.as_(Role.EDI, "KR"))
    assert done.status_code == 200, done.text
    assert done.json()["waiting"] == {"item-check-digit": 1}
    refused = api.client.post(way, json={"ids": []}, headers=api.as_(Role.EDI, "KR"))
    assert refused.status_code == 422


def test_dispatches_are_told_to_their_two_posts(api: Api) -> None:
    command = say("dispatches", "-w", api.workspace, "--json", "--as-of", "2026-11-30T00:00Z").json
    way = "dispatches?at=2026-11-30T00:00Z"
    for post in ("KR", "US"):
        assert get(api, way, post)["items"] == command["dispatches"]
        overdue = get(api, f"{way}&overdue=true&days=0", post)["items"]
        assert len(overdue) <= len(command["dispatches"])
    assert command["dispatches"]
    assert get(api, way, "JP")["items"] == []
    assert get(api, f"{way}&origin=JP", "KR")["items"] == []


def test_data_quality_is_ones_own_and_of_partners_towards_one(api: Api) -> None:
    def told(post: str) -> Any:
        role = Role.QUALITY
        return get(api, "data-quality?period=2026-10&at=2026-11-30T00:00Z", post, role)

    command = say("quality", "--period", "2026-10", "-w", api.workspace, "--as-of",
                  "2026-11-30T00:00Z", "--json").json  # fmt: skip
    america, group = told("US"), told("")
    assert {frozenset((one["post"], one["partner"])) for one in america["lines"]} == {
        frozenset(("KR", "US"))
    }
    assert america["lines"] == [
        one for one in command["lines"] if {one["post"], one["partner"]} == {"KR", "US"}
    ]

    # Korea's score as America sees it is of one partner; as the command tells it, of both.
    def missing(scores: list[Any]) -> int:
        return sum(one["of"] for one in scores if (one["post"], one["kind"]) == ("KR", "missing"))

    assert 0 < missing(america["scores"]) < missing(command["scores"])
    assert missing(told("KR")["scores"]) == missing(command["scores"])
    assert "items" not in america
    assert (group["lines"], group["scores"], group["screens"]) == ([], [], [])
    way = "/v1/data-quality?period=2026-10&post="
    for post, status in (("us", 200), ("ZZ", 404)):
        answer = api.client.get(way + post, headers=api.as_(Role.QUALITY, "KR"))
        assert answer.status_code == status


def test_layouts_are_listed(api: Api) -> None:
    rows = get(api, "profiles", "US")
    assert {row["event"] for row in rows} == {"bundled"}
    command = say("profile", "list", "-w", api.workspace, "--json").json["profiles"]
    assert [row["name"] for row in rows] == [row["name"] for row in command]
