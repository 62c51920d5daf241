"""Force majeure cases: published disturbances with a scope, opened and closed by date (req 26).

A case enters a verdict as a dated fact after the promise; it never changes the network version
that was frozen with it.
"""

from __future__ import annotations

from dataclasses import dataclass

from datecertain.moments import NEVER

#: The columns of a notice file (CSV with header) as a post publishes it.
NOTICE_FILE = (
    "case_id", "post", "office", "leg", "from_utc", "to_utc", "published_utc", "text_en", "text_ko",
    "reference",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ForceMajeureCase:
    """One case. `office` empty: the whole post; `leg` is export, transport, import or delivery,
    empty: all of them; `to_at` NEVER: still open."""

    case_id: str
    post: str
    office: str
    leg: str
    from_at: int
    to_at: int
    published_at: int
    text_en: str
    text_ko: str
    reference: str

    @property
    def is_open(self) -> bool:
        return self.to_at >= int(NEVER)
