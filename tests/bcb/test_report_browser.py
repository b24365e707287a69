"""The page of `bcb report` in a browser: it loads without a complaint, plays, and asks nobody for anything."""

import pytest

from tests.bcb.devtools import CHROMIUM, chromium
from tests.bcb.test_report import EVIL, run, stressed  # noqa: F401

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium here")

PIXELS = "[...document.querySelectorAll('canvas')].map(c => c.toDataURL()).join()"
LABEL = "document.getElementById('label').textContent"


@pytest.fixture
def page(bcb, folder, run):  # noqa: F811
    """A page with a model whose name would do harm, in a browser as narrow as a phone."""
    stressed(folder / "s", models=(EVIL, "slotssm"))
    done = bcb("report", "s", run, "-o", "r.html", "--title", EVIL, "--episodes", 2, "--test-episodes", 2)
    assert done.code == 0, done.err
    with chromium(str(folder / "profile")) as opened:
        opened.call("Emulation.setDeviceMetricsOverride", width=360, height=740, deviceScaleFactor=1, mobile=True)
        opened.open((folder / "r.html").as_uri())
        yield opened


def key(page, name: str) -> None:
    page.call("Input.dispatchKeyEvent", type="keyDown", key=name, windowsVirtualKeyCode=0)
    page.call("Input.dispatchKeyEvent", type="keyUp", key=name, windowsVirtualKeyCode=0)


def test_the_page_plays_on_a_phone_and_asks_nobody_for_anything(page):
    assert page.run("document.title") == EVIL
    assert page.run("document.documentElement.scrollWidth") <= 360
    for media in ("screen", "print"):
        page.call("Emulation.setEmulatedMedia", media=media)
        assert page.run("document.querySelectorAll('svg').length") > 3
    page.call("Emulation.setEmulatedMedia", media="screen")

    assert page.run(LABEL) == "frame 4 of 4, then the target"
    last = page.run(PIXELS)
    assert page.run("new Set([...document.querySelectorAll('canvas')].map(c => c.toDataURL())).size") > 1
    page.run("document.getElementById('back').click()")
    assert page.run(LABEL) == "frame 3 of 4"
    assert page.run(PIXELS) != last
    page.run("document.getElementById('forth').click()")
    assert page.run(PIXELS) == last

    page.run("document.getElementById('stage').focus()")
    for name, frame in (("Home", 1), ("ArrowRight", 2), ("ArrowRight", 3), ("ArrowLeft", 2)):
        key(page, name)
        assert page.run(LABEL) == f"frame {frame} of 4"
    page.run("const at = document.getElementById('at'); at.value = 1; at.dispatchEvent(new Event('input'))")
    assert page.run(LABEL) == "frame 1 of 4"
    first = page.run(PIXELS)
    page.run("document.querySelectorAll('#episodes button')[1].click()")
    assert page.run(PIXELS) != first
    ended = f"new Promise(done => setInterval(() => {LABEL}.startsWith('frame 4') && done(true), 20))"
    page.run("document.getElementById('play').click()")
    assert page.run("document.getElementById('play').textContent") == "Pause"
    assert page.run(ended)
    assert page.run("document.getElementById('play').textContent") == "Play"

    assert not page.told("Runtime.exceptionThrown")
    assert not page.told("Runtime.consoleAPICalled")
    assert not page.told("Log.entryAdded")
    asked = [event["request"]["url"] for event in page.told("Network.requestWillBeSent")]
    assert asked == [page.run("location.href")]
    assert not page.run("document.querySelectorAll('img').length")
