"""Arrays that one block after another is read into: memory that is new to a process must be cleared
by the system first, which took longer than filling it."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

#: The GNU allocator gives freed memory back at once, and results of each block would be made in
#: new memory again, until a large piece was freed: then it keeps up to twice as much. Other
#: allocators don't mind, and memory that nothing is written to costs nothing.
_LARGE = 31 << 20


class Workspace:
    """Keeps the arrays of one reading, by name; each is as large as the largest block needed.

    An array is good until it is asked for again: what is read of one block into the workspace is
    copied into results, or done with, before the next block is read.
    """

    def __init__(self) -> None:
        self._kept: dict[str, npt.NDArray[Any]] = {}
        np.empty(_LARGE, dtype=np.uint8)

    def array(self, name: str, size: int, dtype: npt.DTypeLike) -> npt.NDArray[Any]:
        """So many values of any content."""
        kept = self._kept.get(name)
        if kept is None or len(kept) < size:
            kept = self._kept[name] = np.empty(size, dtype=dtype)
        return kept[:size]
