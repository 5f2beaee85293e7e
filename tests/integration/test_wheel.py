"""imagematrix as others get it: a wheel in an environment of its own, in repositories that are not ours."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.integration.cli import Done, figures, variants
from tests.integration.conftest import REPOSITORY

pytestmark = pytest.mark.integration

OTHER = REPOSITORY / "examples" / "other-repo"
SERVES = """\
require('http').createServer((q, r) => r.end('Hello from elsewhere')).listen(5005)
process.on('SIGTERM', () => process.exit(0))
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Installed:
    """A virtual environment that has nothing but the wheel and what it asks for."""

    folder: Path

    def run(
        self, where: Path, program: str, *words: str, environment: Mapping[str, str] | None = None
    ) -> Done:
        kept = {
            name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")
        }
        done = subprocess.run(
            [str(self.folder / "bin" / program), *words],
            cwd=where,
            env={**kept, **(environment or {})},
            capture_output=True,
            text=True,
            timeout=900,
            check=False,
        )
        return Done(code=done.returncode, out=done.stdout, err=done.stderr)


def ran(*words: str | Path, cwd: Path) -> None:
    done = subprocess.run(list(map(str, words)), cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """The wheel, built and installed by pip as it is configured here."""
    made, environment = tmp_path_factory.mktemp("dist"), tmp_path_factory.mktemp("installed") / "venv"
    ran(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", made, cwd=REPOSITORY)
    (wheel,) = made.glob("*.whl")
    ran(sys.executable, "-m", "venv", "--without-pip", environment, cwd=made)
    pip = (sys.executable, "-m", "pip", "--python", environment / "bin" / "python", "install", "--quiet")
    ran(*pip, f"{wheel}[standins]", cwd=made)
    return Installed(folder=environment)


@pytest.fixture
def other(tmp_path: Path, installed: Installed) -> Iterator[Path]:
    folder = tmp_path / "price-service"
    shutil.copytree(OTHER, folder, ignore=shutil.ignore_patterns("measured", "node_modules", "__pycache__"))
    yield folder
    assert installed.run(folder, "invoke", "images.clean").code == 0


@pytest.fixture
def foreign(tmp_path: Path, installed: Installed) -> Iterator[Path]:
    """An app that never heard of imagematrix."""
    folder = tmp_path / "foreign"
    folder.mkdir()
    (folder / "package.json").write_text('{"name": "foreign", "main": "main.js"}', encoding="utf-8")
    (folder / "main.js").write_text(SERVES, encoding="utf-8")
    yield folder
    assert installed.run(folder, "invoke", "clean").code == 0


def test_it_is_the_wheel_that_runs(installed: Installed, tmp_path: Path) -> None:
    told = installed.run(tmp_path, "python", "-c", "import imagematrix; print(imagematrix.__file__)")
    assert Path(told.out.strip()).is_relative_to(installed.folder)


def test_the_commands_have_the_name_that_the_repository_gave(installed: Installed, other: Path) -> None:
    told = installed.run(other, "invoke", "--list")
    names = {line.split()[0] for line in told.out.splitlines() if line.startswith("  ") and line.split()}
    assert {"start", "images.matrix", "images.report", "images.engine.up"} <= names
    assert "matrix" not in names


@pytest.mark.usefixtures("engine")
def test_another_repository(installed: Installed, other: Path) -> None:
    done = installed.run(other, "invoke", "images.matrix", "--json")
    assert done.code == 0, done.err
    (kept,) = (other / "measured").glob("*/run.json")  # as its tasks.py configures
    record: Any = json.loads(kept.read_text(encoding="utf-8"))
    assert record == done.record
    code = "import importlib.resources as r; print(r.files('imagematrix').joinpath('run.schema.json').read_text())"
    jsonschema.validate(record, json.loads(installed.run(other, "python", "-c", code).out))
    found = variants(record)
    assert {label: variant["status"] for label, variant in found.items()} == {
        "debian": "passed",
        "alpine": "passed",
    }
    starts = {label: figures(variant)["start_each_seconds"] for label, variant in found.items()}
    assert {len(each) for each in starts.values()} == {3}  # as its tasks.py configures

    override = {"INVOKE_IMAGEMATRIX_REPEAT": "2", "INVOKE_IMAGEMATRIX_RESULTS": str(other / "again")}
    again = installed.run(
        other, "invoke", "images.matrix", "--variant", "alpine", "--json", environment=override
    )
    assert again.code == 0, again.err
    assert len(figures(variants(again.record)["alpine"])["start_each_seconds"]) == 2
    assert len(list((other / "again").glob("*/run.json"))) == 1
    assert len(list((other / "measured").glob("*/run.json"))) == 1


@pytest.mark.usefixtures("engine")
def test_from_the_wheel_alone(installed: Installed, foreign: Path) -> None:
    made = installed.run(foreign, "python", "-m", "imagematrix.tasks", "init")
    assert made.code == 0, made.err
    assert "wrote: variants.yml\n" in made.out
    again = installed.run(foreign, "invoke", "init")
    assert again.code == 0
    assert "wrote" not in again.out

    done = installed.run(foreign, "invoke", "matrix", "--json")
    assert done.code == 0, done.err
    statuses = {label: variant["status"] for label, variant in variants(done.record).items()}
    assert statuses == dict.fromkeys(("debian", "distroless", "alpine"), "passed")

    report = installed.run(foreign, "invoke", "report", "--format", "markdown")
    assert report.code == 0, report.err
    assert all(label in report.out for label in statuses)
    page = installed.run(foreign, "invoke", "report", "--format", "html", "--output", "report.html")
    assert page.code == 0, page.err
    assert "</html>" in (foreign / "report.html").read_text(encoding="utf-8")
