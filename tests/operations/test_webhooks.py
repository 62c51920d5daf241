"""Webhooks: signed, in order, at least once, to nowhere that they must not reach. The receiver is a
real server; moments are given."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import multiprocessing
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from command_line import say
from http_door import HttpDoor
from small_workspaces import small_workspace
from webhook_receiver import Receiver, receiving

from datecertain.access import Kind as How
from datecertain.access import Role, Viewer, keeper
from datecertain.errors import KeyReused, NotFound
from datecertain.operations import webhooks
from datecertain.operations.accounts import create_account, create_key
from datecertain.operations.archiving import rotate
from datecertain.operations.happening_limits import limits_on
from datecertain.operations.webhook_delivery import delay, keep_pushing, ping, push
from datecertain.operations.webhook_sending import signature
from datecertain.operations.workspaces import open_workspace
from datecertain.store import Workspace
from datecertain.store.happening_book import Found, HappeningBook

T = 1_793_000_000
ROW = {
    "owner": "KR", "audience": "KR+US", "kind": "late", "subject": "a", "version": "1",
    "at": T // 60, "told_at": T // 60, "body": {"item": "EE000000005KR", "state": "late_liable"},
}  # fmt: skip
KR = Viewer("edi-kr", "KR", (Role.EDI,), How.KEY)


@pytest.fixture(params=["sqlite", "postgresql"])
def either(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[HappeningBook]:
    """The book of a new workspace on either database, whose webhooks may reach this machine."""
    if request.param == "sqlite":
        yield request.getfixturevalue("book")
        return
    url = request.getfixturevalue("postgres_url")
    with HappeningBook(reaching(tmp_path / "pg", url)) as found:
        yield found


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new workspace whose webhooks may reach this machine."""
    folder = tmp_path_factory.mktemp("webhooks") / "w"
    return reaching(folder, "sqlite:///records.db")


@pytest.fixture
def book(untouched: Path, tmp_path: Path) -> Iterator[HappeningBook]:
    """Its book of happenings."""
    with HappeningBook(Path(shutil.copytree(untouched, tmp_path / "w"))) as found:
        yield found


def reaching(folder: Path, url: str) -> Path:
    Workspace.init(folder, records=url)
    with (folder / "datecertain.toml").open("a") as stream:
        stream.write("[webhooks]\nprivate_addresses = true\n")
    return folder


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


def happen(book: HappeningBook, *versions: int, **more: object) -> None:
    rows = [ROW | {"version": str(version)} | more for version in versions]
    book.tell(lambda link, marks: Found(rows))


def told(receiver: Receiver) -> list[int]:
    """The numbers of what came, in order."""
    return [json.loads(body)["data"]["seq"] for _, body in receiver.came]


def register(book: HappeningBook, receiver: Receiver, *kinds: str) -> tuple[str, bytes]:
    """A webhook of Korea to the receiver: its id and its secret."""
    hook, secret = webhooks.register(book, KR, "KR", receiver.url, kinds, T)
    return hook.webhook_id, base64.b64decode(secret.removeprefix("whsec_"))


def turn(book: HappeningBook, moment: int = T) -> tuple[int, int]:
    """One turn at a moment: how many were delivered, and how many failed."""
    done = push(book, seconds=lambda: moment)
    return done.delivered, done.failed


def test_the_published_example_of_the_specification() -> None:
    secret = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    body = b'{"test": 2432232314}'
    signed = signature([secret], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, body)
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_what_happens_is_told_in_order_and_signed(
    either: HappeningBook, receiver: Receiver
) -> None:
    book = either
    happen(book, 1)  # before it was registered: not told
    hook, secret = register(book, receiver, "late")
    happen(book, 2)
    happen(book, 3, kind="dispute")  # another kind
    happen(book, 4, audience="JP+US")  # another pair
    happen(book, 5, audience="*")
    assert turn(book) == (2, 0)
    assert turn(book) == (0, 0)
    assert told(receiver) == [2, 5]
    headers, body = receiver.came[0]
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    digest = base64.b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{digest}"
    assert (headers["webhook-timestamp"], headers["path"]) == (str(T), "/told?by=datecertain")
    assert json.loads(body)["type"] == "late"
    assert json.loads(body)["data"]["about"] == ROW["body"]
    (one, _) = webhooks.deliveries(book, KR, hook)[::-1]
    assert (one.state, one.status, one.attempts) == ("delivered", 204, 1)


