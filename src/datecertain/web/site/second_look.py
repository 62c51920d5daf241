"""What a second pair of eyes has to look at first (req 58)."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from datecertain.access import Viewer
from datecertain.door import Door
from datecertain.operations.approvals import ask_if_demanded


def waits_for_another(door: Door, who: Viewer, kind: str, request: Mapping[str, Any]) -> bool:
    """Whether what a page was to do waits for another account of the post now: it was asked for."""
    now = int(time.time())
    asked = ask_if_demanded(door.access, door.workspace, who, kind, request, now, door.how.clock)
    return asked is not None
