"""What the ways of meeting packs and actions answer, as programs read it."""

from __future__ import annotations

from typing import Any

from typing_extensions import TypedDict

from datecertain.operations.kept_packs import KeptPack


class FigureTold(TypedDict):
    """A figure of a month: good of n."""

    period: str | None
    good: int | None
    n: int | None
    share: float | None
    digest: str


class ActionTold(TypedDict):
    """What a meeting decided, and where it stands."""

    action: int
    meeting: str
    owner: str
    due: str
    state: str
    title: dict[str, str]
    figure: str
    at_meeting: FigureTold
    now: FigureTold
    note: str
    done_at: int | None


class FileTold(TypedDict):
    """A file of a pack, at `/v1/packs/{name}/files/{file}`."""

    name: str
    bytes: int
    sha256: str


class PackTold(TypedDict):
    """A meeting pack that is kept. `digest`: of all that it says but `made_at` (UTC minutes)."""

    name: str
    months: list[str]
    made_at: int
    by: str
    digest: str
    published: bool
    synthetic: bool
    decisions: int
    files: list[FileTold]


def pack_told(kept: KeptPack) -> dict[str, Any]:
    """A pack as it is told."""
    return kept.as_json()
