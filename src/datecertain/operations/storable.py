"""Texts of damaged messages as every database takes them."""

from __future__ import annotations

from typing import Any


def storable_text(text: str) -> str:
    """Damaged values hold anything; PostgreSQL keeps no NUL in a text."""
    return text.replace("\x00", "\\x00")


def storable(row: dict[str, Any]) -> dict[str, Any]:
    """A row with such texts."""
    return {
        name: storable_text(value) if isinstance(value, str) else value
        for name, value in row.items()
    }
