"""Coverage-guided fuzzing of the reader, for who has `atheris` (not a dependency of the project).

In an environment with the project and atheris:

    python tests/fuzz/coverage_guided.py -max_len=4096 -runs=1000000 corpus/

`corpus/` is any folder; it keeps the inputs that reached something new. Every input must account
for all its bytes, as in the other fuzzing.
"""

import sys
from pathlib import Path

import atheris  # type: ignore[import-not-found]

with atheris.instrument_imports(include=["datecertain.messages"]):
    from accounts import read_all, unaccounted
    from mutations import seeds


def one_input(data: bytes) -> None:
    """Read an input, whole and in small blocks; what is wrong ends the run."""
    for block_bytes in (1 << 20, 300):
        wrong = unaccounted([data], read_all([data], block_bytes))
        assert wrong == [], wrong


def main() -> None:
    """Start from the seeds, kept in the corpus folder if one is named."""
    folders = [Path(one) for one in sys.argv[1:] if not one.startswith("-")]
    for folder in folders[:1]:
        folder.mkdir(parents=True, exist_ok=True)
        for number, seed in enumerate(seeds()):
            (folder / f"seed-{number:02d}").write_bytes(seed)
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
