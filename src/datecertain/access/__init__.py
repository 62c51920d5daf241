"""Who may do what, and who may see what (req 40, 57-59): roles, rights, and the one rule that
scopes every look.

A `Viewer` is whoever asks. Its roles give it rights (`rights.toml`), its post decides what it sees:
an audience is a pair of posts (`JP+KR`), one post, or `*`, what the group publishes; a post sees
the audiences that name it, and `*`. Nothing else decides it, in the API, the pages or the exports.
"""

from datecertain.access.rights import (
    GROUP_ROLES,
    POST_ROLES,
    Right,
    Role,
    rights_of,
    roles_with,
)
from datecertain.access.viewers import EVERYTHING, Kind, SeesFlow, Viewer, keeper, nobody

__all__ = [
    "EVERYTHING",
    "GROUP_ROLES",
    "POST_ROLES",
    "Kind",
    "Right",
    "Role",
    "SeesFlow",
    "Viewer",
    "keeper",
    "nobody",
    "rights_of",
    "roles_with",
]
