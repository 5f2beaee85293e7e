from __future__ import annotations

from imagematrix.container import Exec
from imagematrix.probes.shells import shells
from tests.probes.servers import pretended

OK = Exec(exit_code=0, output="")


def test_shells_are_those_that_ran() -> None:
    told = {m.name: m for m in shells(pretended(commands={"sh": OK, "bash": Exec(exit_code=1, output="")}))}
    assert told["shells"].value == ("sh",)
    assert (told["exec_sh"].value, told["exec_sh"].reason) == (0, "exec: sh is on the PATH and runs")
    assert (told["exec_bash"].value, told["exec_bash"].reason) == (
        1,
        "exec: bash is there and failed with exit code 1",
    )
    assert (told["exec_node"].value, told["exec_node"].reason) == (127, "exec: no node on the PATH")


def test_no_shell_is_an_answer_and_not_a_failure() -> None:
    told = {m.name: m for m in shells(pretended())}
    assert told["shells"].measured
    assert told["shells"].value == ()
