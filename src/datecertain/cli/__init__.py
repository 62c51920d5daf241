"""The command line: a face that calls operations and shows what they answer."""

from __future__ import annotations

import sys

from datecertain.cli.app import app
from datecertain.errors import DatecertainError

__all__ = ["main"]


def main() -> None:
    """Run `datecertain`. A refusal is one clear line on standard error and exit code 1."""
    try:
        app()
    except (DatecertainError, OSError) as error:  # OSError: a path that cannot be used
        print(f"datecertain: {error}", file=sys.stderr)
        sys.exit(1)
