"""Ingest a mailbox in many small commits instead of one: the process that the tests kill.

python ingest_in_portions.py WORKSPACE MAILBOX CHUNK_BYTES
"""

from __future__ import annotations

import sys
from pathlib import Path

from datecertain.operations.clock import SystemClock
from datecertain.operations.ingesting import ingest
from datecertain.operations.workspaces import open_workspace


def main() -> None:
    folder, mailbox, chunk_bytes = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    with open_workspace(folder, write=True) as workspace:
        ingest(workspace, mailbox, SystemClock(), chunk_bytes=chunk_bytes)


if __name__ == "__main__":
    main()
