"""Who sees what: the one rule that scopes every look (req 57), and the table of rights (req 58)."""

from __future__ import annotations

import pytest

from datecertain.access import (
    GROUP_ROLES,
    POST_ROLES,
    Kind,
    Right,
    Role,
    Viewer,
    keeper,
    nobody,
    rights_of,
    roles_with,
)
from datecertain.errors import NotAllowed

KOREA = Viewer("kim", "KR", (Role.QUALITY,))
GROUP = Viewer("desk", "", (Role.CENTRAL_OFFICE,))


@pytest.mark.parametrize(
    ("viewer", "audience", "seen"),
    [
        (KOREA, "KR+US", True),
        (KOREA, "JP+KR", True),
        (KOREA, "KR", True),
        (KOREA, "*", True),
        (KOREA, "JP+US", False),
        (KOREA, "US", False),
        (KOREA, "", False),
        (GROUP, "*", True),
        (GROUP, "KR+US", False),
        (GROUP, "", False),
        (keeper(), "JP+US", True),
        (nobody(), "*", False),
        (nobody(), "KR+US", False),
    ],
)  # fmt: skip
def test_an_audience_is_seen_by_those_it_names(viewer: Viewer, audience: str, seen: bool) -> None:
    assert viewer.sees(audience) is seen
    assert viewer.seen([audience]) == (frozenset({audience}) if seen else frozenset())


def test_a_flow_is_seen_by_its_two_posts() -> None:
    assert KOREA.sees_flow("KR", "US")
    assert KOREA.sees_flow("US", "KR")
    assert not KOREA.sees_flow("JP", "US")


def test_rights_follow_from_roles_and_are_cut_by_scopes() -> None:
    assert KOREA.may(Right.REPORTS)
    assert not KOREA.may(Right.STATEMENTS)
    key = Viewer("kim", "KR", (Role.QUALITY,), Kind.KEY, frozenset({Right.REPORTS, Right.MONEY}))
    assert key.rights == {Right.REPORTS}
    with pytest.raises(NotAllowed, match="kim may not do this: it needs quote"):
        key.demand(Right.QUOTE)


def test_every_right_is_somebodys_and_no_role_of_the_group_sees_a_posts_money() -> None:
    assert [right for right in Right if not roles_with(right)] == []
    assert set(Role) == {*POST_ROLES, *GROUP_ROLES}
    only_group = set(GROUP_ROLES) - set(POST_ROLES)
    assert Right.MONEY not in rights_of(only_group)
    assert rights_of([Role.PARTNER]) == {Right.INTERCHANGES}
    assert Right.PERSONS not in rights_of(set(Role) - {Role.CARE})


def test_who_acts_for_a_post() -> None:
    assert KOREA.acts_for("KR")
    assert not KOREA.acts_for("US")
    assert not GROUP.acts_for("KR")
    assert keeper().acts_for("US")
