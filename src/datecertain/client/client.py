"""The client: one method for each thing that a counter or a shop does, and a way to all others."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping
from types import TracebackType
from typing import Any, Literal
from urllib.parse import quote

import httpx

from datecertain.client.sending import Retrying, send

Document = dict[str, Any]
#: Rows of a page that is asked for.
_PAGE = 500


class Client:
    """A datecertain server by its address and a key of `datecertain key create`; close it after
    use, or use it as a `with` block. One thread at a time.

    Every method raises `ServerRefused` for an answer that refuses, and `ServerUnreachable`.
    """

    def __init__(
        self, url: str, key: str, *, timeout_s: float = 30.0, retrying: Retrying | None = None
    ) -> None:
        self._retrying = retrying or Retrying()
        self._client = httpx.Client(
            base_url=url.rstrip("/"), timeout=timeout_s,
            headers={"Authorization": f"Bearer {key}", "User-Agent": "datecertain-client"},
        )  # fmt: skip

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        self.close()

    def get(self, way: str, **asked: Any) -> Any:
        """What a GET answers, from JSON; what is asked for is not sent where it is None."""
        params = {name: value for name, value in asked.items() if value is not None}
        return send(self._client, self._retrying, "GET", way, params=params).json()

    def ask(self, way: str, body: Any, **asked: Any) -> Any:
        """What a POST answers that only asks, such as a quote."""
        params = {name: value for name, value in asked.items() if value is not None}
        return send(self._client, self._retrying, "POST", way, json=body, params=params).json()

    def write(self, way: str, body: Any, key: str | None = None) -> Any:
        """What a POST answers that writes. Sent again under the same key, it is written once; a
        key of your own (an order's number) holds also when your program starts anew."""
        headers = {"Idempotency-Key": key or uuid.uuid4().hex}
        return send(self._client, self._retrying, "POST", way, json=body, headers=headers).json()

    def pages(self, way: str, **asked: Any) -> Iterator[Any]:
        """Every row of a list, page by page."""
        after: str | None = asked.pop("after", None)
        limit = asked.pop("limit", _PAGE)
        while True:
            page = self.get(way, after=after, limit=limit, **asked)
            yield from page["items"]
            after = page["next"]
            if after is None:
                return

    def quote(
        self, origin: str, destination: str, accepted_at: str | None = None, *,
        lang: str = "en", **more: Any,
    ) -> Document:  # fmt: skip
        """A guaranteed delivery date, or why there is none: places as `KR:03051`, local time at
        the origin (None: now); `more` as in the API (product, contents, channel, weight_g …)."""
        question = _question(origin, destination, accepted_at, more)
        found: Document = self.ask("/v1/quotes", question, lang=lang)
        return found

    def quotes(self, questions: Iterable[Mapping[str, Any]], lang: str = "en") -> list[Document]:
        """Answers to many questions, in order; one that is wrong has the status `wrong`."""
        body = {"questions": [dict(one) for one in questions]}
        found: list[Document] = self.ask("/v1/quotes/batch", body, lang=lang)["answers"]
        return found

    def record(
        self, origin: str, destination: str, accepted_at: str, *, key: str | None = None,
        **more: Any,
    ) -> Document:  # fmt: skip
        """Record the promise of an acceptance; `more` as in the API (item, told_on, weight_g,
        postage_minor, currency, office …)."""
        acceptance = _question(origin, destination, accepted_at, more)
        found: Document = self.write("/v1/promises", acceptance, key)
        return found

    def possess(self, promise: str, at: str, *, key: str | None = None, **more: Any) -> Document:
        """The item of a label was handed over at a local time."""
        found: Document = self.write(
            f"/v1/promises/{_name(promise)}/possession", {"at": at} | more, key
        )
        return found

    def void(self, promise: str, reason: str, *, key: str | None = None) -> Document:
        """Void a misquoted date before the item has left."""
        found: Document = self.write(f"/v1/promises/{_name(promise)}/void", {"reason": reason}, key)
        return found

    def promise(self, name: str) -> Document:
        """A promise by its id or its item's number."""
        found: Document = self.get(f"/v1/promises/{_name(name)}")
        return found

    def label(self, name: str, lang: str = "en") -> str:
        """The words of a promise's label, a line each."""
        headers = {"Accept": "text/plain"}
        way = f"/v1/promises/{_name(name)}/label"
        return send(
            self._client, self._retrying, "GET", way, params={"lang": lang}, headers=headers
        ).text

    def label_fields(self, name: str) -> Document:
        """The label of a promise as fields, in every language."""
        found: Document = self.get(f"/v1/promises/{_name(name)}/label")
        return found

    def item(self, number: str, at: str | None = None) -> Document:
        """Everything known of an item."""
        found: Document = self.get(f"/v1/items/{_name(number)}", at=at)
        return found

    def verdict(
        self, number: str, towards: Literal["between", "sender"] = "between",
        accepted: str | None = None,
    ) -> Document:  # fmt: skip
        """An item's verdict, step by step."""
        found: Document = self.get(
            f"/v1/items/{_name(number)}/verdict", towards=towards, accepted=accepted
        )
        return found

    def events(self, events: Iterable[Mapping[str, Any]], *, key: str | None = None) -> Document:
        """Hand in item events of one's own post; the receipt."""
        body = {"events": [dict(one) for one in events]}
        found: Document = self.write("/v1/events", body, key)
        return found

    def acceptances(
        self, records: Iterable[Mapping[str, Any]], *, key: str | None = None
    ) -> Document:
        """Hand in acceptance records of one's own post; the receipt."""
        body = {"records": [dict(one) for one in records]}
        found: Document = self.write("/v1/acceptances", body, key)
        return found

    def receipt(self, sha256: str, of: Literal["events", "acceptances"] = "events") -> Document:
        """What became of what was handed in."""
        found: Document = self.get(f"/v1/{of}/receipts/{_name(sha256)}")
        return found


def _name(text: str) -> str:
    """A name as a part of a way."""
    return quote(text, safe="")


def _question(
    origin: str, destination: str, accepted_at: str | None, more: Mapping[str, Any]
) -> Document:
    asked = {"origin": origin, "destination": destination, **more}
    return asked if accepted_at is None else asked | {"accepted_at": accepted_at}
