"""Quotes by HTTP at 200 requests a second, beside an empty way of the same server in the same run;
pages of all desks at 50 requests a second; all of it mixed, with promises recorded meanwhile.

The workspace is `SERVING_WORKSPACE` (made by `benchmarks.judged_year`, or any), else one with a
simulated month of 3,000 items. `SERVING_SECONDS` (30) is how long each is asked, `SERVING_MIXED`
(30) how long all are mixed, `SERVING_MONTH` (2026-10) a month that is judged and settled.
`SERVING_AHEAD` sets the server's clock so many minutes ahead: for facts that end at a moment to
come. `SERVING_EACH` (0): so many seconds each page that links lead to is asked for by itself, too.
Each page is asked once before it is counted: pages are kept while facts are the same, and the
first of each is made then; how long that took is told.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from pathlib import Path
from threading import Event
from urllib.parse import urljoin, urlsplit

from benchmarks.judged_year import make_year
from benchmarks.load import NOT_THERE, Server, ask, there
from datecertain.client import Client
from datecertain.operations.accounts import create_account, create_key

MONTH = os.environ.get("SERVING_MONTH", "2026-10")
MIXED = int(os.environ.get("SERVING_MIXED", "30"))
#: Pages of different items a second: each is worked out anew.
OTHERS = 10
AHEAD = int(os.environ.get("SERVING_AHEAD", "0"))
#: So many seconds each page that links lead to is asked for by itself; 0: not at all.
EACH = int(os.environ.get("SERVING_EACH", "0"))
SECONDS = int(os.environ.get("SERVING_SECONDS", "30"))
WHERE = ("KR:03051", "US:10001", "2026-11-27T16:10")
QUESTION = dict(zip(("origin", "destination", "accepted_at"), WHERE, strict=True))
#: What the desks of a post look at, by role; `{item}` is one of fifty late items, `{month}` the
#: last one with verdicts.
PAGES = {
    "counter": ("/counter?from=KR:03051&to=US:10001", "/"),
    "care": ("/items?outcome=late_liable", "/claims", "/inquiries", "/watch",
             *("/items/{item}",) * 6),
    "quality": ("/quality", "/quality?month={month}", "/quality/by/gateway", "/quality/items",
                "/report-cards", "/data-quality", "/resume"),
    "settlement": ("/settlement", "/statements/{month}-KR-US", "/payments", "/tariffs"),
}  # fmt: skip


def run() -> dict[str, str]:
    """Figures by what they mean."""
    if not there():
        return {"quotes and pages by HTTP": NOT_THERE}
    with tempfile.TemporaryDirectory() as folder:
        given = os.environ.get("SERVING_WORKSPACE")
        workspace = Path(given) if given else Path(folder) / "w"
        if given is None:
            make_year(workspace, ["2026-10"], 3_000)
        keys = {role: _key(workspace, role) for role in ("shop", *PAGES)}
        with Server(workspace, AHEAD) as server:
            return _measured(server, keys, Path(folder))


def _key(workspace: Path, role: str) -> str:
    now = int(time.time())
    login = f"load-{role}-{now}"
    create_account(workspace, login, "load", "KR", [role], now, machine=True)
    return create_key(workspace, login, now)


def _measured(server: Server, keys: dict[str, str], folder: Path) -> dict[str, str]:
    body = folder / "question.json"
    body.write_text(json.dumps(QUESTION))
    first = _first_looks(server, keys)
    ask(server, ["/v1/quotes"], keys["shop"], 200, 5, body)
    before = server.rss_mib()
    figures = {"a page asked first after the start, none was made before": first}
    figures |= ask(server, ["/v1/health"], keys["shop"], 200, SECONDS).figures(
        "an empty way, 200/s"
    )
    quotes = ask(server, ["/v1/quotes"], keys["shop"], 200, SECONDS, body)
    figures |= quotes.figures("a quote, 200/s")
    for role, wanted in PAGES.items():
        paths = _filled(server, keys["care"], wanted)
        ask(server, paths[: len(wanted)], keys[role], 2, 10)
        figures |= ask(server, paths, keys[role], 50, SECONDS).figures(f"pages of {role}, 50/s")
    others = _other_items(server, keys["care"], OTHERS * SECONDS)
    figures |= ask(server, others, keys["care"], OTHERS, SECONDS, connections=1).figures(
        f"pages of items, each time another one, {OTHERS}/s"
    )
    figures["memory of the server before and after that"] = (
        f"{before:,.0f} and {server.rss_mib():,.0f} MiB"
    )
    if EACH:
        for role in PAGES:
            figures[
                f"each page by itself, 50/s, that links lead {role} to: pages, slowest 95 %"
            ] = _each(server, keys[role])
    return figures | _mixed(server, keys, body)


def _each(server: Server, key: str) -> str:
    """Ask for each page that links lead to, one of a kind, by itself."""
    waiting, kinds, paths = ["/"], set[tuple[str, bool]](), list[str]()
    while waiting:
        path = waiting.pop()
        where = urlsplit(path)
        kind = re.sub(r"[^/]*\d[^/]*", "#", where.path), bool(where.query)
        if kind in kinds or _OTHERWISE.search(path):
            continue
        kinds.add(kind)
        text = _got(server, key, path)
        paths.append(path)
        links = (unescape(one) for one in re.findall(r'href="([^"#]+)"', text))
        waiting += [urljoin(path, one) for one in links]
    took = {}
    for path in paths:
        ask(server, [path], key, 50, 1)
        took[path] = ask(server, [path], key, 50, EACH).at(0.95)
    slowest = sorted(took.items(), key=lambda one: -one[1])[:4]
    return f"{len(paths)}; " + ", ".join(f"{path} {ms:.0f} ms" for path, ms in slowest)


#: Links to files, to the same page otherwise, and to where many at once are turned away.
_OTHERWISE = re.compile(
    r"[?&](lang|theme|file)=|\.(csv|xlsx|pdf|xml|css|svg)\b|^/(promise|track)|^http"
)


def _first_looks(server: Server, keys: dict[str, str]) -> str:
    """Ask for each page once; the slowest of them."""
    took = dict[str, float]()
    for role, wanted in PAGES.items():
        for path in _filled(server, keys["care"], wanted):
            began = time.perf_counter()
            _got(server, keys[role], path)
            took[re.sub("[A-Z]{2}[0-9]{9}[A-Z]{2}", "…", path)] = time.perf_counter() - began
    slowest = sorted(took.items(), key=lambda one: -one[1])[:5]
    return ", ".join(f"{path} {seconds:.1f} s" for path, seconds in slowest)


def _other_items(server: Server, key: str, count: int) -> list[str]:
    """The pages of so many items that nobody asked for, or of as many as are listed."""
    found, path = dict[str, None](), "/items?outcome=on_time"
    while len(found) < count and path:
        text = _got(server, key, path)
        found |= dict.fromkeys(re.findall(r"/items/[A-Z]{2}\d{9}[A-Z]{2}", text))
        following = re.search(r'href="(/items\?[^"]*after=[^"]*)"', text)
        path = unescape(following[1]) if following else ""
    return list(found)[:count]


def _mixed(server: Server, keys: dict[str, str], body: Path) -> dict[str, str]:
    """Quotes, pages and promises at once; the memory in tenths of that time."""
    memory, recorded, over = list[float](), list[str](), Event()

    def record() -> None:
        with Client(server.url, keys["counter"]) as client:
            while not over.wait(0.5):
                recorded.append(client.record(*WHERE)["promise_id"])

    def weigh() -> None:
        while not over.wait(MIXED / 10):
            memory.append(server.rss_mib())

    pages = {role: _filled(server, keys["care"], wanted) for role, wanted in PAGES.items()}
    with ThreadPoolExecutor(max_workers=3 + len(pages)) as pool:  # all at once
        beside = [pool.submit(record), pool.submit(weigh)]
        asked = {"quotes, 60/s": pool.submit(
            ask, server, ["/v1/quotes"], keys["shop"], 60, MIXED, body
        )} | {
            f"pages of {role}, 5/s": pool.submit(ask, server, paths, keys[role], 5, MIXED)
            for role, paths in pages.items()
        }  # fmt: skip
        found = {name: one.result() for name, one in asked.items()}
        over.set()
        for one in beside:
            one.result()
    with Client(server.url, keys["counter"]) as client:
        lost = [name for name in recorded if client.promise(name)["promise_id"] != name]
    figures = {
        f"mixed, {name}: half, 95 %, not answered by 200": (
            f"{one.at(0.5):.1f}, {one.at(0.95):.1f} ms, {one.wrong} of {len(one.times):,}"
        )
        for name, one in found.items()
    }
    figures["mixed: promises recorded meanwhile, of them lost"] = f"{len(recorded)}, {len(lost)}"
    figures[f"mixed: memory in tenths of {MIXED} s"] = (
        ", ".join(f"{one:,.0f}" for one in memory) + " MiB"
    )
    return figures


def _filled(server: Server, key: str, wanted: tuple[str, ...]) -> list[str]:
    """The addresses, with late items and the last month put in."""
    listed = _got(server, key, "/items?outcome=late_liable")
    late = list(dict.fromkeys(re.findall(r"/items/([A-Z]{2}\d{9}[A-Z]{2})", listed)))[:50]
    month = MONTH
    paths = []
    for turn in range(max(1, len(late)) if any("{item}" in one for one in wanted) else 1):
        for place, path in enumerate(wanted):
            item = late[(turn + place) % len(late)] if late else ""
            paths.append(path.format(item=item, month=month))
    return paths


def _got(server: Server, key: str, path: str) -> str:
    asked = urllib.request.Request(
        f"{server.url}{path}", headers={"Authorization": f"Bearer {key}"}
    )
    with urllib.request.urlopen(asked) as answer:
        text: str = answer.read().decode()
    return text
