"""Pages as a browser without scripts has them: cookies kept, forms filled in, links followed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

import httpx
from api_door import Api, api_over
from small_workspaces import (
    ACCEPTED,
    acceptance_file,
    interchange,
    small_workspace,
    take_in_files,
)

from datecertain.access import Role
from datecertain.operations.accounts import create_account
from datecertain.operations.passwords import set_password
from datecertain.operations.visits import begin_as
from datecertain.store.access_book import AccessBook

ITEM = ACCEPTED["item_id"]
_VOID = {"meta", "link", "input", "img", "br", "hr", "path", "circle", "rect", "option"}


def seen_item(workspace: Path, mailbox: Path, item: str) -> None:
    """Take in the acceptance of an item and its scans: delivered a day before its date."""
    scans = interchange(
        ("EMA", "202610211000", "KRSEL"), ("EMC", "202610220200", "KRSELB"),
        ("EMD", "202610220900", "USJFKA"), ("EMI", "202610251500", "US100"), item=item,
        prepared="202610260100",
    )  # fmt: skip
    bag = {"KR/acceptance.csv": acceptance_file(ACCEPTED), "KR/scans.edi": scans}
    take_in_files(workspace, mailbox, bag)


@dataclass
class Form:
    """A form as it stands in a page."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)


class Page(HTMLParser):
    """What stands in a page, told apart."""

    def __init__(self, answer: httpx.Response) -> None:
        super().__init__()
        self.answer, self.text = answer, answer.text
        self.links: list[str] = []
        self.files: list[str] = []
        self.loads: list[str] = []
        self.forms: list[Form] = []
        self.ids: list[str] = []
        self.labelled: set[str] = set()
        self.inputs: list[str] = []
        self.points: list[str] = []
        self.counts: dict[str, int] = {}
        self.inline: list[str] = []
        self.open: list[str] = []
        self.language = ""
        self.feed(answer.text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if "svg" not in self.open:  # a picture has a title of its own
            self.counts[tag] = self.counts.get(tag, 0) + 1
        if "id" in told:
            self.ids.append(told["id"])
        self.inline += [name for name in told if name == "style" or name.startswith("on")]
        for name in ("aria-labelledby", "aria-describedby"):
            self.points += told.get(name, "").split()
        if tag not in _VOID:
            self.open.append(tag)
        self._of_kind(tag, told)

    def _of_kind(self, tag: str, told: dict[str, str]) -> None:
        if tag == "html":
            self.language = told["lang"]
        elif tag == "a":
            (self.files if "download" in told else self.links).append(told["href"])
        elif tag in ("link", "script", "img"):
            self.loads.append(told.get("href") or told.get("src") or "inline")
        elif tag == "label":
            self.labelled.add(told["for"])
        elif tag == "form":
            self.forms.append(Form(told["action"], told["method"]))
        elif tag in ("input", "select", "textarea"):
            if told.get("type") != "hidden":
                self.inputs.append(told["id"])
            if self.forms:
                self.forms[-1].fields[told["name"]] = told.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag not in _VOID:
            assert self.open.pop() == tag, f"</{tag}> closes something else"

    def form(self, action: str) -> Form:
        """The form that leads there."""
        return next(one for one in self.forms if one.action == action)


class Reader:
    """Somebody who looks at pages, with own cookies."""

    def __init__(self, base: str) -> None:
        self.client = httpx.Client(base_url=base, timeout=30, follow_redirects=True)

    def look(self, path: str) -> Page:
        """A page."""
        return Page(self.client.get(path))

    def ended(self, path: str) -> Page:
        """A run's page once it is over."""
        until = time.monotonic() + 60
        while time.monotonic() < until:
            page = self.look(path)
            if "hx-trigger" not in page.text.split("<main")[1]:
                return page
            time.sleep(0.1)
        raise AssertionError("the run does not end")

    def send(self, page: Page, action: str, **filled: str) -> Page:
        """Fill in a form of a page and send it."""
        form = page.form(action)
        data = form.fields | filled
        if form.method == "get":
            return Page(self.client.get(action, params=data))
        return Page(self.client.post(action, data=data))


@dataclass
class Pages:
    """The site, and readers of it."""

    api: Api
    known: dict[tuple[Role, str], Reader] = field(default_factory=dict)
    readers: list[Reader] = field(default_factory=list)
    clerk_is_there: bool = False

    def anyone(self) -> Reader:
        """Somebody who did not come in."""
        self.readers.append(Reader(str(self.api.client.base_url)))
        return self.readers[-1]

    def close(self) -> None:
        """Close all connections."""
        for reader in self.readers:
            reader.client.close()

    def clerk(self) -> tuple[str, str]:
        """Login and password of a clerk at a counter of Korea, made when first asked for."""
        login, password, now = "clerk", "a window at Gwanghwamun", int(time.time())
        if not self.clerk_is_there:
            create_account(self.api.workspace, login, "Kim", "KR", [Role.COUNTER], now)
            set_password(self.api.workspace, login, password, now)
            self.clerk_is_there = True
        return login, password

    def as_(self, role: Role, post: str = "") -> Reader:
        """Somebody who came in with this role."""
        if (role, post) not in self.known:
            reader, now = self.anyone(), int(time.time())
            login = f"{role}-{post or 'group'}-person".lower()
            account = create_account(self.api.workspace, login, login, post, [role], now)
            with AccessBook(self.api.workspace) as book:
                reader.client.cookies.set("dc", begin_as(book, account, "password", now))
            self.known[role, post] = reader
        return self.known[role, post]


def site_over(folder: Path) -> Iterator[Pages]:
    """The site over the small world with one item in it, which the public may ask without end."""
    workspace = small_workspace(folder / "w")
    seen_item(workspace, folder / "mail", ITEM)
    for api in api_over(workspace):
        api.app.state.site.public.per_minute = 1_000_000
        site = Pages(api)
        yield site
        site.close()
