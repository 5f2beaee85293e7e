"""The command line as far as it goes without an engine."""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest
from invoke.context import Context
from invoke.exceptions import Exit

from imagematrix.commands.outcome import Outcome, Show
from imagematrix.errors import InputError
from imagematrix.settings import Settings
from imagematrix.tasks import ns
from imagematrix.tasks.boundary import do

REPOSITORY: Final = Path(__file__).resolve().parents[2]
# An engine that is named and does not answer: whatever touched it would end with exit code 3.
NO_ENGINE: Final = {"DOCKER_HOST": "tcp://127.0.0.1:9"}
MATRIX: Final = """\
schema_version: 1
app: { name: tiny, context: app, port: 3000 }
axes: { node: ["22", "24"] }
variants:
  one: { dockerfile: Dockerfile }
  two: { dockerfile: Dockerfile }
"""


def invoke(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(Path(sys.executable).parent / "invoke"), *words],
        cwd=folder,
        env={**os.environ, **NO_ENGINE},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "app").mkdir()
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    (tmp_path / "variants.yml").write_text(MATRIX)
    (tmp_path / "tasks.py").write_text("from imagematrix.tasks import ns\n\n__all__ = ['ns']\n")
    return tmp_path


def test_every_task_is_there() -> None:
    assert set(ns.task_names) == {
        "archive",
        "bases",
        "build",
        "clean",
        "compare",
        "doctor",
        "engine.down",
        "engine.status",
        "engine.up",
        "findings",
        "history",
        "init",
        "list",
        "matrix",
        "measure",
        "recommend",
        "report",
        "runs",
        "smoke",
        "trend",
    }


def test_flags_read_the_same_everywhere() -> None:
    wordings: dict[str, set[str]] = {}
    for name in ns.task_names:
        for argument in ns[name].get_arguments():
            wordings.setdefault(str(argument.name), set()).add(str(argument.help))
            assert argument.help, f"{name} --{argument.name} has no help"
    assert {name: len(texts) for name, texts in wordings.items()} == dict.fromkeys(wordings, 1)


@pytest.mark.parametrize(
    "words", [("list",), ("matrix", "--dry"), ("build", "--dry"), ("smoke", "--dry"), ("measure", "--dry")]
)
def test_a_plan_names_the_rows_and_touches_nothing(folder: Path, words: tuple[str, ...]) -> None:
    done = invoke(folder, *words)
    assert (done.returncode, done.stderr) == (0, "")
    rows = [line.split()[0] for line in done.stdout.splitlines() if line.split()[:1] and "node=" in line]
    assert rows == ["one-node22", "one-node24", "two-node22", "two-node24"]
    assert not (folder / "results").exists()


@pytest.mark.parametrize("task", ["bases", "history", "engine.up", "engine.down"])
def test_dry_needs_no_engine(folder: Path, task: str) -> None:
    done = invoke(folder, task, "--dry")
    assert done.returncode == 0, done.stderr
    assert done.stdout


def test_a_selection_is_by_name_glob_and_axis(folder: Path) -> None:
    done = invoke(folder, "list", "--variant", "t*", "--set", "node=22", "--json")
    assert [row["label"] for row in json.loads(done.stdout)["variants"]] == ["two-node22"]


def test_json_alone_goes_to_standard_output(folder: Path) -> None:
    assert json.loads(invoke(folder, "runs", "--json").stdout) == []
    assert json.loads(invoke(folder, "matrix", "--dry", "--json").stdout)["app"]["name"] == "tiny"


def break_yaml(folder: Path) -> None:
    (folder / "variants.yml").write_text("schema_version: 1\napp: [\n")


def break_key(folder: Path) -> None:
    (folder / "variants.yml").write_text(MATRIX.replace("dockerfile", "dockerfle", 1))


def break_version(folder: Path) -> None:
    (folder / "variants.yml").write_text(MATRIX.replace('"24"', "24"))


def break_dockerfile(folder: Path) -> None:
    (folder / "Dockerfile").unlink()


def remove(folder: Path) -> None:
    (folder / "variants.yml").unlink()


def break_expectation(folder: Path) -> None:
    text = MATRIX.replace(
        "one: { dockerfile: Dockerfile }", "one: { dockerfile: Dockerfile, expect: { lbc: musl } }"
    )
    (folder / "variants.yml").write_text(text)


def nothing(_: Path) -> None:
    """The matrix is as it should be."""


