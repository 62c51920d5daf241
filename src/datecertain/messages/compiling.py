"""Plain functions over arrays as machine code (decision 0011), and the types they speak of."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from threading import Lock, Thread
from typing import Any, TypeVar, cast

import numpy as np
import numpy.typing as npt

Function = TypeVar("Function", bound=Callable[..., Any])

#: Rows of integers; patterns of segments; positions of values.
Grid = npt.NDArray[np.int64]
Small = npt.NDArray[np.int8]
Places = npt.NDArray[np.uint32]
Offsets = npt.NDArray[np.int32]
Count = np.uint64
Grid8 = npt.NDArray[np.uint8]

_plain: list[Callable[..., Any]] = []


def compiled(function: Function) -> Function:
    """The function as machine code. The compiler is loaded when the first one is called: most
    commands read no message."""
    _plain.append(function)

    @wraps(function)
    def first_call(*arguments: Any) -> Any:
        _compile_all()
        return function.__globals__[function.__name__](*arguments)

    return cast(Function, first_call)


def compile_meanwhile() -> None:
    """Load the compiler beside other work, where it is certain to be wanted soon."""
    Thread(target=_load, daemon=True).start()


def _load() -> None:
    _compile_all()
    from numba.core.registry import cpu_target  # noqa: PLC0415

    # What the first call of a loop would wait for.
    cpu_target.typing_context.refresh()
    cpu_target.target_context.refresh()


_compiling = Lock()
_compiled: list[Callable[..., Any]] = []


def _compile_all() -> None:
    with _compiling:
        if len(_compiled) == len(_plain):
            return
        import numba  # noqa: PLC0415

        for function in _plain[len(_compiled) :]:
            try:
                machine_code = numba.njit(cache=True, nogil=True)(function)
            except RuntimeError:  # no place to keep it: each process compiles anew
                machine_code = numba.njit(nogil=True)(function)
            function.__globals__[function.__name__] = machine_code
            _compiled.append(function)
