"""Costly looks are made in a process beside the server, before anybody asks for them."""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from api_door import api_over
from month_of_mail import AS_OF, CLOCK, PERIOD
from site_door import Pages
from small_workspaces import (
    ACCEPTED,
    ITEM,
    OTHER_ITEM,
    acceptance_file,
    interchange,
    small_workspace,
    take_in_files,
)

from datecertain.access import Role, Viewer
from datecertain.operations.desk_looks import as_post, month_items
from datecertain.operations.judging import judge_period
from datecertain.operations.looking import Looks
from datecertain.operations.looking_beside import LookingBeside
from datecertain.operations.workspaces import open_workspace

PATH = "/quality/items?lang=en"
OLD = "Figures as of"


def delivered(workspace: Path, mailbox: Path, item: str) -> None:
    """Take in and judge an item from Seoul that was in New York in time."""
    scans = interchange(
        ("EMA", "202610211000", "KRSEL"), ("EMC", "202610220200", "KRSELB"),
        ("EMD", "202610220900", "USJFKA"), ("EMI", "202610251500", "US100"), item=item,
        prepared="202610260100", reference=item[2:11],
    )  # fmt: skip
    bag = {"KR/acceptance.csv": acceptance_file(ACCEPTED | {"item_id": item}), "KR/1.edi": scans}
    take_in_files(workspace, mailbox / item, bag)
    with open_workspace(workspace, write=True) as opened:
        judge_period(opened, PERIOD, AS_OF, CLOCK)


@pytest.fixture
def looked(tmp_path: Path) -> Iterator[Pages]:
    """A site with one judged item, which looks ahead."""
    workspace = small_workspace(tmp_path / "w")
    delivered(workspace, tmp_path, ITEM)
    for api in api_over(workspace, CLOCK, look_ahead=True):
        api.as_(Role.QUALITY, "KR")
        pages = Pages(api)
        yield pages
        pages.close()


def process_of(pages: Pages) -> LookingBeside:
    """The process beside the server of a site."""
    found = pages.api.app.state.door.looks.process
    assert isinstance(found, LookingBeside)
    return found


def made(pages: Pages) -> dict[tuple[str, str], int]:
    """How many looks the server made by now, as /metrics has it, by (which, whether ahead)."""
    told = pages.api.get("/v1/metrics", Role.ADMINISTRATOR, "KR").text
    counts = re.findall(
        r'datecertain_look_seconds_count{ahead="(\w+)",look="(\w+)"} ([0-9.]+)', told
    )
    return {(look, ahead): int(float(number)) for ahead, look, number in counts}


def wait(until: Callable[[], bool]) -> None:
    """Until it is so."""
    end = time.monotonic() + 60
    while not until():
        assert time.monotonic() < end
        time.sleep(0.05)


def is_there(pid: int) -> bool:
    """Whether a process is there."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_page_is_ready_before_anybody_asks_and_comes_to_what_was_committed(
    looked: Pages, tmp_path: Path
) -> None:
    reader, other = looked.as_(Role.QUALITY, "KR"), looked.as_(Role.QUALITY, "JP")
    which = ("month_items", "true")
    wait(lambda: made(looked).get(which) == 1)
    assert ITEM in reader.look(PATH).text
    # What cannot be made says why: another post has no item of that month, nobody one of another.
    assert other.look(PATH).answer.status_code == 404
    assert reader.look(f"{PATH}&month=2031-01").answer.status_code == 404

    pid = process_of(looked).pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    delivered(looked.api.workspace, tmp_path, OTHER_ITEM)
    during = reader.look(PATH)  # at once: the former one, which says so, or the new one
    assert (OTHER_ITEM in during.text) != (OLD in during.text)
    wait(lambda: made(looked)[which] == 2)
    before = made(looked)
    after = reader.look(PATH)
    assert ITEM in after.text
    assert OTHER_ITEM in after.text
    assert OLD not in after.text
    assert made(looked) == before  # nothing was made for who asked
    assert other.look(PATH).answer.status_code == 404

    again = process_of(looked).pid
    assert again is not None
    assert again != pid
    looked.api.app.state.door.looks.close()
    assert not is_there(again)


def test_the_process_beside_looks_at_a_workspace_on_postgresql(
    tmp_path: Path, postgres_url: str
) -> None:
    workspace = small_workspace(tmp_path / "w", postgres_url)
    looks = Looks(workspace, lambda: CLOCK, LookingBeside(workspace))
    asked = (as_post(Viewer("", "KR", ())), PERIOD, (), frozenset[str](), 0, 10)
    try:
        for number, item in enumerate((ITEM, OTHER_ITEM), 1):
            delivered(workspace, tmp_path, item)
            with open_workspace(workspace) as opened:
                found = looks.see(opened, month_items, *asked)
            assert item in found.rows["item_id"].to_pylist()
            assert found.all == number
    finally:
        looks.close()


def test_before_anything_was_judged_the_groups_figures_are_none(tmp_path: Path) -> None:
    workspace = small_workspace(tmp_path / "w")
    for api in api_over(workspace, CLOCK):
        api.as_(Role.AUDITOR, "")
        pages = Pages(api)
        answer = pages.as_(Role.AUDITOR, "").look("/quality?lang=en").answer
        pages.close()
        assert answer.status_code == 200
