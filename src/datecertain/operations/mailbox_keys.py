"""Keys with which partners hand in by HTTP: shown once, kept as a hash, ended by date or by hand.

A key is 256 random bits, so that its plain SHA-256 cannot be searched. Its id, which it begins
with, is no secret and stands in lists.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from pathlib import Path

from datecertain.errors import NotFound, UsageError
from datecertain.operations.mail_room import demand_post
from datecertain.store.mail_book import KeptKey, MailBook

_FORM = re.compile(r"dc_([0-9a-f]{12})_[A-Za-z0-9_-]{43}")


def create_key(workspace: Path, post: str, now: int, expires_at: int | None = None) -> str:
    """A new key of a post, to be shown once; it cannot be had again. Moments in UTC seconds.

    Raises `UsageError` for a post that the network does not know, or an end that has passed.
    """
    demand_post(workspace, post)
    if expires_at is not None and expires_at <= now:
        raise UsageError("the key would have expired already: give a later moment")
    key_id = secrets.token_hex(6)
    key = f"dc_{key_id}_{secrets.token_urlsafe(32)}"
    with MailBook(workspace) as book:
        book.add_key(KeptKey(key_id, post, _hash(key), now, expires_at, None))
    return key


def list_keys(workspace: Path) -> Sequence[KeptKey]:
    """All keys that were ever made, in their order."""
    with MailBook(workspace) as book:
        return book.keys()


def revoke_key(workspace: Path, key_id: str, now: int) -> KeptKey:
    """End a key at once; it stays in the list. Raises `NotFound`."""
    with MailBook(workspace) as book:
        book.revoke(key_id, now)
        if (key := book.key(key_id)) is None:
            raise NotFound(f"no key has the id {key_id!r}: see `inbox key list`")
    return key


def state_of(key: KeptKey, now: int) -> str:
    """`valid`, `expired` or `revoked`."""
    if key.revoked_at is not None:
        return "revoked"
    return "expired" if key.expires_at is not None and key.expires_at <= now else "valid"


def holder(book: MailBook, key: str, now: int) -> KeptKey | None:
    """The kept key that this is, if it is valid now. It is compared in constant time."""
    form = _FORM.fullmatch(key)
    kept = None if form is None else book.key(form[1])
    # A key that is not there takes as long as one that is.
    same = hmac.compare_digest(_hash(key), "" if kept is None else kept.sha256)
    return kept if kept is not None and same and state_of(kept, now) == "valid" else None


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
