"""A client of a datecertain server: a counter system's or a shop's way to its API (req 40).

    with Client("https://dates.example.org", key) as dates:
        quote = dates.quote("KR:03051", "US:10001")
        promise = dates.record("KR:03051", "US:10001", "2026-11-27T16:10", key="order-1")
        print(dates.label(promise["promise_id"]))

Answers are plain data, in the shapes of `docs/reference/openapi.json`. A request that meets a busy
server is asked again, and what is written is written once: each write has a key of idempotency.
"""

from datecertain.client.client import Client
from datecertain.client.sending import Retrying
from datecertain.errors import ServerRefused, ServerUnreachable

__all__ = ["Client", "Retrying", "ServerRefused", "ServerUnreachable"]
