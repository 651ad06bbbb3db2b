"""Fifty attackers guess proofs of owned names; owners still come in, and nobody else is delayed."""

from __future__ import annotations

import re
import signal
from pathlib import Path
from random import Random
from typing import Any

from netchat.accounts.scram import ITERATIONS
from netchat.admission.account_throttle import FREE, MAX_DELAY
from tests.support.processes import ANY_PORT
from tests.support.proofs import Key
from tests.torture.attacks import owned_guessers, owned_users
from tests.torture.attacks.address import PROXY
from tests.torture.attacks.attacked_server import WARM_UP, AttackedServer, Size
from tests.torture.attacks.owned_users import DEVICE, KEYED, KNOWN, PASSWORD, STRANGE
from tests.torture.attacks.raw_connection import RawConnection
from tests.torture.figures import Figure, at_least, at_most, exactly, reported


def run(  # noqa: PLR0913 - each has a name
    directory: Path, rng: Random, *, attackers: int, seconds: float, entry: float, late: float,
    scram: bool, size: Size,
) -> list[Figure]:  # fmt: skip
    """Let `attackers`, each with an address, guess for so many seconds.

    An owner with a key, and one with a known device and the password, must come in within `entry`
    seconds each time; one from another address at most `late` seconds after the pace of the name.
    """
    options = directory / "options"
    options.touch()
    listen = ("--listen", ANY_PORT, "--listen", PROXY)
    flags = ("--plain-passwords", *(("--scram",) if scram else ()))
    with AttackedServer(directory, rng, "--options-file", str(options), *listen, *flags) as target:
        own_names(target.port)
        target.connect_users(min(WARM_UP, size.baseline / 2))
        for user in target.others.users:
            user.send(type="own", key=Key(user.name).public)
        target.run_for(size.baseline)
        target.begin_attack()
        # Only owners come in and speak from now on, so invitations are asked for.
        options.write_text('names = "members"\n', encoding="utf-8")
        target.server.process.send_signal(signal.SIGHUP)
        target.run_until(lambda: "have been read again" in target.server.log, "the reload", 10)
        (port,) = map(int, re.findall(r"Listening on haproxy:.*:(\d+)", target.server.log))
        guess: dict[str, Any] = {
            "port": port, "attackers": attackers, "seconds": seconds, "seed": rng.getrandbits(32),
        }  # fmt: skip
        with (
            target.start_attack(owned_guessers.attack, **guess) as guessers,
            target.start_attack(owned_users.come, port=port, seconds=seconds) as owners,
        ):
            came = target.wait_for_end(owners, seconds + MAX_DELAY + 30)
            guessed = target.wait_for_end(guessers, seconds + 30)
        growth = target.growth
        figures = target.finish(size)
        target.server.stop()
        log = target.server.log
    most = FREE + 5 + max(guessed["took"], seconds) / MAX_DELAY
    secrets = (PASSWORD, owned_guessers.GUESS, owned_guessers.INVITATION)
    return [
        reported("attackers, connections made", f"{attackers}, {guessed['connections']}"),
        reported("password stored as", f"SCRAM of {ITERATIONS}" if scram else "argon2id"),
        reported("wrong answers", ", ".join(f"{k} {n}" for k, n in guessed["refused"].items())),
        at_least("refusals that the attackers have read", attackers,
                sum(guessed["refused"].values())),
        *(at_most(f"passwords tried for {name}", most, guessed["passwords"][name], "passwords")
          for name in (KEYED, KNOWN)),
        exactly("attackers who came in", 0, guessed["welcomed"]),
        exactly("words of a refusal", 1, len(guessed["sentences"])),
        reported("logins with a key, with a known device",
                 f"{len(came[KEYED])}, {len(came[KNOWN])}"),
        at_most("with a key: the slowest was in after", 1000 * entry, 1000 * max(came[KEYED]),
                "ms"),
        at_most("with a known device: the slowest was in after", 1000 * entry,
                1000 * max(came[KNOWN]), "ms"),
        at_most("with a password, from another address: in after", MAX_DELAY + late,
                max(came[STRANGE]), "s"),
        exactly("secrets in the log", 0, sum(map(log.count, secrets))),
        exactly("tracebacks in the log", 0, log.count("Traceback")),
        reported("additional memory of the server", f"{growth:.1f} MiB"),
        *figures,
    ]  # fmt: skip


def own_names(port: int) -> None:
    """Have the names owned: one by a key, one by a device and a password, one by a password."""
    proofs: dict[str, dict[str, str]] = {
        KEYED: {"key": Key().public},
        KNOWN: {"password": PASSWORD},
        STRANGE: {"password": PASSWORD},
    }
    for name, proof in proofs.items():
        connection = RawConnection(port)
        connection.hello(name, **({"client": DEVICE} if name == KNOWN else {}))
        connection.ask(type="own", **proof)
        assert connection.event("owned", "error")["type"] == "owned"
        connection.close()
