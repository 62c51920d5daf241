"""JSON as strangers write it: values, and where the elements of an array stand."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, NoReturn

#: Key that an object gets when it tells one of its members twice, differently.
REPEATED = "\x00repeated"
_BLANK = " \t\r\n"


def load_json(text: str) -> Any:
    """The value of a JSON text. Raises `ValueError`, whatever is wrong with it."""
    try:
        value, end = _DECODER.raw_decode(text, _past_blanks(text, 0))
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if _past_blanks(text, end) != len(text):
        raise ValueError(f"something follows the JSON value, at character {end}")
    return value


def array_elements(text: str, path: Sequence[str]) -> Iterator[tuple[Any, int, int]]:
    """(value, begin, end) of the elements of the array at a path of member names, in a text that
    `load_json` has read; positions are those of characters."""
    at = _past_blanks(text, _value_at(text, path) + 1)
    while text[at] != "]":
        value, end = _DECODER.raw_decode(text, at)
        yield value, at, end
        at = _past_blanks(text, end)
        at = _past_blanks(text, at + 1) if text[at] == "," else at


def is_repeated(value: Any) -> bool:
    """Whether an object, or one directly in it, tells a member twice, differently."""
    if not isinstance(value, dict):
        return False
    inner = [one for one in value.values() if isinstance(one, dict)]
    return any(REPEATED in one for one in (value, *inner))


def _value_at(text: str, path: Sequence[str]) -> int:
    at = _past_blanks(text, 0)
    for wanted in path:
        at = _past_blanks(text, at + 1)
        while True:
            name, at = _DECODER.raw_decode(text, at)
            at = _past_blanks(text, _past_blanks(text, at) + 1)
            if name == wanted:
                break
            _, at = _DECODER.raw_decode(text, at)
            at = _past_blanks(text, _past_blanks(text, at) + 1)
    return at


def _past_blanks(text: str, at: int) -> int:
    while at < len(text) and text[at] in _BLANK:
        at += 1
    return at


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs) and any(value[name] != one for name, one in pairs):
        value[REPEATED] = True
    return value


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no JSON value")


_DECODER = json.JSONDecoder(object_pairs_hook=_pairs, parse_constant=_no_number)
