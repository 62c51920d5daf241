"""Costly looks made before anybody asks: after a start, and whenever what they rest on is another
(`looking`); one after the other, those first of which a former one was shown meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Iterator
from contextlib import suppress
from threading import Event
from typing import Any

from datecertain.errors import DatecertainError, UsageError
from datecertain.operations import desk_looks
from datecertain.operations.desk_looks import usual_looks
from datecertain.operations.looking import AnyLook, Look, Looks
from datecertain.operations.workspaces import open_workspace

#: So often is it looked whether anything was committed.
_POLL_S = 0.5
#: Looks that were asked for this long ago are made again when the facts change, those that ask
#: the clock as it goes on.
_LATELY_S, _WATCHED_S = 12 * 3600.0, 600.0
_EVERY = tuple(one for one in vars(desk_looks).values() if isinstance(one, Look))
_Wanted = tuple[AnyLook, tuple[Any, ...]]


def keep_looking_ahead(
    looks: Looks, mark: Callable[[], Hashable], stop: Event, complain: Callable[[str], None]
) -> None:
    """Make what the desks see first, then again what was asked for lately, until `stop`. `mark`:
    the same as long as nothing was committed (`store.changes`)."""
    before: Hashable = None
    while not stop.is_set():
        now = looks.clock().now()
        began, seen = time.monotonic(), (mark(), now)
        if seen != before:
            _round(looks, stop, complain)
            before = seen
        _shown_former(looks, stop, complain)
        # Where facts change all the time, at most half of the time goes into looks ahead.
        until = 2 * time.monotonic() - began
        while not stop.wait(_POLL_S) and time.monotonic() < until:
            _shown_former(looks, stop, complain)


def _round(looks: Looks, stop: Event, complain: Callable[[str], None]) -> None:
    try:
        with open_workspace(looks.folder) as opened:
            every = dict.fromkeys([*_lately(looks), *usual_looks(opened)])
            wanted = [one for one in every if not looks.is_there(opened, *one)]
    except DatecertainError as error:
        complain(f"what is looked at first is not known: {error}")
        return
    for one in wanted:
        _shown_former(looks, stop, complain)
        if stop.is_set():
            return
        _make(looks, one, complain)


def _lately(looks: Looks) -> Iterator[_Wanted]:
    path, now = str(looks.folder.resolve()), time.monotonic()
    for look in _EVERY:
        since = now - (_WATCHED_S if look.step else _LATELY_S)
        for given in look.asked_since(path, since):
            yield look, given


def _shown_former(looks: Looks, stop: Event, complain: Callable[[str], None]) -> None:
    """Make those anew of which somebody was shown a former one."""
    while looks.again and not stop.is_set():
        with suppress(KeyError):
            _make(looks, looks.again.popitem(last=False)[0], complain)


def _make(looks: Looks, wanted: _Wanted, complain: Callable[[str], None]) -> None:
    look, given = wanted
    try:
        looks.ahead(look, given)
    except UsageError:
        pass  # nothing is there to be seen: whoever asks is told
    except DatecertainError as error:
        complain(f"a look could not be made ahead: {error}")
