"""Telling webhooks what happened: at least once, in order, by one server at a time.

What happened is queued for each webhook, and sent until the receiver has it. A receiver that cannot
be reached is tried with growing delays, and what comes after waits; past the end (a dated limit)
the webhook is failing, and goes on where it stopped when it is resumed. A message that the receiver
itself refuses holds nothing up; past its end it is given up. A try that was cut off before it was
written down is made again under the same `webhook-id`.
"""

from __future__ import annotations

import json
import random
import secrets
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any

from sqlalchemy import Row

from datecertain.access import Viewer
from datecertain.moments import format_utc
from datecertain.operations.happening_limits import Limits, limits_on
from datecertain.operations.happenings import tell
from datecertain.operations.webhook_sending import TIME_S, Reach, Tried, send
from datecertain.operations.webhooks import find_webhook, owner_sees, reach_of, utc
from datecertain.store.happening_book import HappeningBook
from datecertain.store.webhook_book import WebhookBook

_DAY_S = 86_400
#: A claim is longer than any try can take, looking the host up included.
_CLAIM_S = int(TIME_S) * 8
_QUEUED_AT_ONCE = 1_000
_AT_ONCE, _IN_A_TURN = 8, 200
#: Answers that are about this message, not about the receiver.
_ABOUT_THE_MESSAGE = (400, 409, 413, 422)
_GONE = 410
Seconds = Callable[[], int]


def _seconds() -> int:
    return int(time.time())


@dataclass(slots=True)
class Pushed:
    """What a turn did: `told` happenings found, `queued` for webhooks, `delivered`, `failed` tries;
    `problems`: webhooks that are failing now."""

    told: int = 0
    queued: int = 0
    delivered: int = 0
    failed: int = 0
    problems: tuple[str, ...] = ()


