"""The book of webhooks and of what was delivered to them, beside the book of happenings.

Each call is one short transaction; several servers may work on one workspace: whoever claims a
webhook sends to it alone until the claim is over.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, case, delete, func, insert, select, update

from datecertain.errors import NotFound
from datecertain.store.archive import about_secret, master_key_of
from datecertain.store.happening_book import HappeningBook
from datecertain.store.happening_records import happenings, webhook_deliveries, webhooks
from datecertain.store.sealing import seal_note, unseal_note


class WebhookBook:
    """Webhooks and deliveries, in the records that a book of happenings has opened."""

    def __init__(self, book: HappeningBook) -> None:
        self.happenings = book
        self._database = book.database

    def seal(self, webhook_id: str, secret: bytes) -> dict[str, Any]:
        """The columns that hold a secret."""
        with self._database.reading() as connection:
            master = master_key_of(self.happenings.folder, self.happenings.settings, connection)
        return {
            "secret": seal_note(secret, master.key, about_secret(webhook_id)),
            "master_id": master.id,
        }

    def secrets(self, row: Row[Any], now: int) -> list[bytes]:
        """The secrets that sign for a webhook now, the present one first."""
        with self._database.reading() as connection:
            master = master_key_of(self.happenings.folder, self.happenings.settings, connection)
        sealed = [row.secret]
        if row.secret_before is not None and (row.before_until or 0) > now:
            sealed.append(row.secret_before)
        return [unseal_note(one, master.key, about_secret(row.webhook_id)) for one in sealed]

    def add(self, row: Mapping[str, Any]) -> None:
        """A new webhook."""
        with self._database.writing() as connection:
            connection.execute(insert(webhooks).values(**row))

    def webhook(self, webhook_id: str) -> Row[Any] | None:
        """A webhook by its id, removed ones too."""
        with self._database.reading() as connection:
            return connection.execute(
                select(webhooks).where(webhooks.c.webhook_id == webhook_id)
            ).first()

    def all(self) -> Sequence[tuple[Row[Any], int]]:
        """All webhooks that were not removed, in their order, with what waits for each."""
        waiting = (
            select(webhook_deliveries.c.webhook_id, func.count().label("waiting"))
            .where(webhook_deliveries.c.state == "waiting")
            .group_by(webhook_deliveries.c.webhook_id)
            .subquery()
        )
        query = (
            select(webhooks, func.coalesce(waiting.c.waiting, 0).label("waiting"))
            .outerjoin(waiting, waiting.c.webhook_id == webhooks.c.webhook_id)
            .where(webhooks.c.state != "removed")
            .order_by(webhooks.c.created_at, webhooks.c.webhook_id)
        )
        with self._database.reading() as connection:
            return [(row, row.waiting) for row in connection.execute(query)]

    def change(self, webhook_id: str, **values: Any) -> None:
        """Change a webhook that was not removed. Raises `NotFound`."""
        here = (webhooks.c.webhook_id == webhook_id) & (webhooks.c.state != "removed")
        with self._database.writing() as connection:
            if connection.execute(update(webhooks).where(here).values(**values)).rowcount == 0:
                raise NotFound(f"no webhook {webhook_id!r}: see `datecertain webhook list`")

    def resume(self, webhook_id: str, now: int) -> None:
        """Send again, beginning at once with what waits, which has all its tries before it."""
        self.change(webhook_id, state="active", problem="")
        waiting = webhook_deliveries.c.state == "waiting"
        with self._database.writing() as connection:
            connection.execute(
                update(webhook_deliveries)
                .where(webhook_deliveries.c.webhook_id == webhook_id, waiting)
                .values(due_at=now, first_at=None, attempts=0, blocks=False)
            )

    def remove(self, webhook_id: str) -> None:
        """End a webhook: its secrets are gone, and what waits is given up. Raises `NotFound`."""
        self.change(
            webhook_id, state="removed", secret=b"", secret_before=None, master_id="", url=""
        )
        waiting = webhook_deliveries.c.state == "waiting"
        with self._database.writing() as connection:
            connection.execute(
                update(webhook_deliveries)
                .where(webhook_deliveries.c.webhook_id == webhook_id, waiting)
                .values(state="given_up", problem="removed")
            )

    def queue(self, row: Row[Any], to: int, found: Sequence[Row[Any]], now: int) -> int:
        """Queue happenings for a webhook, and remember up to which number that was done; 0 when
        another server has done it."""
        here = (
            (webhooks.c.webhook_id == row.webhook_id)
            & (webhooks.c.seq == row.seq)
            & (webhooks.c.state == "active")
        )
        deliveries = [
            {
                "message_id": f"msg_{row.webhook_id[3:]}_{one.seq}", "webhook_id": row.webhook_id,
                "seq": one.seq, "kind": one.kind, "state": "waiting", "blocks": False,
                "attempts": 0, "made_at": now, "due_at": now, "problem": "",
            }
            for one in found
        ]  # fmt: skip
        with self._database.writing() as connection:
            if connection.execute(update(webhooks).where(here).values(seq=to)).rowcount == 0:
                return 0
            if deliveries:
                connection.execute(insert(webhook_deliveries), deliveries)
        return len(deliveries)

    def due(self, now: int) -> list[str]:
        """Active webhooks with something to be sent now that nobody else sends to."""
        query = (
            select(webhook_deliveries.c.webhook_id)
            .join(webhooks, webhooks.c.webhook_id == webhook_deliveries.c.webhook_id)
            .where(
                webhook_deliveries.c.state == "waiting", webhook_deliveries.c.due_at <= now,
                webhooks.c.state == "active", webhooks.c.held_until <= now,
            )
            .distinct()
        )  # fmt: skip
        with self._database.reading() as connection:
            return sorted(connection.scalars(query))

    def claim(self, webhook_id: str, holder: str, now: int, until: int) -> Row[Any] | None:
        """Hold a webhook until a moment, or longer when it is held already; None: another holds
        it, or it is not active any more."""
        here = (
            (webhooks.c.webhook_id == webhook_id)
            & (webhooks.c.state == "active")
            & ((webhooks.c.held_until <= now) | (webhooks.c.holder == holder))
        )
        with self._database.writing() as connection:
            done = connection.execute(
                update(webhooks).where(here).values(holder=holder, held_until=until)
            )
            if done.rowcount == 0:
                return None
            return connection.execute(
                select(webhooks).where(webhooks.c.webhook_id == webhook_id)
            ).first()

    def release(self, webhook_id: str, holder: str) -> None:
        """Let others send to a webhook."""
        mine = (webhooks.c.webhook_id == webhook_id) & (webhooks.c.holder == holder)
        with self._database.writing() as connection:
            connection.execute(update(webhooks).where(mine).values(holder="", held_until=0))

    def next(self, webhook_id: str, now: int) -> Row[Any] | None:
        """The delivery to be sent next, with its happening; None: nothing, or the first that waits
        blocks the others."""
        query = (
            select(
                webhook_deliveries,
                happenings.c.subject,
                happenings.c.audience,
                happenings.c.at,
                happenings.c.told_at,
                happenings.c.body,
            )
            .outerjoin(happenings, happenings.c.seq == webhook_deliveries.c.seq)
            .where(
                webhook_deliveries.c.webhook_id == webhook_id,
                webhook_deliveries.c.state == "waiting",
                webhook_deliveries.c.blocks | (webhook_deliveries.c.due_at <= now),
            )
            .order_by(webhook_deliveries.c.seq)
            .limit(1)
        )
        with self._database.reading() as connection:
            row = connection.execute(query).first()
        return None if row is None or row.due_at > now else row

    def mark(
        self, webhook_id: str, message_id: str, holder: str, *, failing: str = "", **values: Any
    ) -> None:
        """Write down how a try ended; `failing`: why no more are made. Does nothing when another
        server has taken the webhook over."""
        mine = (webhooks.c.webhook_id == webhook_id) & (webhooks.c.holder == holder)
        with self._database.writing() as connection:
            if connection.execute(select(webhooks.c.seq).where(mine)).first() is None:
                return
            connection.execute(
                update(webhook_deliveries)
                .where(webhook_deliveries.c.message_id == message_id)
                .values(**values)
            )
            if failing:
                state = case((webhooks.c.state == "active", "failing"), else_=webhooks.c.state)
                connection.execute(
                    update(webhooks).where(mine).values(state=state, problem=failing)
                )

    def add_delivery(self, row: Mapping[str, Any]) -> None:
        """A delivery that stands for no happening."""
        with self._database.writing() as connection:
            connection.execute(insert(webhook_deliveries).values(**row))

    def again(self, webhook_id: str, message_id: str, now: int) -> None:
        """Send a delivery once more, under the same id. Raises `NotFound`."""
        here = (
            (webhook_deliveries.c.webhook_id == webhook_id)
            & (webhook_deliveries.c.message_id == message_id)
            & (webhook_deliveries.c.seq > 0)
        )
        with self._database.writing() as connection:
            done = connection.execute(
                update(webhook_deliveries)
                .where(here)
                .values(
                    state="waiting", due_at=now, first_at=None, done_at=None, attempts=0,
                    blocks=False,
                )
            )  # fmt: skip
            if done.rowcount == 0:
                raise NotFound(f"no delivery {message_id!r}: see `datecertain webhook deliveries`")

    def deliveries(self, webhook_id: str, limit: int) -> Sequence[Row[Any]]:
        """The last deliveries of a webhook, the latest first."""
        query = (
            select(webhook_deliveries)
            .where(webhook_deliveries.c.webhook_id == webhook_id)
            .order_by(webhook_deliveries.c.made_at.desc(), webhook_deliveries.c.seq.desc())
            .limit(limit)
        )
        with self._database.reading() as connection:
            return connection.execute(query).all()

    def forget(self, before: int) -> int:
        """Drop deliveries that ended before a moment; how many."""
        ended = webhook_deliveries.c.state != "waiting"
        old = ended & (webhook_deliveries.c.made_at < before)
        first = select(webhook_deliveries.c.seq).where(old).limit(1)
        with self._database.reading() as connection:
            if connection.execute(first).first() is None:
                return 0
        with self._database.writing() as connection:
            return connection.execute(delete(webhook_deliveries).where(old)).rowcount
