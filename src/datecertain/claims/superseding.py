"""What a later verdict does to a refund that nobody asked for: on an automatic lane what is granted
is paid, so that the terms say what becomes of it (req 34, `paid_refund_superseded`)."""

from __future__ import annotations

from enum import StrEnum


class Since(StrEnum):
    """What becomes of a refund."""

    NOTHING = ""  # the later verdict gives the same, or it was said before that it is kept
    RESTORED = "restored"  # it was reversed, and is owed again
    CHANGED = "changed"  # another amount is owed
    KEPT = "kept"  # nothing is owed any longer, and it stays with the sender
    REVERSED = "reversed"  # nothing is owed any longer, and it is recovered


def since_superseded(before_minor: int, owed_minor: int, last: str, *, keeps: bool) -> Since:
    """What becomes of a refund of which `before_minor` stands, now that `owed_minor` is owed;
    `last` is what became of it before. `keeps`: by the terms what was paid stays paid."""
    if owed_minor == before_minor:
        return Since.NOTHING
    if owed_minor:
        return Since.CHANGED if before_minor else Since.RESTORED
    if not keeps:
        return Since.REVERSED
    return Since.NOTHING if last == Since.KEPT else Since.KEPT
