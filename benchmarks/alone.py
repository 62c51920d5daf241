"""One benchmark in a process of its own: its memory is its own, and nothing that ran before has
warmed or littered it. `python -m benchmarks.alone NAME` prints its figures as JSON."""

import importlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any


def alone(module: str, *words: str) -> Any:
    """What a module of the benchmarks prints as JSON, run as a program of its own."""
    ended = subprocess.run(
        [sys.executable, "-m", f"benchmarks.{module}", *words], check=True,
        stdout=subprocess.PIPE, cwd=Path(__file__).resolve().parent.parent,
    )  # fmt: skip
    return json.loads(ended.stdout)


if __name__ == "__main__":
    print(json.dumps(importlib.import_module(f"benchmarks.{sys.argv[1]}").run()))
