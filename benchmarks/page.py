"""How fast the page is in a real browser, on a processor slowed down: `python -m benchmarks.page`.

- first message: seconds from opening the page with an empty cache until the first message has been
  painted, without the time in which a person types their name.
- line: milliseconds from the arrival of a line until it has been painted, in a room of 10,000
  messages, at 20 lines a second.
- heap: megabytes of the page's JavaScript heap after a garbage collection.

It needs Debian's chromium and what the tests need.
"""

from __future__ import annotations

import argparse
import json
import socket
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from tests.support.browser import WIDE, chromium, visitor, web_port
from tests.support.processes import PATIENCE, Server

if TYPE_CHECKING:
    from playwright.sync_api import Browser, CDPSession

    from tests.support.browser import Visitor

WEB = "tcp:0:backlog=100:interface=127.0.0.1"
MESSAGES, MEASURED, RATE = 10_000, 200, 20
FIRST_MESSAGE = """name => new Promise(done => {
  const painted = performance.getEntriesByName('first-contentful-paint')[0].startTime;
  const from = performance.now();
  new MutationObserver((_, observer) => {
    if (!document.querySelector('.line')) return;
    observer.disconnect();
    requestAnimationFrame(() => setTimeout(() => done(painted + performance.now() - from)));
  }).observe(document.querySelector('#lines'), {childList: true});
  document.querySelector('#login-name').value = name;
  document.querySelector('#login-button').click();
})"""
WATCH_LINES = """() => {
  window.delays = [];
  let arrived = 0;
  const data = Object.getOwnPropertyDescriptor(MessageEvent.prototype, 'data');
  Object.defineProperty(MessageEvent.prototype, 'data', {get() {
    arrived = performance.now();
    return data.get.call(this);
  }});
  new MutationObserver(() => {
    const from = arrived;
    requestAnimationFrame(() => setTimeout(() => window.delays.push(performance.now() - from)));
  }).observe(document.querySelector('#lines'), {childList: true});
}"""


class Program:
    """A program in the lobby."""

    def __init__(self, server: Server) -> None:
        self._socket = socket.create_connection(("127.0.0.1", server.ports[0]), PATIENCE)
        self._lines = self._socket.makefile("rb")
        self._ask(type="hello", name="Program")

    def say(self, first: int, count: int) -> None:
        """Say lines of these numbers, and wait until the last one is stored."""
        for number in range(first, first + count):
            text = f"line {number:05}, and some words more, as people say them"
            self._ask(type="say", room="lobby", text=text, nonce=str(number))
        for line in self._lines:
            if json.loads(line).get("nonce") == str(first + count - 1):
                return

    def close(self) -> None:
        """Leave."""
        self._lines.close()
        self._socket.close()

    def _ask(self, **request: Any) -> None:
        self._socket.sendall(json.dumps(request).encode() + b"\n")


def new_visitor(browser: Browser, server: Server, slowed: float) -> tuple[Visitor, CDPSession]:
    """Return a visitor with an empty cache, and the protocol of their tab."""
    context = browser.new_context(viewport=WIDE, bypass_csp=True)
    alice = visitor(context, web_port(server))
    protocol = context.new_cdp_session(alice.page)
    protocol.send("Emulation.setCPUThrottlingRate", {"rate": slowed})
    return alice, protocol


def first_message(browser: Browser, server: Server, slowed: float, name: str) -> float:
    """Return the seconds until the first message of the lobby has been painted."""
    alice, _ = new_visitor(browser, server, slowed)
    alice.open()
    alice.page.wait_for_selector("#login-form")
    took = float(alice.page.evaluate(FIRST_MESSAGE, name)) / 1000
    alice.page.context.close()
    return took


def lines(browser: Browser, server: Server, program: Program, slowed: float) -> None:
    """Report the delay of a line, and the heap, after 10,000 lines."""
    alice, protocol = new_visitor(browser, server, 1)
    alice.join("Alice")
    for first in range(0, MESSAGES, 500):
        program.say(first, 500)
    alice.wait_for_line(f"line {MESSAGES - 1:05}")
    alice.page.evaluate(WATCH_LINES)
    protocol.send("Emulation.setCPUThrottlingRate", {"rate": slowed})
    for number in range(MESSAGES, MESSAGES + MEASURED):
        program.say(number, 1)
        alice.page.wait_for_timeout(1000 / RATE)
    alice.wait_for_line(f"line {MESSAGES + MEASURED - 1:05}")
    delays = alice.page.evaluate("() => window.delays")
    print(f"line: median {median(delays):.0f} ms, p95 {quantiles(delays, n=20)[-1]:.0f} ms")
    protocol.send("HeapProfiler.collectGarbage")
    heap = protocol.send("Runtime.getHeapUsage")["usedSize"]
    print(f"heap: {heap / 2**20:.1f} MB with {alice.page.locator('#lines > li').count()} elements")
    alice.page.context.close()


def main() -> None:
    """Measure, and print the figures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.page")
    parser.add_argument("--slowed", type=float, default=4, help="slow the CPU down so many times")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    print(f"CPU slowed {options.slowed:g} times, {options.rounds} rounds")
    with TemporaryDirectory() as place, Server("--web", WEB, cwd=Path(place)) as server:
        program = Program(server)
        program.say(0, 200)
        with chromium() as browser:
            first_message(browser, server, options.slowed, "Warm-up")
            names = [f"Alice{number}" for number in range(options.rounds)]
            took = [first_message(browser, server, options.slowed, name) for name in names]
            print(f"first message: median {median(took):.2f} s, worst {max(took):.2f} s")
            lines(browser, server, program, options.slowed)
        program.close()


if __name__ == "__main__":
    main()
