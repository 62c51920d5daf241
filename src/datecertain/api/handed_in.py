"""What is handed in through a way of its own: made a file of the incoming folder, as every mail is;
the answer is its receipt."""

from __future__ import annotations

import re

from datecertain.access import Viewer
from datecertain.api.answers import ReceiptBody, told
from datecertain.door.opened import Door
from datecertain.door.problems import Problem
from datecertain.errors import NotAllowed
from datecertain.operations.receipts import receipt

_SHA256 = re.compile(r"[0-9a-f]{64}")


def demand_post(who: Viewer, door: Door) -> str:
    """The post in whose name a viewer hands in. Raises `NotAllowed` for who has none."""
    if who.post not in door.network.now().posts:
        raise NotAllowed(f"{who.name} acts for no post: only a post hands in")
    return who.post


def handed_in(door: Door, who: Viewer, key: str | None, data: bytes, ending: str) -> ReceiptBody:
    """Hand a content in, in the name of the viewer's post. Raises `Problem`, `NotAllowed`."""
    one = door.receiving.receive_made(demand_post(who, door), key, data, ending)
    return told(receipt(door.workspace, one))


def receipt_now(door: Door, who: Viewer, sha256: str) -> ReceiptBody:
    """The receipt of what the viewer's post handed in, as it stands now. Raises `Problem`."""
    one = door.book.handed_in(who.post, sha256) if _SHA256.fullmatch(sha256) else None
    if one is None:
        raise Problem(404, "not-found", "You handed nothing in that has this SHA-256")
    return told(receipt(door.workspace, one))
