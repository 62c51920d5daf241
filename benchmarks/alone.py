"""One benchmark in a process of its own: its memory is its own, and nothing that ran before has
warmed or littered it. `python -m benchmarks.alone NAME` prints its figures as JSON."""

import importlib
import json
import sys

print(json.dumps(importlib.import_module(f"benchmarks.{sys.argv[1]}").run()))
