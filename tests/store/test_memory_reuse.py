"""What columns leave behind is there for the next ones: fewer pages are asked for."""

from __future__ import annotations

import subprocess
import sys

import pytest

_FAULTS = """
import resource, numpy as np
from datecertain.store.memory import reuse_memory
{before}
def turn():
    for size in (200_000, 900_000, 400_000):
        np.ones(size)
turn()
begun = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(20):
    turn()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - begun)
"""


def _faults(before: str) -> int:
    done = subprocess.run(
        [sys.executable, "-c", _FAULTS.format(before=before)], capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    return int(done.stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="glibc's allocator is what is told")
def test_memory_that_was_given_back_is_not_asked_for_again() -> None:
    assert _faults("reuse_memory()") * 10 < _faults("")
