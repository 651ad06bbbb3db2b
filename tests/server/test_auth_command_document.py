"""The example of docs/auth-command.md, run with an LDAP client of the test's own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import msgspec
import pytest

from netchat.accounts.command import Question, Verdict
from tests.support.checkout import CHECKOUT

if TYPE_CHECKING:
    from pathlib import Path

LDAPWHOAMI = f"""#!{sys.executable} -IS
import sys
options = dict(zip(sys.argv[2::2], sys.argv[3::2]))
assert "correct" not in str(sys.argv)
with open(options["-y"]) as file:
    password = file.read()
people = {{"uid=carol,ou=people,dc=example,dc=com": "correct horse"}}
sys.exit(0 if people.get(options["-D"]) == password else 49)
"""


@pytest.mark.parametrize(
    ("name", "password", "verdict"),
    [
        ("Carol", "correct horse", Verdict(ok=True, account="carol", roles={"": "operator"})),
        ("carol", "wrong", Verdict(ok=False, account="carol", roles={"": "operator"})),
        ("dave", "correct horse", Verdict(ok=False, account="dave", roles={"": None})),
        ("carol", "", Verdict(ok=False, account="carol", roles={"": "operator"})),
        ("carol,dc=x", "", Verdict(ok=False, account="carol,dc=x", roles={"": None})),
    ],
)
def test_the_example_for_ldap_judges_by_binding(
    tmp_path: Path, name: str, password: str, verdict: Verdict
) -> None:
    document = (CHECKOUT / "docs" / "auth-command.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", document, re.DOTALL)
    client = tmp_path / "ldapwhoami"
    client.write_text(LDAPWHOAMI, encoding="utf-8")
    client.chmod(0o700)
    ran = subprocess.run(
        [sys.executable, "-c", code],
        input=msgspec.json.encode(Question(name, password, "192.0.2.1")) + b"\n",
        env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"},
        capture_output=True,
        check=True,
    )
    assert msgspec.json.decode(ran.stdout, type=Verdict) == verdict