def test_a_receiver_that_is_away_is_told_later_and_in_order(
    either: HappeningBook, receiver: Receiver
) -> None:
    book = either
    hook, _ = register(book, receiver)
    receiver.answers = [503, (503, {"retry-after": "900"}), 204]
    happen(book, 1, 2)
    assert turn(book) == (0, 1)
    assert turn(book, T + 2) == (0, 0)  # it is left alone for about 5 s
    assert turn(book, T + 10) == (0, 1)
    assert turn(book, T + 10 + 890) == (0, 0)  # for as long as it asked
    assert turn(book, T + 10 + 910) == (2, 0)
    assert told(receiver) == [1, 1, 1, 2]
    assert len(set(receiver.ids)) == 2
    assert len({body for _, body in receiver.came[:3]}) == 1
    assert [row.attempts for row in webhooks.deliveries(book, KR, hook)] == [1, 3]


def test_past_the_end_it_is_failing_and_goes_on_when_it_is_resumed(
    book: HappeningBook, receiver: Receiver
) -> None:
    hook, _ = register(book, receiver)
    receiver.answers = [500]
    happen(book, 1, 2)
    moment, tries, done = T, 0, push(book, seconds=lambda: T)
    while not done.problems and tries < 50:
        moment, tries = moment + 40_000, tries + 1
        done = push(book, seconds=lambda: moment)  # noqa: B023 - called at once
    assert moment - T > 3 * 86_400
    (one,) = webhooks.list_webhooks(book, KR)
    assert (one.state, one.waiting) == ("failing", 2)
    assert one.finding is not None
    assert "answered 500" in one.finding.detail
    came = len(receiver.came)
    assert turn(book, moment + 86_400) == (0, 0)
    happen(book, 3)
    receiver.answers = [200]
    assert webhooks.resume(book, KR, hook, moment).state == "active"
    assert turn(book, moment) == (3, 0)
    assert told(receiver)[came:] == [1, 2, 3]


def test_a_message_that_is_refused_holds_nothing_up(
    book: HappeningBook, receiver: Receiver
) -> None:
    hook, _ = register(book, receiver)
    receiver.answers = [422, 204, 422]
    happen(book, 1, 2)
    assert turn(book) == (1, 1)
    assert told(receiver) == [1, 2]
    moment = T
    while webhooks.deliveries(book, KR, hook)[-1].state == "waiting":
        moment += 50_000
        turn(book, moment)
    assert webhooks.deliveries(book, KR, hook)[-1].state == "given_up"
    assert webhooks.list_webhooks(book, KR)[0].state == "active"
    receiver.answers = [204]
    webhooks.redeliver(book, KR, hook, webhooks.deliveries(book, KR, hook)[-1].message_id, moment)
    assert turn(book, moment) == (1, 0)
    assert len(set(receiver.ids)) == 2


def test_one_that_is_gone_is_asked_no_more_and_no_redirect_is_followed(
    book: HappeningBook, receiver: Receiver
) -> None:
    register(book, receiver)
    happen(book, 1)
    with receiving() as other:
        receiver.answers = [(302, {"location": other.url}), 410]
        assert turn(book) == (0, 1)
        assert turn(book, T + 10) == (0, 1)
        assert other.came == []
    assert webhooks.list_webhooks(book, KR)[0].state == "failing"


def test_paused_it_is_silent_and_resumed_it_is_told_what_happened(
    book: HappeningBook, receiver: Receiver
) -> None:
    hook, _ = register(book, receiver)
    webhooks.pause(book, KR, hook)
    happen(book, 1, 2)
    assert turn(book) == (0, 0)
    webhooks.resume(book, KR, hook, T)
    assert turn(book) == (2, 0)
    webhooks.remove(book, KR, hook)
    happen(book, 3)
    assert turn(book) == (0, 0)
    assert webhooks.list_webhooks(book, KR) == []


