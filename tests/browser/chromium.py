"""A real Chromium, driven over its debugging pipe: what a person does, and what a page looks like.

No driver is installed: the protocol (https://chromedevtools.github.io/devtools-protocol/) is JSON
with a zero byte after each message, written to file 3 and read from file 4 of the browser.
"""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
AXE = Path(__file__).parent / "vendor" / "axe.min.js"
_PATIENCE_S = 20.0


def found() -> str | None:
    """Where a Chromium is on this machine; CHROMIUM names another one."""
    named = os.environ.get("CHROMIUM")
    return named or next((path for name in NAMES if (path := shutil.which(name))), None)


class Browser:
    """One Chromium with one tab. `asked` are the addresses of all requests it made."""

    def __init__(self, program: str, folder: Path) -> None:
        read_by_it, self._out = os.pipe()
        self._in, written_by_it = os.pipe()
        switches = [
            "--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe",
            f"--user-data-dir={folder}", "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--disable-sync", "--hide-scrollbars",
            "--disable-dev-shm-usage", "--force-color-profile=srgb",
        ]  # fmt: skip
        # The browser finds its two ends at 3 and 4: a shell puts them there.
        line = 'exec "$0" "$@" 3<&%d 4>&%d' % (read_by_it, written_by_it)  # noqa: UP031
        self._process = subprocess.Popen(
            ["/bin/bash", "-c", line, program, *switches, "about:blank"],
            pass_fds=(read_by_it, written_by_it), stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        os.close(read_by_it)
        os.close(written_by_it)
        self._buffer, self._number, self._session = bytearray(), 0, ""
        self._events: list[dict[str, Any]] = []
        self.asked: list[str] = []
        self.complaints: list[str] = []
        targets = self._send("Target.getTargets")["targetInfos"]
        page = next(one["targetId"] for one in targets if one["type"] == "page")
        self._session = self._send("Target.attachToTarget", targetId=page, flatten=True)[
            "sessionId"
        ]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self._send(f"{domain}.enable")

    def close(self) -> None:
        """End the browser."""
        os.close(self._out)
        os.close(self._in)
        self._process.terminate()
        self._process.wait(10)

    def look(self, width: int, *, dark: bool = False, script: bool = True) -> None:
        """Look from now on so wide, in the dark or not, with or without scripts."""
        self._send(
            "Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1,
            mobile=width < 600,
        )  # fmt: skip
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self._send("Emulation.setEmulatedMedia", features=[scheme])
        self._send("Emulation.setScriptExecutionDisabled", value=not script)

    def forget(self) -> None:
        """Forget all cookies."""
        self._send("Network.clearBrowserCookies")

    def remember(self, name: str, value: str, address: str) -> None:
        """Hold a cookie of an address."""
        self._send("Network.setCookie", name=name, value=value, url=address)

    def go(self, address: str) -> None:
        """Load a page and wait until it is there."""
        self._events.clear()
        self._send("Page.navigate", url=address)
        self.wait_for_page()

    def wait_for_page(self) -> None:
        """Wait for the page that is being loaded."""
        end = time.monotonic() + _PATIENCE_S
        while not any(one["method"] == "Page.loadEventFired" for one in self._events):
            self._receive(end)
        self._events.clear()

    def run(self, expression: str) -> Any:
        """The value of an expression in the page; promises are awaited."""
        told = self._send(
            "Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True
        )
        if "exceptionDetails" in told:
            raise AssertionError(told["exceptionDetails"])
        return told["result"].get("value")

    def text(self) -> str:
        """What is to be read on the page."""
        return str(self.run("document.body.innerText"))

    def type(self, text: str) -> None:
        """Type where the focus is."""
        self._send("Input.insertText", text=text)

    def wait_for_focus(self, name: str) -> None:
        """Wait until a field has the focus by itself, which comes a moment after the page."""
        end = time.monotonic() + _PATIENCE_S
        while self.run("document.activeElement.id") != name:
            assert time.monotonic() < end, f"the focus is not on {name}"

    def press(self, key: str, *, leads_on: bool = False) -> None:
        """Press a key (`Tab`, `Enter`); `leads_on`: and wait for the next page."""
        code = {"Tab": 9, "Enter": 13, "Space": 32}[key]
        text = {"Enter": "\r", "Space": " "}.get(key, "")
        named = {"key": " " if key == "Space" else key, "code": key, "windowsVirtualKeyCode": code}
        self._events.clear()
        self._send("Input.dispatchKeyEvent", type="keyDown" if text else "rawKeyDown",
                   **named, **({"text": text} if text else {}))  # fmt: skip
        self._send("Input.dispatchKeyEvent", type="keyUp", **named)
        if leads_on:
            self.wait_for_page()

    def picture(self, path: Path) -> None:
        """The whole page as a picture."""
        size = self._send("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}
        data = self._send("Page.captureScreenshot", clip=clip, captureBeyondViewport=True)["data"]
        path.write_bytes(base64.b64decode(data))

    def printed(self) -> bytes:
        """The page on paper."""
        return base64.b64decode(self._send("Page.printToPDF", preferCSSPageSize=True)["data"])

    def faults(self) -> list[str]:
        """What axe finds against WCAG 2.2, levels A and AA: rule and element."""
        self.run(AXE.read_text(encoding="utf-8") + ";0")
        tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
        found = self.run(f"axe.run({{runOnly: {json.dumps(tags)}, resultTypes: ['violations']}})")
        return [
            f"{rule['id']}: {node['target'][0]} {node['failureSummary']}"
            for rule in found["violations"]
            for node in rule["nodes"]
        ]

    def _send(self, method: str, **values: Any) -> dict[str, Any]:
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": values}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        end = time.monotonic() + _PATIENCE_S
        while True:
            answer = self._receive(end)
            if answer.get("id") == self._number:
                if "error" in answer:
                    raise AssertionError(f"{method}: {answer['error']}")
                return dict(answer["result"])

    def _receive(self, end: float) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._in], [], [], max(0, end - time.monotonic()))
            if not ready:
                raise AssertionError("Chromium did not answer in time")
            got = os.read(self._in, 1 << 16)
            if not got:
                raise AssertionError("Chromium ended")
            self._buffer += got
        raw, _, rest = self._buffer.partition(b"\0")
        self._buffer = bytearray(rest)
        message: dict[str, Any] = json.loads(raw)
        self._note(message)
        return message

    def _note(self, message: dict[str, Any]) -> None:
        method, told = message.get("method"), message.get("params", {})
        if method is not None:
            self._events.append(message)
        if method == "Network.requestWillBeSent":
            self.asked.append(told["request"]["url"])
        elif method == "Log.entryAdded" and told["entry"]["level"] in ("error", "warning"):
            self.complaints.append(told["entry"]["text"])
        elif method == "Runtime.exceptionThrown":
            self.complaints.append(str(told["exceptionDetails"]))


@contextmanager
def browser(program: str, folder: Path) -> Iterator[Browser]:
    """A browser for as long as it is wanted."""
    one = Browser(program, folder)
    try:
        yield one
    finally:
        one.close()
