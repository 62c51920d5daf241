"""Whoever asks, and what it sees: the one rule that scopes every look (req 57)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from datecertain.access.rights import Right, Role, rights_of
from datecertain.errors import NotAllowed

#: Whether somebody may see what goes from one post to another: `Viewer.sees_flow`.
SeesFlow = Callable[[str, str], bool]

#: The audience of what the group publishes.
PUBLISHED = "*"
#: The post of one who keeps the whole workspace, at its own machine.
EVERYTHING = "*"


class Kind(StrEnum):
    """How whoever asks was known."""

    PERSON = "person"
    KEY = "key"
    KEEPER = "keeper"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Viewer:
    """Whoever asks: `name` stands in the audit trail; `post` is a post's code, empty for the
    group's central office, `EVERYTHING` for the keeper of the workspace; `rights` follow from the
    roles, cut to the scopes of a key."""

    name: str
    post: str
    roles: tuple[Role, ...]
    kind: Kind = Kind.PERSON
    scopes: frozenset[Right] | None = None
    rights: frozenset[Right] = field(init=False)

    def __post_init__(self) -> None:
        given = frozenset(Right) if self.kind is Kind.KEEPER else rights_of(self.roles)
        cut = given if self.scopes is None else given & self.scopes
        object.__setattr__(self, "rights", cut)

    @property
    def group(self) -> bool:
        """Whether it asks for the central office: no post's flows, what the group publishes."""
        return self.post == "" and self.kind is not Kind.NOBODY

    def may(self, right: Right) -> bool:
        """Whether it has a right."""
        return right in self.rights

    def demand(self, right: Right) -> None:
        """Raises `NotAllowed` without the right."""
        if right not in self.rights:
            raise NotAllowed(f"{self.name or 'who asks'} may not do this: it needs {right}")

    def sees(self, audience: str) -> bool:
        """Whether it may see what has this audience (`JP+KR`, `KR`, `*`)."""
        if self.post == EVERYTHING or audience == PUBLISHED:
            return self.kind is not Kind.NOBODY
        return self.post != "" and self.post in audience.split("+")

    def sees_flow(self, origin: str, destination: str) -> bool:
        """Whether it may see the items between two posts."""
        return self.sees(f"{origin}+{destination}")

    def seen(self, audiences: Iterable[str]) -> frozenset[str]:
        """Those of some audiences that it may see: what a query over many rows is cut to."""
        return frozenset(one for one in audiences if self.sees(one))

    def acts_for(self, post: str) -> bool:
        """Whether it may act in the name of a post."""
        return self.post in (post, EVERYTHING)


def keeper(name: str = "keeper") -> Viewer:
    """Whoever runs commands on the machine of the workspace: it may and sees everything."""
    return Viewer(name, EVERYTHING, (), Kind.KEEPER)


def nobody() -> Viewer:
    """The public: no right, and nothing but what needs none."""
    return Viewer("", "", (), Kind.NOBODY)
