"""Webhooks: where a post wants to be told of what happens (req 40; issue: signed webhooks).

A webhook belongs to a post (or the central office) and is told what that post sees, from its
registering on. It is signed with a secret of its own, shown when it is made, sealed afterwards.
Moments are UTC seconds.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row
from typing_extensions import TypedDict

from datecertain.access import Kind as How
from datecertain.access import Viewer
from datecertain.errors import KeyReused, NotFound, StoreError, UsageError
from datecertain.findings import Finding, Severity
from datecertain.operations.happening_kinds import Kind, kinds_of
from datecertain.operations.happening_limits import limits_on
from datecertain.operations.happenings import tell
from datecertain.operations.webhook_sending import Reach
from datecertain.store.happening_book import HappeningBook
from datecertain.store.webhook_book import WebhookBook

#: A secret that was replaced signs beside the new one for so long.
BOTH_SIGN_S = 86_400
_SHOWN = 100


@dataclass(frozen=True, slots=True)
class Webhook:
    """A webhook; `kinds` empty: everything. `problem`: why it is failing, or what was given up."""

    webhook_id: str
    owner: str
    url: str
    kinds: tuple[Kind, ...]
    state: str
    created_by: str
    created_at: int
    waiting: int
    problem: str

    @property
    def finding(self) -> Finding | None:
        """What is wrong with it, for its post."""
        if self.state != "failing":
            return None
        return Finding("webhook-failing", Severity.WARNING, self.webhook_id, "", self.problem)


def reach_of(book: HappeningBook) -> Reach:
    """What webhooks of a workspace may reach: `[webhooks] private_addresses` of its file."""
    table = book.settings.config.get("webhooks", {})
    value = table.get("private_addresses", False) if isinstance(table, dict) else table
    if not isinstance(value, bool):
        raise StoreError(f"[webhooks] private_addresses = {value!r}: expected true or false")
    return Reach(value)


def owner_sees(owner: str, audiences: Iterable[str]) -> frozenset[str]:
    """The audiences that a webhook's post sees, by the one rule."""
    return Viewer("webhook", owner, (), How.KEY).seen(audiences)


