"""A browser without a window, told what to do as its developers' tools tell it: over two pipes."""

import base64
import fcntl
import json
import os
import shutil
import signal

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


#: What a keyboard calls its keys.
KEYS = {
    "ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39, "ArrowDown": 40, "Home": 36, "End": 35,
    "Tab": 9, "Enter": 13, " ": 32, "[": 219, "]": 221,
}  # fmt: skip


def program():
    """Where a browser is that can be driven, or None."""
    return next((found for found in map(shutil.which, NAMES) if found), None)


class Browser:
    """One tab of Chromium, in which nothing is kept and no network is asked."""

    def __init__(self, folder):
        to_browser, self._to = os.pipe()
        self._from, from_browser = os.pipe()
        words = [
            program(), "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run",
            "--disable-background-networking", "--disable-dev-shm-usage", "--mute-audio",
            "--host-resolver-rules=MAP * ~NOTFOUND", f"--user-data-dir={folder}",
            "--remote-debugging-pipe", "about:blank",
        ]  # fmt: skip
        # Chromium reads the pipe that is number 3 and writes into number 4.
        ours = [fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in (to_browser, from_browser)]
        nowhere = [(os.POSIX_SPAWN_OPEN, k, os.devnull, os.O_RDWR, 0) for k in range(3)]
        ends = [(os.POSIX_SPAWN_DUP2, end, k) for k, end in enumerate(ours, 3)]
        self._pid = os.posix_spawn(words[0], words, os.environ, file_actions=[*nowhere, *ends])
        for end in (to_browser, from_browser, *ours):
            os.close(end)
        self._number, self._rest, self._session, self.troubles = 0, b"", None, []
        pages = self.call("Target.getTargets")["targetInfos"]
        (target,) = [one["targetId"] for one in pages if one["type"] == "page"]
        attached = self.call("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self.call(f"{domain}.enable")

    def call(self, method, **parameters):
        """Ask for something, and return the answer."""
        self._number += 1
        asked = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            asked["sessionId"] = self._session
        os.write(self._to, json.dumps(asked).encode() + b"\0")
        while True:
            told = self._message()
            if told.get("id") == self._number:
                assert "error" not in told, (method, told["error"])
                return told["result"]

    def _message(self):
        while b"\0" not in self._rest:
            more = os.read(self._from, 1 << 20)
            assert more, "the browser has ended"
            self._rest += more
        first, self._rest = self._rest.split(b"\0", 1)
        told = json.loads(first)
        if told.get("method") in ("Runtime.exceptionThrown", "Log.entryAdded"):
            self.troubles.append(told["params"])
        return told

    def size(self, width, height, dark=False):
        """Give the tab a size, as a desk or a phone has, and a taste."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=height, deviceScaleFactor=1, mobile=width < 600,
        )  # fmt: skip
        taste = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[taste])

    def open(self, path):
        """Open a file and wait until it is there."""
        self.troubles.clear()
        self.call("Page.navigate", url=path.as_uri())
        self.evaluate("new Promise((done) => document.readyState === 'complete' ? done()"
                      " : addEventListener('load', done))")  # fmt: skip

    def evaluate(self, script):
        """Return what an expression of JavaScript is; of a promise, what it comes to."""
        told = self.call(
            "Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True
        )
        assert "exceptionDetails" not in told, told["exceptionDetails"]
        return told["result"].get("value")

    def press(self, key, shift=False):
        """Press a key and let it go."""
        held = {"key": key, "code": "Space" if key == " " else key, "modifiers": 8 * shift}
        held["windowsVirtualKeyCode"] = KEYS[key]
        typed = {"text": key} if len(key) == 1 else {"text": "\r"} if key == "Enter" else {}
        for kind in ("keyDown", "keyUp"):
            told = {**held, **(typed if kind == "keyDown" else {})}
            self.call("Input.dispatchKeyEvent", type=kind, **told)
        self.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")

    def click(self, x, y):
        """Press and release the mouse."""
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)
        self.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")

    def picture(self, path, whole=True):
        """Write what is seen as PNG."""
        told = self.call("Page.captureScreenshot", captureBeyondViewport=whole)
        path.write_bytes(base64.b64decode(told["data"]))

    def close(self):
        """End the browser that was started."""
        os.kill(self._pid, signal.SIGTERM)
        os.waitpid(self._pid, 0)
        os.close(self._to)
        os.close(self._from)
