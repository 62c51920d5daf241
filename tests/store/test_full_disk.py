"""A disk that is full at any step: a clear error, nothing published, the store whole.

The limit is real (RLIMIT_FSIZE in a process of its own): every write beyond it fails in the
kernel, in pyarrow, in deltalake and in SQLite alike.
"""

from __future__ import annotations

import json
import re
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from store_cases import TABLES, published_numbers, write_batch

from datecertain.errors import StoreError
from datecertain.store import Workspace

#: Bytes a file may reach, from "nothing at all" to "all but the last write".
LIMITS = (0, 200, 600, 900, 1_200, 1_500, 2_000, 3_000, 4_097, 8_000, 16_000, 32_000, 64_000, 10**9)


def write_under_limits(folder: Path) -> list[str]:
    """Try batch 1 under each limit in turn, then without; what each attempt said."""
    told = []
    with Workspace.open(folder, tables=TABLES, write=True) as workspace:
        for limit in LIMITS:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
            try:
                write_batch(workspace, 1)
                told.append("published")
            except StoreError as error:
                told.append(str(error))
            finally:
                unlimited = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
                resource.setrlimit(resource.RLIMIT_FSIZE, unlimited)
            expected = {0, 1} if "published" in told else {0}
            assert published_numbers(workspace) == expected, f"limit {limit}"
    return told


def test_a_full_disk_leaves_the_store_whole(folder: Path) -> None:
    with Workspace.open(folder, tables=TABLES, write=True) as workspace:
        write_batch(workspace, 0)
    command = [sys.executable, __file__, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    failed = [text for text in told if text != "published"]
    assert told[-1] == "published"
    assert len(failed) >= 4
    assert all(re.search("the disk .* run the step again", text) for text in failed), failed
    with Workspace.open(folder, tables=TABLES, write=True) as workspace:
        assert workspace.discarded == ()
        assert published_numbers(workspace) == {0, 1}


def test_init_on_a_full_disk_can_be_run_again(tmp_path: Path) -> None:
    program = (
        "import resource, sys\n"
        "from datecertain.store import Workspace\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (5000, resource.RLIM_INFINITY))\n"
        "Workspace.init(sys.argv[1])\n"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "kr")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "StoreError" in done.stderr
    assert re.search("the disk .* run the step again", done.stderr)
    Workspace.init(tmp_path / "kr")
    with Workspace.open(tmp_path / "kr", tables=TABLES, write=True) as workspace:
        write_batch(workspace, 0)
        assert published_numbers(workspace) == {0}


if __name__ == "__main__":
    print(json.dumps(write_under_limits(Path(sys.argv[1]))))
else:
    pytestmark = pytest.mark.skipif(
        not sys.platform.startswith("linux"), reason="needs RLIMIT_FSIZE as on Linux"
    )
