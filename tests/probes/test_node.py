from __future__ import annotations

from imagematrix.container import Exec
from imagematrix.probes.node import node
from tests.probes.servers import pretended


def test_node_says_its_version_and_its_glibc() -> None:
    commands = {"node": Exec(exit_code=0, output='{"version":"v24.1.0","glibc":"2.36"}\n')}
    told = {m.name: m for m in node(pretended(commands=commands))}
    assert (told["node_version"].value, told["node_glibc_version"].value) == ("24.1.0", "2.36")


def test_node_on_musl_has_no_glibc() -> None:
    found = Exec(exit_code=0, output='{"version":"v24.1.0","glibc":""}\n')
    commands = {"/nodejs/bin/node": found}
    told = {m.name: m for m in node(pretended(commands=commands))}
    assert told["node_version"].value == "24.1.0"
    assert (told["node_glibc_version"].how, told["node_glibc_version"].reason) == (
        "not_applicable",
        "node inside does not run on glibc",
    )


def test_a_node_that_crashes_is_unavailable_with_its_word() -> None:
    told = node(pretended(commands={"node": Exec(exit_code=134, output="Illegal instruction")}))
    assert {m.how.value for m in told} == {"unavailable"}
    assert "exit code 134: Illegal instruction" in told[0].reason
