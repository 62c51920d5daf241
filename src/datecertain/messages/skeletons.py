"""Skeletons of the licensed standards' layouts: what is to be filled in, nothing of those texts.

The UPU's message layouts are not public. Whoever holds a licensed text copies a skeleton, answers
each `FILL` from it, and has a profile; until then `read_profile` refuses it and names what is open.
"""

from __future__ import annotations

from importlib.resources import files

from datecertain.errors import LayoutError

#: The bundled skeletons, in order of care.
SKELETONS = (
    "m40-v3-emsevt",
    "m41-predes",
    "resdes",
    "m48-cardit",
    "m49-resdit",
    "m33-itmatt",
    "precon",
    "rescon",
)


def skeleton(name: str) -> str:
    """The TOML text of a skeleton. Raises `LayoutError` for a name there is none of."""
    if name not in SKELETONS:
        raise LayoutError(f"there is no skeleton {name!r}; there are {', '.join(SKELETONS)}")
    path = files(__package__) / "layouts" / "skeletons" / f"{name}.toml"
    return path.read_text(encoding="utf-8")
