"""The routes of many acceptance records, as a network quotes them: a place has many postcodes."""

from __future__ import annotations

from collections.abc import Hashable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datecertain.moments import Ints
from datecertain.network import Network
from datecertain.promise.quoting import Route, quoter_of
from datecertain.promise.routes import EMS, Resolved, place_sort
from datecertain.rowwise import distinct

#: More places, sorts of item or both together than any network has.
_PLACES, _SORTS = 1 << 24, 1 << 14
_SORT_COLUMNS = ("product", "contents", "address")


class RoutesOf:
    """What the routes of records come to in a network: each worked out once and kept."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._number: dict[tuple[str, str], int] = {}  # of the place of a post's postcode
        self._of_sort: dict[Hashable, int] = {}
        self._place: list[tuple[str, str]] = []  # a postcode of each place
        self._sorts: dict[tuple[str, ...], int] = {}
        self._resolved: dict[int, Resolved] = {}

    def of(self, rows: pa.Table) -> tuple[list[Resolved], Ints]:
        """The distinct routes of some records, and which each record takes."""
        origin, destination = (
            self._places(rows[side], rows[f"{side}_postcode"]) for side in ("origin", "destination")
        )
        sort = self._sort_of(rows)
        keys = (origin * _PLACES + destination) * _SORTS + sort
        there, _, number = distinct(keys)
        return [self._resolve(key) for key in there.tolist()], number

    def _places(self, posts: pa.ChunkedArray, postcodes: pa.ChunkedArray) -> Ints:
        post, code = _numbered(posts), _numbered(postcodes)
        names, codes = post.dictionary.to_pylist(), code.dictionary.to_pylist()
        pairs = post.indices.to_numpy().astype(np.int64) * len(codes) + code.indices.to_numpy()
        there, _, number = distinct(pairs)
        found = [
            self._place_number(names[pair // len(codes)], codes[pair % len(codes)])
            for pair in there.tolist()
        ]
        numbers: Ints = np.array(found, dtype=np.int64)
        return np.asarray(numbers[number], dtype=np.int64)

    def _place_number(self, post: str, postcode: str) -> int:
        number = self._number.get((post, postcode))
        if number is None:
            sort = place_sort(self._network, post, postcode)
            number = self._of_sort.setdefault(sort, len(self._of_sort))
            if number == len(self._place):
                self._place.append((post, postcode))
            self._number[post, postcode] = number
        return number

    def _sort_of(self, rows: pa.Table) -> Ints:
        texts = [_numbered(rows[name]) for name in _SORT_COLUMNS]
        sizes = [max(len(text.dictionary), 1) for text in texts]
        key = np.zeros(len(rows), dtype=np.int64)
        for text, size in zip(texts, sizes, strict=True):
            key = key * size + text.indices.to_numpy()
        there, first, number = distinct(key)
        some = rows.select(_SORT_COLUMNS).take(pa.array(first)).to_pylist()
        found = [
            self._sorts.setdefault(
                tuple(row[name] or "" for name in _SORT_COLUMNS), len(self._sorts)
            )
            for row in some
        ]
        numbers: Ints = np.array(found, dtype=np.int64)
        return np.asarray(numbers[number], dtype=np.int64) if len(there) else key

    def _resolve(self, key: int) -> Resolved:
        found = self._resolved.get(key)
        if found is None:
            places, sort = divmod(key, _SORTS)
            origin, destination = (self._place[number] for number in divmod(places, _PLACES))
            product, contents, address = list(self._sorts)[sort]
            found = self._resolved[key] = quoter_of(self._network).resolved(Route(
                *origin, *destination, product or EMS, contents, address=address or "street",
            ))  # fmt: skip
        return found


def routes_of(network: Network) -> RoutesOf:
    """The routes of a network, made once."""
    found: RoutesOf = network.__dict__.setdefault("_routes_of", RoutesOf(network))
    return found


def _numbered(texts: pa.ChunkedArray) -> pa.DictionaryArray:
    column = texts.combine_chunks()
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    return pc.fill_null(column, "").dictionary_encode()
