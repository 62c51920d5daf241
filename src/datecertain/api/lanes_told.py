"""What the ways of lanes and actions answer, as programs read it."""

from __future__ import annotations

from typing import Any, NotRequired

from typing_extensions import TypedDict


class LaneActTold(TypedDict):
    """Something done to a lane or a proposal: signed, published, withdrawn, closed."""

    act: str
    lane: str
    number: int | None
    by: str
    actor: str
    at: str
    reason: str
    sha256: str
    network_version: str


_Proposal = TypedDict(
    "_Proposal", {"number": int, "lane": str, "product": str, "standard": str, "refund_mode": str,
                  "from": str, "state": str, "by": str, "actor": str, "at": str, "reason": str,
                  "sha256": str, "terms_sha256": str, "acts": list[LaneActTold]},
)  # fmt: skip


class ProposalTold(_Proposal):
    """A proposal to open a lane or to change its terms. `sha256`: of the exact text that both
    posts sign; `content`: that text."""

    content: NotRequired[dict[str, Any]]


class LanesTold(TypedDict):
    """Proposals, and closures by one post."""

    proposals: list[ProposalTold]
    closures: list[LaneActTold]


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
