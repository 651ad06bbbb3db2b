"""Runs Autobahn's test suite, cases 1 to 7 and 10, against the web door: `make conformance`.

The argument is the program `wstest`, of autobahntestsuite 0.8.2, which needs Python 2.7.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections import Counter
from pathlib import Path

from twisted.internet import endpoints, reactor
from twisted.internet.utils import getProcessOutputAndValue

from netchat.doors.transport.listening import tune_port
from tests.conformance.echo import EchoFactory

CASES = ["1.*", "2.*", "3.*", "4.*", "5.*", "6.*", "7.*", "10.*"]
PASSED = ("OK", "INFORMATIONAL", "NON-STRICT")
"""What the suite calls a case that conforms; NON-STRICT: an error was found a little late."""


async def run(wstest: str, folder: Path) -> int:
    """Run the suite with `wstest` in `folder`; return how many cases failed."""
    port = await endpoints.serverFromString(reactor, "tcp:0:interface=127.0.0.1").listen(
        EchoFactory(reactor)
    )
    tune_port(port)
    url = f"ws://127.0.0.1:{port.getHost().port}/ws"
    spec = folder / "spec.json"
    servers = [{"agent": "netchat", "url": url}]
    spec.write_text(
        json.dumps(
            {"outdir": str(folder), "servers": servers, "cases": CASES, "exclude-cases": []}
        ),
        encoding="utf-8",
    )
    out, err, code = await getProcessOutputAndValue(
        wstest, ["-m", "fuzzingclient", "-s", str(spec)], path=str(folder)
    )
    await port.stopListening()
    report = folder / "index.json"
    if code or not report.exists():
        print((out + err).decode(errors="replace")[-2000:])
        return 1
    cases = json.loads(report.read_text(encoding="utf-8"))["netchat"]
    failed = 0
    kinds: Counter[str] = Counter()
    for number, case in sorted(cases.items()):
        kinds[case["behavior"]] += 1
        if case["behavior"] not in PASSED or case["behaviorClose"] not in PASSED:
            failed += 1
            print(f"{number}: {case['behavior']}, close {case['behaviorClose']}")
    print(", ".join(f"{count} {kind}" for kind, count in kinds.most_common()))
    print(f"{len(cases) - failed} passed, {failed} failed")
    return failed


def main(wstest: str) -> None:
    """Run the suite and exit with 1 if a case failed."""
    from twisted.internet.defer import Deferred

    results: list[int] = []
    with tempfile.TemporaryDirectory() as folder:
        done = Deferred.fromCoroutine(run(wstest, Path(folder)))
        done.addCallback(results.append)
        done.addErrback(lambda failure: failure.printTraceback())
        done.addBoth(lambda _: reactor.callLater(0, reactor.stop))
        reactor.run()
    sys.exit(results != [0])


if __name__ == "__main__":
    main(str(Path(sys.argv[1]).absolute()))
