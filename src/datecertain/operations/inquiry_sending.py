"""Inquiries put into the outgoing folders of other posts, as files of `inquiry export` (req 39).
`inbox push` sends what lies there; a post without a server is given the file by hand.

What was handed over before and has not moved since is not written again. Cut off between the file
and its record, the next run writes the same file under the same name.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, func, insert, select

from datecertain.errors import UsageError
from datecertain.operations.clock import Clock
from datecertain.operations.inquiry_files import RECORDS, write_rows
from datecertain.operations.inquiry_rows import Inquiry, find_inquiries
from datecertain.operations.mail_room import OUTGOING
from datecertain.operations.networks import current_network
from datecertain.store import Workspace
from datecertain.store.case_records import inquiry_sendings
from datecertain.store.disk import write_durably


@dataclass(frozen=True, slots=True)
class SentInquiries:
    """A file for a post: its path, and how many rows and inquiries are in it."""

    post: str
    file: str
    rows: int
    inquiries: int


def send_inquiries(
    workspace: Workspace, posts: Sequence[str], clock: Clock, asking: str = ""
) -> list[SentInquiries]:
    """Write a file for each of some posts (none: for every post that is asked) with the inquiries
    that moved since the last one. No names are in it. `asking`: only the inquiries of that post.
    Raises `NetworkError` for a post that is not known, `UsageError` for `asking` itself."""
    network = current_network(workspace)
    for post in (*posts, *filter(None, [asking])):
        network.post(post)
    sent = []
    with workspace.reading() as view:
        found = {post: find_inquiries(view.connection, post=post) for post in posts}
        if not posts:
            for one in find_inquiries(view.connection, still_open=True):
                found.setdefault(one.asked, []).append(one)
        before = _before(view.connection)
    for post, ones in sorted(found.items()):
        if asking == post:
            raise UsageError(f"{post} is not sent its own inquiries: name another post")
        moved = [one for one in ones if asking in ("", one.asking, one.asked)
                 and _moved(one, before.get((one.inquiry_id, post), -1))]  # fmt: skip
        if moved:
            sent.append(_send(workspace, post, moved, clock.now()))
    return sent


def _before(connection: Connection) -> dict[tuple[str, str], int]:
    table = inquiry_sendings.c
    rows = connection.execute(
        select(table.inquiry_id, table.post, func.max(table.seq).label("seq"))
        .group_by(table.inquiry_id, table.post)
    )  # fmt: skip
    return {(row.inquiry_id, row.post): row.seq for row in rows}


def _moved(one: Inquiry, seq: int) -> bool:
    """Whether anything happened since that a file tells; who saw persons is nobody's business."""
    return any(event.act in RECORDS for event in one.events[seq + 1 :])


def _send(workspace: Workspace, post: str, moved: Sequence[Inquiry], now: int) -> SentInquiries:
    data, rows = write_rows([(one, None) for one in moved])
    name = f"inquiries-{post}-{hashlib.sha256(data).hexdigest()[:12]}.csv"
    path = workspace.path / OUTGOING / post / name
    write_durably(path, data)
    told = [
        {"inquiry_id": one.inquiry_id, "post": post, "seq": len(one.events) - 1, **one.owner,
         "file": name, "at": now}
        for one in moved
    ]  # fmt: skip
    with workspace.writing() as connection:
        connection.execute(insert(inquiry_sendings), told)
    return SentInquiries(post, str(path.relative_to(workspace.path)), rows, len(moved))
