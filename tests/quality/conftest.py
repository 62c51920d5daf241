"""The small simulated months lie with the tests of the simulator."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "simulate"))
