"""The CI files: what their own readers say of them, and whether the commands in them exist."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from invoke.parser.parser import Parser
from invoke.program import Program

from imagematrix.report.formats import FORMATS
from imagematrix.tasks import ns

CI: Final = Path(__file__).resolve().parents[1] / "examples" / "ci"
WORKFLOW: Final = CI / "github-actions.yml"
SCRIPT: Final = CI / "generic.sh"
BIN: Final = Path(sys.executable).parent


def workflow() -> Any:
    return yaml.safe_load(WORKFLOW.read_text(encoding="utf-8"))


def steps() -> list[Any]:
    return list(workflow()["jobs"]["matrix"]["steps"])


def commands(text: str) -> list[list[str]]:
    """The words of every `invoke …` line, up to a redirection or the like."""
    found = re.findall(r"^\s*(invoke [^>|;&\n]+)", text, re.MULTILINE)
    return [shlex.split(line.replace('"$out/"', "out/")) for line in found]


def of_both() -> list[list[str]]:
    runs = "\n".join(step["run"] for step in steps() if "run" in step)
    return commands(runs) + commands(SCRIPT.read_text(encoding="utf-8"))


def checked(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)


def workflow_checked(path: Path) -> int:
    return checked(
        str(BIN / "check-jsonschema"), "--builtin-schema", "vendor.github-workflows", str(path)
    ).returncode


def test_the_workflow_is_one(tmp_path: Path) -> None:
    assert workflow_checked(WORKFLOW) == 0
    broken = tmp_path / "broken.yml"
    broken.write_text(WORKFLOW.read_text(encoding="utf-8").replace("runs-on:", "runs_on:"))
    assert workflow_checked(broken) == 1


def test_the_script_is_posix_shell() -> None:
    assert checked("sh", "-n", str(SCRIPT)).returncode == 0
    told = checked(str(BIN / "shellcheck"), "--shell=sh", str(SCRIPT))
    assert (told.returncode, told.stdout) == (0, "")


def test_the_shell_of_the_workflow_is_sound(tmp_path: Path) -> None:
    for number, step in enumerate(step for step in steps() if "run" in step):
        # An expression inside a script is how a branch's name becomes a command; the environment is safe.
        assert "${{" not in step["run"]
        script = tmp_path / f"{number}.sh"
        script.write_text(step["run"], encoding="utf-8")
        told = checked(str(BIN / "shellcheck"), "--shell=bash", str(script))
        assert (told.returncode, told.stdout) == (0, "")


@pytest.mark.parametrize("words", of_both(), ids=" ".join)
def test_commands_and_their_flags_exist(words: list[str]) -> None:
    program = Program(namespace=ns)
    contexts = Parser(initial=program.initial_context, contexts=ns.to_contexts()).parse_argv(words[1:])
    assert [context.name for context in contexts[1:]] == words[1:2]


def test_both_do_the_same() -> None:
    done = [words for words in of_both() if words[1] in ("matrix", "report", "compare", "runs")]
    half = len(done) // 2
    assert half >= 4
    assert [words[1:4] for words in done[:half]] == [words[1:4] for words in done[half:]]


def test_reports_are_read_from_where_they_are_written() -> None:
    (report,) = {tuple(words) for words in of_both() if words[1] == "report" and "image-report/" in words}
    written = {f"image-report/report{FORMATS[name].suffix}" for name in report[3].split(",")}
    text = WORKFLOW.read_text(encoding="utf-8") + SCRIPT.read_text(encoding="utf-8")
    assert set(re.findall(r"image-report/report\.[\w.]*\w", text)) <= written


def test_what_is_restored_is_what_is_saved() -> None:
    cached = [step for step in steps() if str(step.get("uses", "")).startswith("actions/cache/")]
    restore, save = (step["with"] for step in cached)
    assert restore["path"] == save["path"] == "results"
    assert restore["key"] == save["key"]
    assert save["key"].startswith(restore["restore-keys"])


def in_a_shell(
    folder: Path, script: str, *, codes: dict[str, int], env: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    """Run a script where `invoke` and what it needs only say that they were called, and end with these codes."""
    tools = folder / "tools"
    tools.mkdir()
    invoke = ["#!/bin/sh", 'echo "did $1"', 'case "$1" in']
    invoke += [f"{name}) exit {code} ;;" for name, code in codes.items()]
    (tools / "invoke").write_text("\n".join([*invoke, "esac", ""]))
    # A virtual environment without anything in it: what is there would come from the network.
    (tools / "python3").write_text('#!/bin/sh\nmkdir -p "$3/bin"; ln -s /bin/true "$3/bin/pip"\n')
    for tool in tools.iterdir():
        tool.chmod(0o755)
    for run in ("a", "b"):
        (folder / "results" / run).mkdir(parents=True)
        (folder / "results" / run / "run.json").write_text("{}")
    shell = "sh" if script.startswith("#!/bin/sh") else "bash"
    return subprocess.run(
        [shell, "-e", "-c", script],
        cwd=folder,
        env={"PATH": f"{tools}:/usr/bin:/bin", "TMPDIR": str(folder), **env},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("matrix", [0, 1, 2, 3])
@pytest.mark.parametrize("others", [0, 2])
def test_the_script_ends_as_the_matrix_does_whatever_the_others_say(
    tmp_path: Path, matrix: int, others: int
) -> None:
    (tmp_path / "image-report").mkdir()
    (tmp_path / "image-report" / "compare.md").write_text("of an earlier build")
    (tmp_path / "image-report" / "report.md").write_text("of an earlier build")
    codes = {"matrix": matrix, "report": others, "compare": others, "runs": others}
    done = in_a_shell(tmp_path, SCRIPT.read_text(encoding="utf-8"), codes=codes, env={})
    assert done.returncode == matrix
    told = [line for line in done.stdout.splitlines() if line.startswith("did")]
    assert told == (["did matrix", "did report", "did runs"] if matrix < 2 else ["did matrix"])
    left = sorted(path.name for path in (tmp_path / "image-report").iterdir())
    assert left == (["compare.md"] if matrix < 2 and others == 0 else [])


@pytest.mark.parametrize("code", [0, 1, 2, 3])
def test_the_workflow_tells_of_a_run_only_where_there_was_one(tmp_path: Path, code: int) -> None:
    by_name = {step.get("name"): step for step in steps()}
    output, summary = tmp_path / "output", tmp_path / "summary"
    env = {"GITHUB_OUTPUT": str(output), "GITHUB_STEP_SUMMARY": str(summary), "RUNNER_TEMP": str(tmp_path)}
    measuring = by_name["Build, smoke-test and measure"]
    done = in_a_shell(tmp_path, measuring["run"], codes={"matrix": code}, env=env)
    assert done.returncode == code
    ran = output.exists() and output.read_text() == "ran=true\n"
    assert ran is (code < 2)
    assert (tmp_path / "matrix.txt").read_text() == "did matrix\n"
    for name in ("Report", "Compare with the main branch", "Findings"):
        assert "steps.matrix.outputs.ran == 'true'" in by_name[name]["if"], name
    telling = by_name["Tell what stopped it"]
    assert "steps.matrix.outputs.ran != 'true'" in telling["if"]
    env["PATH"] = "/usr/bin:/bin"
    words = ["bash", "-e", "-c", telling["run"]]
    subprocess.run(words, cwd=tmp_path, env=env, check=True, timeout=60)
    assert summary.read_text() == "The images were not measured:\n\n    did matrix\n"


def test_only_what_writes_may_write() -> None:
    assert workflow()["permissions"] == {"contents": "read"}
