"""How hard the tests try that draw by chance: so many examples, kills, power cuts. `make test`
tries a share every time; `make thorough` much more, before a release (DATECERTAIN_THOROUGH)."""

import os

TIMES = int(os.environ.get("DATECERTAIN_THOROUGH", "1"))


def often(count: int) -> int:
    """So many times; more where it is asked for."""
    return count * TIMES