def push(
    book: HappeningBook, stop: Event | None = None, seconds: Seconds = _seconds
) -> Pushed:  # fmt: skip
    """One turn: find what happened, queue it, and send what is due."""
    done = Pushed(told=tell(book, seconds() // 60))
    hooks, reach = WebhookBook(book), reach_of(book)
    done.queued = _queue(hooks, seconds())
    if due := hooks.due(seconds()):
        sender = _Sender(hooks, reach, stop or Event(), seconds)
        with ThreadPoolExecutor(min(_AT_ONCE, len(due)), "webhooks") as pool:
            for one in pool.map(sender.turn, due):
                done.delivered += one.delivered
                done.failed += one.failed
                done.problems += one.problems
    now = seconds()
    hooks.forget(now - limits_on(now // _DAY_S).keep_deliveries_days * _DAY_S)
    return done


def keep_pushing(
    workspace: Path, stop: Event, complain: Callable[[str], None], every_s: float = 2.0
) -> None:
    """Take turns until `stop`; what goes wrong is complained about once, until it goes well."""
    last = ""
    with HappeningBook(workspace) as book:
        while not stop.wait(every_s):
            try:
                done = push(book, stop)
                for problem in done.problems:
                    complain(problem)
                last = ""
            except Exception as error:  # it must go on, whatever it was
                if str(error) != last:
                    complain(f"telling what happened: {error}; tried again")
                last = str(error)


def _queue(hooks: WebhookBook, now: int) -> int:
    """Queue what happened for every active webhook; how many deliveries."""
    return sum(_queue_for(hooks, row, now) for row, _ in hooks.all())


def _queue_for(hooks: WebhookBook, hook: Row[Any], now: int) -> int:
    row: Row[Any] | None = hook
    count = 0
    while row is not None and row.state == "active":
        found, last = hooks.happenings.page(
            row.seq, _QUEUED_AT_ONCE, lambda all_: owner_sees(hook.owner, all_), row.kinds or None
        )
        if last == row.seq:
            break
        to = last if len(found) < _QUEUED_AT_ONCE else found[-1].seq
        count += hooks.queue(row, to, found, now)
        row = hooks.webhook(hook.webhook_id)  # how far it is now, whoever queued
    return count


class _Sender:
    """Sends what is due, webhook by webhook."""

    def __init__(self, hooks: WebhookBook, reach: Reach, stop: Event, seconds: Seconds) -> None:
        self._hooks, self._reach, self._stop, self._seconds = hooks, reach, stop, seconds
        self._holder = secrets.token_hex(8)

    def turn(self, webhook_id: str) -> Pushed:
        """Send to one webhook until nothing is due, something blocks, or others have waited."""
        done, now = Pushed(), self._seconds()
        row = self._hooks.claim(webhook_id, self._holder, now, now + _CLAIM_S)
        try:
            for _ in range(_IN_A_TURN):
                delivery = None if row is None else self._hooks.next(webhook_id, now)
                if row is None or delivery is None or self._stop.is_set():
                    break
                tried = send(
                    row.url, delivery.message_id, body_of(delivery),
                    self._hooks.secrets(row, now), now, self._reach,
                )  # fmt: skip
                self._mark(row, delivery, tried, done)
                now = self._seconds()
                row = self._still_held(webhook_id, now)
        finally:
            self._hooks.release(webhook_id, self._holder)
        return done

    def _still_held(self, webhook_id: str, now: int) -> Row[Any] | None:
        """The webhook as it is now, if it is to be sent to and by this server."""
        row = self._hooks.webhook(webhook_id)
        if row is None or row.state != "active" or row.holder != self._holder:
            return None
        if row.held_until - now > _CLAIM_S // 2:
            return row
        return self._hooks.claim(webhook_id, self._holder, now, now + _CLAIM_S)

    def _mark(self, row: Row[Any], delivery: Row[Any], tried: Tried, done: Pushed) -> None:
        now = self._seconds()
        first = now if delivery.first_at is None else delivery.first_at
        values: dict[str, Any] = {
            "attempts": delivery.attempts + 1, "first_at": first, "status": tried.status,
            "problem": tried.problem,
        }  # fmt: skip
        failing = ""
        if tried.delivered:
            done.delivered += 1
            values |= {"state": "delivered", "done_at": now, "blocks": False}
        else:
            done.failed += 1
            limits = limits_on(now // _DAY_S)
            due = now + delay(delivery.attempts, limits, tried.wait_s)
            over = due > first + limits.retry_days * _DAY_S
            about_it = tried.status in _ABOUT_THE_MESSAGE
            values |= {"due_at": due, "blocks": not about_it}
            if over and about_it:
                values |= {"state": "given_up", "done_at": now}
            elif over or tried.status == _GONE:
                failing = f"{tried.problem}; tried since {utc(first)}"
                done.problems += (f"webhook {row.webhook_id} is failing: {failing}",)
        self._hooks.mark(
            row.webhook_id, delivery.message_id, self._holder, failing=failing, **values
        )


def delay(attempts: int, limits: Limits, wait_s: int = 0) -> int:
    """Seconds until the next try after so many; a fifth more or less, so that those who failed
    together do not come back together. A receiver that asks for more is given it, up to a day."""
    table = limits.retry_after_s
    base = table[min(attempts, len(table) - 1)] * random.uniform(0.8, 1.2)
    return max(1, round(base), min(wait_s, _DAY_S))


def body_of(delivery: Row[Any]) -> bytes:
    """The message of a delivery: the same bytes at every try."""
    about = {
        "seq": delivery.seq, "subject": delivery.subject,
        "told_at": format_utc(delivery.told_at), "about": delivery.body,
    }  # fmt: skip
    return _body(delivery.kind, format_utc(delivery.at), about)


def _body(kind: str, at: str | None, data: dict[str, Any]) -> bytes:
    told = {"type": kind, "timestamp": at, "data": data}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()


def ping(book: HappeningBook, viewer: Viewer, webhook_id: str, now: int) -> Tried:
    """Send a message of the type `ping` once, whatever state the webhook is in; how it ended.
    Raises `NotFound`."""
    find_webhook(book, viewer, webhook_id)
    hooks = WebhookBook(book)
    row = hooks.webhook(webhook_id)
    assert row is not None
    message_id = f"msg_{webhook_id[3:]}_ping_{secrets.token_hex(6)}"
    body = _body("ping", utc(now), {})
    tried = send(row.url, message_id, body, hooks.secrets(row, now), now, reach_of(book))
    hooks.add_delivery({
        "message_id": message_id, "webhook_id": webhook_id, "seq": 0, "kind": "ping",
        "state": "delivered" if tried.delivered else "given_up", "blocks": False, "attempts": 1,
        "made_at": now, "first_at": now, "due_at": now, "done_at": now, "status": tried.status,
        "problem": tried.problem,
    })  # fmt: skip
    return tried