def test_two_servers_at_once_deliver_once(either: HappeningBook, receiver: Receiver) -> None:
    register(either, receiver)
    happen(either, *range(1, 21))
    with HappeningBook(either.folder) as other:
        threads = [
            threading.Thread(target=lambda one=one: [turn(one) for _ in range(3)])  # type: ignore[misc]
            for one in (either, other)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert told(receiver) == list(range(1, 21))


def test_killed_after_sending_it_is_sent_again_under_the_same_id(
    book: HappeningBook, receiver: Receiver
) -> None:
    register(book, receiver)
    happen(book, 1)
    child = multiprocessing.get_context("fork").Process(target=_send_and_die, args=(book.folder,))
    book.close()
    child.start()
    child.join()
    assert child.exitcode == 9
    assert turn(book) == (0, 0)  # it is still held by the one that died
    assert turn(book, T + 3600) == (1, 0)
    assert receiver.ids[0] == receiver.ids[1]


def _send_and_die(folder: Path) -> None:
    from datecertain.operations import webhook_delivery

    def die(*_: object, **__: object) -> None:
        os._exit(9)

    webhook_delivery._Sender._mark = die  # type: ignore[assignment, method-assign]
    with HappeningBook(folder) as mine:
        push(mine, seconds=lambda: T)


def test_secrets_are_sealed_change_and_survive_a_new_master_key(
    book: HappeningBook, receiver: Receiver
) -> None:
    hook, secret = register(book, receiver)
    new = webhooks.rotate_secret(book, KR, hook, T)
    with open_workspace(book.folder, write=True) as workspace:
        rotate(workspace)
    stored = b"".join(path.read_bytes() for path in book.folder.glob("records.db*"))
    for one in (secret, base64.b64decode(new.removeprefix("whsec_"))):
        assert one not in stored
        assert base64.b64encode(one) not in stored
    assert ping(book, KR, hook, T).delivered
    assert ping(book, KR, hook, T + webhooks.BOTH_SIGN_S).delivered
    both, later = (headers["webhook-signature"].split() for headers, _ in receiver.came)
    assert (len(both), len(later)) == (2, 1)
    first = receiver.came[0]
    signed = f"{first[0]['webhook-id']}.{T}.".encode() + first[1]
    assert both[1] == f"v1,{base64.b64encode(hmac.digest(secret, signed, 'sha256')).decode()}"


def test_a_post_has_its_own_webhooks_only(book: HappeningBook, receiver: Receiver) -> None:
    hook, _ = register(book, receiver)
    us, group = (Viewer("x", post, (Role.ADMINISTRATOR,), How.KEY) for post in ("US", ""))
    for other in (us, group):
        assert webhooks.list_webhooks(book, other) == []
        for act in (webhooks.pause, webhooks.remove, webhooks.deliveries):
            with pytest.raises(NotFound):
                act(book, other, hook)
    with pytest.raises(NotFound):
        webhooks.register(book, us, "KR", receiver.url, (), T)
    assert len(webhooks.list_webhooks(book, keeper())) == 1


def test_the_same_key_makes_one_webhook(book: HappeningBook, receiver: Receiver) -> None:
    first = webhooks.register(book, KR, "KR", receiver.url, ["late"], T, "k")
    assert webhooks.register(book, KR, "KR", receiver.url, ["late"], T + 5, "k") == first
    with pytest.raises(KeyReused):
        webhooks.register(book, KR, "KR", receiver.url, [], T, "k")


def test_the_receiver_of_the_page(book: HappeningBook, tmp_path: Path) -> None:
    page = Path(__file__).parents[2] / "docs" / "howto" / "be-told-by-webhook.md"
    (code,) = re.findall(r"```python\n(.*?)```", page.read_text("utf-8"), re.DOTALL)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    hook, secret = webhooks.register(book, KR, "KR", f"http://127.0.0.1:{port}/", (), T)
    shown = subprocess.Popen(
        [sys.executable, "-c", code.replace("9000", str(port))], stdout=subprocess.PIPE, text=True,
        stderr=subprocess.DEVNULL, env=os.environ | {"WEBHOOK_SECRET": secret},
    )  # fmt: skip
    now = int(time.time())
    try:
        while not ping(book, KR, hook.webhook_id, now).delivered:
            assert time.time() < now + 20
            time.sleep(0.05)
        assert ping(book, KR, hook.webhook_id, now - 301).status == 400  # too old
        webhooks.rotate_secret(book, KR, hook.webhook_id, now)  # for a day both sign
        happen(book, 1)
        assert turn(book, now) == (1, 0)
        assert turn(book, now + webhooks.BOTH_SIGN_S) == (0, 0)
        assert ping(book, KR, hook.webhook_id, now + webhooks.BOTH_SIGN_S).status == 400
    finally:
        shown.kill()
        out = shown.communicate()[0].split()
    assert out[1::2] == ["ping", "late"]


def test_by_the_command_line(book: HappeningBook, receiver: Receiver) -> None:
    place = ("-w", book.folder)
    made = say("webhook", "add", receiver.url, "--kind", "late", *place, "--json").json
    hook = made["webhook"]["id"]
    assert made["secret"].startswith("whsec_")
    assert say("webhook", "ping", hook, *place).code == 0
    happen(book, 1, audience="*")
    done = say("webhook", "deliver", "--once", *place, "--json").json
    assert done == {"told": 0, "queued": 1, "delivered": 1, "failed": 0}
    (sent, _) = say("webhook", "deliveries", hook, *place, "--json").json["deliveries"]
    again = say("webhook", "redeliver", hook, sent["id"], *place)
    assert again.out == f"{hook} the central office {receiver.url}: late; active, waiting 1\n"
    assert "전달됨" in say("webhook", "deliveries", hook, *place, "--lang", "ko").out
    assert say("webhook", "pause", hook, *place, "--json").json["state"] == "paused"
    assert say("webhook", "resume", hook, *place, "--json").json["state"] == "active"
    assert say("webhook", "rotate", hook, *place).out.startswith("whsec_")
    assert say("webhook", "list", *place, "--json").json["webhooks"][0]["waiting"] == 1
    assert say("webhook", "remove", hook, *place).code == 0
    assert say("webhook", "ping", hook, *place).code == 1
    assert say("webhook", "deliver", *place).code == 1


def test_it_goes_on_until_it_is_stopped(book: HappeningBook, receiver: Receiver) -> None:
    register(book, receiver)
    stop, complaints = threading.Event(), list[str]()
    thread = threading.Thread(
        target=keep_pushing, args=(book.folder, stop, complaints.append, 0.02)
    )
    thread.start()
    happen(book, 1, 2, 3)
    end = time.monotonic() + 20
    while len(receiver.came) < 3 and time.monotonic() < end:
        time.sleep(0.02)
    stop.set()
    thread.join()
    assert (told(receiver), complaints) == ([1, 2, 3], [])


def test_delays_grow_and_are_not_all_alike() -> None:
    limits = limits_on(T // 86_400)
    for attempts, base in enumerate([*limits.retry_after_s, limits.retry_after_s[-1]]):
        found = {delay(attempts, limits) for _ in range(50)}
        assert base * 0.79 <= min(found) <= max(found) <= base * 1.21
        assert len(found) > 1 or base < 10
    assert delay(0, limits, 3_600) == 3_600
    assert delay(0, limits, 10**6) == 86_400


def test_serve_tells_streams_and_webhooks_and_ends_with_them(
    tmp_path: Path, receiver: Receiver
) -> None:
    folder = small_workspace(tmp_path / "w")
    with (folder / "datecertain.toml").open("a") as stream:
        stream.write("[webhooks]\nprivate_addresses = true\n")
    create_account(folder, "desk", "", "KR", ["care"], T, machine=True)
    headers = {"Authorization": f"Bearer {create_key(folder, 'desk', T)}"}
    with HttpDoor(folder) as door, HappeningBook(folder) as book:
        register(book, receiver)
        with httpx.stream("GET", f"{door.url}/v1/live", headers=headers, timeout=20) as live:
            lines = live.iter_lines()
            next(lines)
            happen(book, 1)
            assert "event: late" in lines
            while not receiver.came:
                time.sleep(0.02)
            door.process.terminate()
            began = time.monotonic()
            assert not any(line.startswith("event") for line in lines)
            assert time.monotonic() - began < 10
    assert door.process.returncode == 0
