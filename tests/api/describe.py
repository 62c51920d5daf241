"""Write the description of the API into the documentation: run it when a way changes."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent), str(HERE.parent / "operations")]

from small_workspaces import small_workspace  # noqa: E402

from datecertain.server import Serving, create_app  # noqa: E402

PLACE = HERE.parents[1] / "docs" / "reference" / "openapi.json"


def described() -> str:
    """The description as it is kept."""
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(small_workspace(Path(folder) / "w"), Serving(take_in=False, push=False))
        told = json.dumps(app.openapi(), indent=2, ensure_ascii=False) + "\n"
        app.state.door.close()
    return told


if __name__ == "__main__":
    PLACE.write_text(described())
