"""Loads what a process that is forked from would otherwise load anew in each of its children: every
command, the compiler, the compiled loops that read a message, the bundled network, the texts, what
an empty database is filled with."""

from __future__ import annotations

import contextlib
import importlib
import io
import pkgutil
import sys
import tempfile
from pathlib import Path

#: Heavy modules that are imported where they are used.
_HEAVY = (
    "numba", "typst", "scipy.optimize", "scipy.special", "datecertain.server", "uvicorn", "uvloop",
    "uvicorn.lifespan.on", "uvicorn.loops.auto", "uvicorn.protocols.http.auto", "httptools",
)  # fmt: skip
#: Answered without any store: nothing is open and no thread runs afterwards.
_QUOTE = "datecertain quote --from KR:03051 --to US:10001 --at 2026-11-27T16:10"
_MESSAGE = (
    b"UNA:+.? 'UNB+UNOA:3+J1CKRA+J1CUSA+261022:2330+1++EMSEVT'UNH+1+EMSEVT:3:0:ZZ:DC1'"
    b"BGM+EMS+1-1+9'DTM+137:202610222330:203'CNI+1+EE000000005KR'STS+1+EMB'"
    b"DTM+334:202610221000:203'LOC+14+KRSELB'UNT+8+1'UNZ+1+1'"
)


def load_everything() -> None:
    """Import all commands, read one message, answer one quote, fill one database."""
    import datecertain.cli as commands

    for module in pkgutil.iter_modules(commands.__path__):
        importlib.import_module(f"datecertain.cli.{module.name}")
    for heavy in _HEAVY:
        importlib.import_module(heavy)
    from datecertain.messages import bundled_profiles, read_interchanges
    from datecertain.network import bundled_network
    from datecertain.operations.demonstrating import month_plan
    from datecertain.simulate.addresses import address_book
    from datecertain.store.database import Database

    read = read_interchanges(io.BytesIO(_MESSAGE), "warm", bundled_profiles(), received_on=20_000)
    assert read.events.num_rows == 1
    before, sys.argv = sys.argv, _QUOTE.split()
    with contextlib.redirect_stdout(io.StringIO()) as told, contextlib.suppress(SystemExit):
        commands.main()
    sys.argv = before
    for seed in (None, 27):  # those of the demo and of the documentation
        address_book(bundled_network(), month_plan("2026-10", 100, seed))
    with tempfile.TemporaryDirectory() as folder:
        database = Database("sqlite:///records.db", Path(folder), create=True)
        database.upgrade()
        database.close()
    assert "Guaranteed" in told.getvalue()
