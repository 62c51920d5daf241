"""Writes: in whose name, and under which key of idempotency."""

from __future__ import annotations

from datecertain.access import Viewer
from datecertain.door.problems import Problem
from datecertain.errors import NotAllowed

#: Characters of an Idempotency-Key, at most.
MOST_KEY = 255


def actor_for(who: Viewer, post: str) -> str:
    """The name under which a viewer acts for a post. Raises `NotAllowed` for another's post."""
    if not who.acts_for(post):
        raise NotAllowed(f"{who.name} acts for {who.post or 'the central office'}, not for {post}")
    return who.name


def plain_key(given: str) -> str:
    """The key of an `Idempotency-Key`, with or without quotation marks. Raises `Problem`."""
    key = given.strip()
    if len(key) >= 2 and key[0] == key[-1] == '"':
        key = key[1:-1]
    if not 0 < len(key) <= MOST_KEY:
        raise Problem(400, "idempotency-key", f"Idempotency-Key: 1 to {MOST_KEY} characters")
    return key


def key_for(who: Viewer, given: str | None) -> str:
    """The key of an operation: the one given, as this viewer's own; empty: none was given."""
    return "" if given is None else f"{who.name}:{plain_key(given)}"
