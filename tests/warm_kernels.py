"""Loads what a process that is forked from would otherwise load anew in each of its children: every
command, the compiler, and the compiled loops that read a message."""

from __future__ import annotations

import importlib
import io
import pkgutil

#: Heavy modules that are imported where they are used.
_HEAVY = ("numba", "typst", "scipy.optimize", "scipy.special")
_MESSAGE = (
    b"UNA:+.? 'UNB+UNOA:3+J1CKRA+J1CUSA+261022:2330+1++EMSEVT'UNH+1+EMSEVT:3:0:ZZ:DC1'"
    b"BGM+EMS+1-1+9'DTM+137:202610222330:203'CNI+1+EE000000005KR'STS+1+EMB'"
    b"DTM+334:202610221000:203'LOC+14+KRSELB'UNT+8+1'UNZ+1+1'"
)


def load_everything() -> None:
    """Import all commands and read one message."""
    import datecertain.cli as commands

    for module in pkgutil.iter_modules(commands.__path__):
        importlib.import_module(f"datecertain.cli.{module.name}")
    for heavy in _HEAVY:
        importlib.import_module(heavy)
    from datecertain.messages import bundled_profiles, read_interchanges

    read = read_interchanges(io.BytesIO(_MESSAGE), "warm", bundled_profiles(), received_on=20_000)
    assert read.events.num_rows == 1
