"""What the ways of lanes answer, as programs read it."""

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
