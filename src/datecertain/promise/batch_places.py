"""The places of a batch: millions of postcodes come to some hundred areas (req 3)."""

from __future__ import annotations

from collections.abc import Hashable

from datecertain.errors import UsageError
from datecertain.network import Network
from datecertain.promise.batch_reading import Problem, Trouble, Troubles
from datecertain.promise.quoting import parse_place
from datecertain.promise.routes import place_sort

PostPostcode = tuple[str, str]
#: Instead of a place that cannot be read.
NO_PLACE: PostPostcode = ("", "")
#: Places kept; some chunks' worth.
_KEPT = 200_000


class Places:
    """Reads places, each as the first that was met of its sort: the network does not tell the two
    apart, so a batch has few routes to resolve."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._of_text: dict[str, PostPostcode] = {}
        self._known: dict[PostPostcode, PostPostcode] = {}
        self._first_of: dict[Hashable, PostPostcode] = {}

    def of_texts(self, texts: list[str], troubles: Troubles) -> list[PostPostcode]:
        """Places written as `KR:03051`; NO_PLACE, and a trouble of the row, where it is none."""
        known = self._of_text
        found = [known.get(text) or self._read(text) for text in texts]
        for row, place in enumerate(found):
            if place is NO_PLACE:
                troubles.setdefault(row, Trouble.of(Problem.PLACE, texts[row]))
        return found

    def in_columns(self, posts: list[str], postcodes: list[str]) -> list[PostPostcode]:
        """Places written in two columns."""
        return [
            self._alike(post.strip().upper(), postcode.strip())
            for post, postcode in zip(posts, postcodes, strict=True)
        ]

    def _read(self, text: str) -> PostPostcode:
        if len(self._of_text) >= _KEPT:
            self._of_text.clear()
        try:
            place = self._alike(*parse_place(text))
        except UsageError:
            place = NO_PLACE
        self._of_text[text] = place
        return place

    def _alike(self, post: str, postcode: str) -> PostPostcode:
        found = self._known.get((post, postcode))
        if found is None:
            if len(self._known) >= _KEPT:
                self._known.clear()
            found = (post, postcode)
            if post in self._network.posts:
                sort = place_sort(self._network, post, postcode)
                found = self._first_of.setdefault(sort, found)
            self._known[post, postcode] = found
        return found