@pytest.mark.parametrize(
    ("break_it", "words", "says"),
    [
        (remove, (), "variants.yml"),
        (break_yaml, (), "variants.yml:3:1"),
        (break_key, (), "did you mean 'dockerfile'"),
        (break_version, (), "variants.yml:3:22"),
        (break_dockerfile, (), "Dockerfile"),
        (break_expectation, (), "variants.yml:5:44: unknown measurement 'lbc': did you mean 'libc'?"),
        (nothing, ("--variant", "on"), "did you mean 'one'"),
        (nothing, ("--set", "nod=22"), "did you mean 'node'"),
        (nothing, ("--set", "node=23"), "node"),
        (nothing, ("--file", "elsewhere.yml"), "elsewhere.yml"),
    ],
)
def test_bad_input_is_one_message_and_exit_code_2(
    folder: Path, break_it: Callable[[Path], None], words: tuple[str, ...], says: str
) -> None:
    break_it(folder)
    done = invoke(folder, "matrix", *words)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("imagematrix: ")
    assert says in done.stderr
    assert "\n  next: " in done.stderr
    assert "Traceback" not in done.stderr
    assert not (folder / "results").exists()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("matrix", "--bases", "docker"), "--bases: no such way to get base images: 'docker'"),
        (("matrix", "--jobs", "-1"), "--jobs: must be 1 at least, and is -1"),
        (("matrix", "--jobs", "0"), "--jobs: must be 1 at least, and is 0"),
        (("matrix", "--jobs", "x"), "--jobs: not a whole number: 'x'"),
        (("matrix", "--repeat", "x"), "--repeat: not a whole number: 'x'"),
        (("compare", "--image=", "--image=b"), "--image: no image is named"),
        (("engine.up", "--image-store", "btrfs"), "--image-store: no such image store: 'btrfs'"),
    ],
)
def test_a_flag_that_cannot_be_is_named(folder: Path, words: tuple[str, ...], says: str) -> None:
    done = invoke(folder, *words)
    assert done.returncode == 2
    assert says in done.stderr


def test_a_named_engine_that_does_not_answer_is_exit_code_3(folder: Path) -> None:
    done = invoke(folder, "matrix")
    assert done.returncode == 3
    assert "tcp://127.0.0.1:9" in done.stderr
    assert not (folder / "results").exists()


def test_another_repository_adds_the_collection_under_a_name_of_its_own(folder: Path) -> None:
    (folder / "tasks.py").write_text(
        "from invoke.collection import Collection\n"
        "from imagematrix.tasks import ns as imagematrix\n"
        "ns = Collection(images=imagematrix)\n"
        "ns.configure({'imagematrix': {'file': 'matrix.yml'}})\n"
    )
    (folder / "variants.yml").rename(folder / "matrix.yml")
    done = invoke(folder, "images.list")
    assert done.returncode == 0, done.stderr
    assert "one-node22" in done.stdout


def test_settings_come_from_the_environment_of_invoke(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "variants.yml").rename(folder / "matrix.yml")
    monkeypatch.setenv("INVOKE_IMAGEMATRIX_FILE", "matrix.yml")
    assert invoke(folder, "list").returncode == 0


def test_they_also_do_where_another_setting_is_configured(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "tasks.py").write_text(
        "from invoke.collection import Collection\n"
        "from imagematrix.tasks import ns as imagematrix\n"
        "ns = Collection(images=imagematrix)\n"
        "ns.configure({'imagematrix': {'jobs': 1}})\n"
    )
    monkeypatch.setenv("INVOKE_IMAGEMATRIX_BASES", "nowhere")
    done = invoke(folder, "images.matrix")
    assert (done.returncode, "no such way to get base images: 'nowhere'" in done.stderr) == (2, True)


def test_listing_tasks_imports_nothing_heavy() -> None:
    code = "import sys, imagematrix.tasks; print(*sorted(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=REPOSITORY
    )
    assert not {"docker", "jsonschema", "rich", "requests", "h11"} & set(done.stdout.split())


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (("--image=a", "--image-archive=b"), "--image-archive: --image and --image-archive name different"),
        (("--image=a", "--variant=one"), "--variant: --image and --variant name different"),
        (("--image-archive=a", "--set=node=24"), "--set: --image-archive and --set name different"),
        (("--image=",), "--image: no image is named"),
        (("--image", ""), "--image: no image is named"),
        (("--image-archive=",), "--image-archive: no image is named"),
        (("--image-archive", "", "--dry"), "--image-archive: no image is named"),
        (("--image-archive=none.tar", "--dry"), "none.tar: the image archive cannot be read: No such file"),
    ],
)
def test_what_is_to_be_measured_is_one_thing(folder: Path, words: tuple[str, ...], what: str) -> None:
    done = invoke(folder, "measure", *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert what in done.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("measure", "--image"),
        ("measure", "--image", "--json"),
        ("measure", "--image-archive"),
        ("matrix", "--variant"),
        ("recommend", "--max-download"),
    ],
)
def test_a_flag_that_lacks_its_value_is_not_one_that_is_not_given(
    folder: Path, words: tuple[str, ...]
) -> None:
    done = invoke(folder, *words)
    assert (done.returncode, done.stdout) == (1, "")
    assert "needed value and was not given one" in done.stderr


def test_a_command_leaves_the_interpreter_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    during: list[int] = []

    def variants(_settings: Settings, _show: Show) -> Outcome:
        during.append(gc.get_threshold()[0])
        raise InputError("no", where="here", next_step="nothing")

    monkeypatch.setattr("imagematrix.commands.look.variants", variants, raising=False)
    before = gc.get_threshold()
    with pytest.raises(Exit):
        do(Context(), "look:variants", {})
    assert during[0] > 100 * before[0]
    assert gc.get_threshold() == before