def register(
    book: HappeningBook, viewer: Viewer, owner: str, url: str, kinds: Iterable[str], now: int,
    key: str | None = None,
) -> tuple[Webhook, str]:  # fmt: skip
    """A new webhook of a post, and its secret. The same `key` again gives the same webhook.

    Raises `UsageError` for a URL or a kind that cannot be, `NotFound` for another post than the
    viewer's, `KeyReused` when the key came with another request.
    """
    _demand_own(viewer, owner)
    reach_of(book).demand_url(url)
    wanted, hooks = kinds_of(kinds), WebhookBook(book)
    name = secrets.token_hex(8)
    if key is not None:
        name = hashlib.sha256(f"{viewer.name}\0{key}".encode()).hexdigest()[:16]
        if before := hooks.webhook(f"wh_{name}"):
            same = (owner, url, [str(kind) for kind in wanted])
            if before.state == "removed" or (before.owner, before.url, before.kinds) != same:
                raise KeyReused(f"the key {key!r} came with another webhook")
            return _webhook(before, 0), shown_secret(hooks.secrets(before, now)[0])
    webhook_id, secret = f"wh_{name}", secrets.token_bytes(32)
    most = limits_on(now // 86_400).webhooks_of_a_post
    if sum(row.owner == owner for row, _ in hooks.all()) >= most:
        raise UsageError(
            f"{owner or 'the central office'} has {most} webhooks: remove one first",
            "webhook.most",
            count=most,
        )
    tell(book, now // 60)  # what happened before is not told to it
    row = {
        "webhook_id": webhook_id, "owner": owner, "url": url,
        "kinds": [str(kind) for kind in wanted], "state": "active", "seq": book.last(),
        "created_by": viewer.name, "created_at": now, "problem": "", "holder": "",
        "held_until": 0, **hooks.seal(webhook_id, secret),
    }  # fmt: skip
    hooks.add(row)
    return find_webhook(book, viewer, webhook_id), shown_secret(secret)


def shown_secret(secret: bytes) -> str:
    """A secret as receivers are given it."""
    return f"whsec_{base64.b64encode(secret).decode()}"


def _demand_own(viewer: Viewer, owner: str) -> None:
    if not viewer.acts_for(owner):
        raise NotFound(f"no post {owner!r} of yours")


def list_webhooks(book: HappeningBook, viewer: Viewer) -> Sequence[Webhook]:
    """The webhooks of the viewer's post; of all posts for the keeper of the workspace."""
    rows = WebhookBook(book).all()
    return [_webhook(row, waiting) for row, waiting in rows if viewer.acts_for(row.owner)]


def find_webhook(book: HappeningBook, viewer: Viewer, webhook_id: str) -> Webhook:
    """A webhook of the viewer's post. Raises `NotFound`."""
    for one in list_webhooks(book, viewer):
        if one.webhook_id == webhook_id:
            return one
    raise NotFound(f"no webhook {webhook_id!r}: see `datecertain webhook list`")


def pause(book: HappeningBook, viewer: Viewer, webhook_id: str) -> Webhook:
    """Send nothing until it is resumed; what happens meanwhile is sent then. Raises `NotFound`."""
    find_webhook(book, viewer, webhook_id)
    WebhookBook(book).change(webhook_id, state="paused")
    return find_webhook(book, viewer, webhook_id)


def resume(book: HappeningBook, viewer: Viewer, webhook_id: str, now: int) -> Webhook:
    """Send again, what waits first. Raises `NotFound`."""
    find_webhook(book, viewer, webhook_id)
    WebhookBook(book).resume(webhook_id, now)
    return find_webhook(book, viewer, webhook_id)


def remove(book: HappeningBook, viewer: Viewer, webhook_id: str) -> None:
    """End a webhook for good; what waits is not sent. Raises `NotFound`."""
    find_webhook(book, viewer, webhook_id)
    WebhookBook(book).remove(webhook_id)


def rotate_secret(book: HappeningBook, viewer: Viewer, webhook_id: str, now: int) -> str:
    """A new secret; the old one signs beside it for a day. Raises `NotFound`."""
    find_webhook(book, viewer, webhook_id)
    hooks, secret = WebhookBook(book), secrets.token_bytes(32)
    before = hooks.webhook(webhook_id)
    assert before is not None
    hooks.change(
        webhook_id, secret_before=before.secret, before_until=now + BOTH_SIGN_S,
        **hooks.seal(webhook_id, secret),
    )  # fmt: skip
    return shown_secret(secret)


def redeliver(
    book: HappeningBook, viewer: Viewer, webhook_id: str, message_id: str, now: int
) -> None:
    """Send a delivery once more, under the same id. Raises `NotFound`."""
    find_webhook(book, viewer, webhook_id)
    WebhookBook(book).again(webhook_id, message_id, now)


def deliveries(book: HappeningBook, viewer: Viewer, webhook_id: str) -> Sequence[Row[Any]]:
    """The last deliveries of a webhook, the latest first. Raises `NotFound`."""
    find_webhook(book, viewer, webhook_id)
    return WebhookBook(book).deliveries(webhook_id, _SHOWN)


def _webhook(row: Row[Any], waiting: int) -> Webhook:
    return Webhook(
        row.webhook_id, row.owner, row.url, kinds_of(row.kinds), row.state, row.created_by,
        row.created_at, waiting, row.problem,
    )  # fmt: skip


class FindingTold(TypedDict):
    """What is wrong."""

    code: str
    severity: str
    detail: str


class WebhookTold(TypedDict):
    """A webhook. `post` null: the central office's; `kinds` empty: everything that it sees;
    `waiting`: deliveries that are still to be made."""

    id: str
    post: str | None
    url: str
    kinds: list[str]
    state: str
    waiting: int
    created_by: str
    created_at: str
    finding: FindingTold | None


class DeliveryTold(TypedDict):
    """A delivery: `waiting`, `delivered` or `given_up`; `status` and `problem` are those of the
    last try; `seq` null: a ping."""

    id: str
    seq: int | None
    kind: str
    state: str
    attempts: int
    made_at: str
    due_at: str | None
    done_at: str | None
    status: int | None
    problem: str | None


def webhook_as_json(one: Webhook) -> WebhookTold:
    """A webhook as programs read it; never its secret."""
    found = one.finding
    return {
        "id": one.webhook_id, "post": one.owner or None, "url": one.url,
        "kinds": [str(kind) for kind in one.kinds], "state": one.state, "waiting": one.waiting,
        "created_by": one.created_by, "created_at": utc(one.created_at),
        "finding": None if found is None
        else {"code": found.code, "severity": str(found.severity), "detail": found.detail},
    }  # fmt: skip


def delivery_as_json(row: Row[Any]) -> DeliveryTold:
    """A delivery as programs read it."""
    return {
        "id": row.message_id, "seq": row.seq or None, "kind": row.kind, "state": row.state,
        "attempts": row.attempts, "made_at": utc(row.made_at),
        "due_at": utc(row.due_at) if row.state == "waiting" else None,
        "done_at": None if row.done_at is None else utc(row.done_at),
        "status": row.status, "problem": row.problem or None,
    }  # fmt: skip


def utc(seconds: int) -> str:
    """A moment of UTC seconds as text."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}"
