"""The mail book under several doors at once."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from datecertain.store.mail_book import HandedIn, MailBook

OPENING = (
    "import sys\n"
    "from pathlib import Path\n"
    "from datecertain.store.mail_book import HandedIn, MailBook\n"
    "with MailBook(Path(sys.argv[1])) as book:\n"
    "    book.hand_in(HandedIn('KR', sys.argv[2], 'sftp', 'a.edi', 1, 5))\n"
)


def test_several_processes_make_it_at_once(tmp_path: Path) -> None:
    started = [
        subprocess.Popen([sys.executable, "-c", OPENING, str(tmp_path), f"{n:064d}"])
        for n in range(4)
    ]
    assert [one.wait(60) for one in started] == [0] * 4
    with MailBook(tmp_path) as book:
        assert all(book.handed_in("KR", f"{n:064d}") for n in range(4))


def test_a_key_is_bound_to_one_content(tmp_path: Path) -> None:
    with MailBook(tmp_path) as book, ThreadPoolExecutor(8) as pool:
        bound = set(pool.map(lambda n: book.claim("KR", "monday", f"{n:064d}", 1), range(40)))
        assert len(bound) == 1
        assert book.claim("US", "monday", "f" * 64, 1) == "f" * 64, "another partner's is another"


def test_of_equal_contents_the_first_hand_in_stands(tmp_path: Path) -> None:
    first = HandedIn("KR", "a" * 64, "sftp", "KR/a.edi", 9, 100)
    with MailBook(tmp_path) as book:
        assert book.hand_in(first) == first
        assert book.hand_in(HandedIn("KR", "a" * 64, "http", "KR/b.edi", 9, 200)) == first
        assert book.handed_in("US", "a" * 64) is None


def test_what_was_fetched_is_known_as_it_stood(tmp_path: Path) -> None:
    with MailBook(tmp_path) as book:
        book.fetched("KR", "a.edi", 9, 1000, "a" * 64, 1001)
        book.fetched("KR", "a.edi", 9, 1000, "a" * 64, 1002)
        assert book.was_fetched("KR", "a.edi", 9, 1000)
        for other in (("KR", "a.edi", 9, 1001), ("KR", "a.edi", 8, 1000), ("US", "a.edi", 9, 1000)):
            assert not book.was_fetched(*other)


def test_how_far_a_file_came_on_its_way(tmp_path: Path) -> None:
    with MailBook(tmp_path) as book:
        assert book.sending("KR", "a.edi", "a" * 64) == ""
        for state in ("uploaded", "sent"):
            book.sent("KR", "a.edi", "a" * 64, 9, state, 1)
            assert book.sending("KR", "a.edi", "a" * 64) == state
