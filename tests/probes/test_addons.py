from __future__ import annotations

import json
import re
import threading
from dataclasses import dataclass, field

from imagematrix.container import Exec
from imagematrix.errors import UnansweredError
from imagematrix.model import Table, not_applicable
from imagematrix.probes.addons import load_addons
from tests.probes.servers import Pretended, pretended

PATHS = ("/node_modules/a/a.node", "/node_modules/b/b.node")


def answering(output: str, exit_code: int = 0) -> Pretended:
    return pretended(commands={"node": Exec(exit_code=exit_code, output=output)})


def test_each_addon_has_its_row() -> None:
    error = "Error relocating /node_modules/b/b.node: __snprintf_chk: symbol not found"
    (told,) = load_addons(answering(json.dumps([[PATHS[0], True, ""], [PATHS[1], False, error]])), PATHS)
    rows = ((PATHS[0], True, ""), (PATHS[1], False, error))
    assert (told.name, told.value) == (
        "addons_loaded",
        Table(columns=("path", "loads", "error"), rows=rows),
    )
    assert (told.how, "were tried" in told.reason) == ("exact", False)


def test_those_that_time_did_not_allow_are_counted() -> None:
    (told,) = load_addons(answering(json.dumps([[PATHS[0], True, ""]])), PATHS)
    assert told.reason.endswith("1 of 2 were tried")


def test_without_addons_or_node_there_is_nothing_to_load() -> None:
    reason = "no native addon lies under node_modules"
    assert load_addons(answering("[]"), ()) == (not_applicable("addons_loaded", reason),)
    assert load_addons(pretended(), PATHS) == (not_applicable("addons_loaded", "no node in the image"),)


def test_a_node_that_fails_is_unavailable_with_its_word() -> None:
    for output in ("Illegal instruction", "[[1]]", "null", '{"a": 1}'):
        (told,) = load_addons(answering(output, exit_code=132), PATHS)
        assert told.how == "unavailable"
        assert f"exit code 132: {output}" in told.reason


@dataclass(frozen=True, kw_only=True, slots=True)
class _Recording(Pretended):
    scripts: list[str] = field(default_factory=list)

    def exec(self, *command: str, seconds: float = 0) -> Exec:
        assert seconds >= 70
        self.scripts.append(command[-1])
        return Pretended.exec(self, *command)


def test_no_more_is_tried_than_a_command_line_and_patience_hold() -> None:
    recording = _Recording(
        client=pretended().client,
        id="it",
        host="127.0.0.1",
        port=0,
        inner_port=3000,
        started=0.0,
        entrypoint=(),
        stop=threading.Event(),
        commands={"node": Exec(exit_code=0, output="[]")},
    )
    names = ["/node_modules/" + "x" * 2000 + "/it.node", "/node_modules/'\"\n/it.node"]
    names += [f"/node_modules/{number}/it.node" for number in range(60)]
    load_addons(recording, names)
    (script,) = recording.scripts
    match = re.search(r"for \(const path of (\[.*\])\)", script)
    assert match is not None
    assert json.loads(match.group(1)) == names[1:51]


def test_a_node_that_does_not_answer_is_unavailable_with_why() -> None:
    late = UnansweredError("measure", "`node` inside says more than 1048576 bytes")
    (told,) = load_addons(pretended(commands={"node": late}), PATHS)
    assert (told.how, told.reason) == ("unavailable", late.reason)
