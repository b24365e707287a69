"""Chromium without a window, driven by its DevTools protocol over a pipe: JSON with a NUL after each message."""

import json
import os
import select
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
)
PATIENCE = 60  # seconds for one answer


class Page:
    """A tab. `events` has all that was told without being asked."""

    def __init__(self, to: int, back: int):
        self._to, self._back, self._buffer, self._id = to, back, b"", 0
        self.events: list[dict[str, Any]] = []
        self._session: str | None = None
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """What a method of the protocol gives."""
        self._id += 1
        message = {"id": self._id, "method": method, "params": params}
        message |= {"sessionId": self._session} if self._session else {}
        os.write(self._to, json.dumps(message).encode() + b"\0")
        while True:
            told = self._next()
            if told.get("id") == self._id:
                assert "error" not in told, (method, told)
                return told["result"]
            self.events.append(told)

    def open(self, url: str) -> None:
        """Go there, and wait until it is loaded."""
        self.call("Page.navigate", url=url)
        while self.run("document.readyState") != "complete" or self.run("location.href") != url:
            time.sleep(0.05)

    def run(self, script: str) -> Any:
        """The value of an expression on the page."""
        found = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    def told(self, method: str) -> list[dict[str, Any]]:
        """The events of one name so far."""
        return [event["params"] for event in self.events if event.get("method") == method]

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            assert select.select([self._back], [], [], PATIENCE)[0], "chromium doesn't answer"
            more = os.read(self._back, 2**20)
            assert more, "chromium has ended"
            self._buffer += more
        message, self._buffer = self._buffer.split(b"\0", 1)
        return json.loads(message)


@contextmanager
def chromium(folder: str) -> Iterator[Page]:
    """A browser with a profile of its own in a folder."""
    assert CHROMIUM
    (theirs_in, to), (back, theirs_out) = os.pipe(), os.pipe()

    def pipes() -> None:  # it reads from 3 and writes to 4
        a, b = os.dup(theirs_in), os.dup(theirs_out)
        os.dup2(a, 3)
        os.dup2(b, 4)

    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--disable-background-networking"]
    flags += ["--remote-debugging-pipe", f"--user-data-dir={folder}", "--no-first-run"]
    browser = subprocess.Popen(
        [CHROMIUM, *flags], preexec_fn=pipes, close_fds=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    os.close(theirs_in)
    os.close(theirs_out)
    try:
        yield Page(to, back)
    finally:
        browser.kill()
        browser.wait()
        os.close(to)
        os.close(back)
