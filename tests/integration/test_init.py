"""What `init` writes is built, started and measured as it stands."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.cli import figures, invoke, variants
from tests.integration.conftest import REPOSITORY

pytestmark = pytest.mark.integration

THREE = {"debian", "distroless", "alpine"}
# One dependency to run and one to build, neither with any of its own.
PACKAGE = {
    "name": "built",
    "version": "1.0.0",
    "scripts": {"build": "tsc", "start": "node dist/server.js"},
    "dependencies": {"ms": "2.1.3"},
    "devDependencies": {"typescript": "5.9.3"},
}
LOCK = {
    "name": "built",
    "version": "1.0.0",
    "lockfileVersion": 3,
    "requires": True,
    "packages": {
        "": {key: PACKAGE[key] for key in ("name", "version", "dependencies", "devDependencies")},
        "node_modules/ms": {
            "version": "2.1.3",
            "integrity": (
                "sha512-6FlzubTLZG3J2a/NVCAleEhjzq5oxgHyaCU9yYXvcLsvoVaHJq/s5xXI6/XXP6tz7R9xAOtHnSO/tXtF3WRTlA=="
            ),
        },
        "node_modules/typescript": {
            "version": "5.9.3",
            "integrity": (
                "sha512-jl1vZzPDinLr9eUt3J/t7V6FgNEw9QjvBPdysz9KfQDD41fQrC2Y4vKQdiaUpFT4bXlb1RHhLpp8wtm6M5TgSw=="
            ),
            "dev": True,
            "bin": {"tsc": "bin/tsc"},
        },
    },
}
TSCONFIG = {"compilerOptions": {"outDir": "dist", "module": "commonjs", "types": []}, "include": ["src"]}
SERVER = """\
declare const require: any, process: any
const ms = require('ms')
const port: number = Number(process.env.PORT || 4321)
require('http').createServer((q: any, r: any) => r.end(ms('2 days') + '')).listen(port)
process.on('SIGTERM', () => process.exit(0))
"""


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder for an app; what its matrix left on the engine is gone afterwards."""
    yield tmp_path
    done = invoke(tmp_path, "clean")
    assert done.code == 0, done.err


def init(folder: Path) -> str:
    """`init` where there is no tasks.py yet."""
    done = subprocess.run(
        [sys.executable, "-m", "imagematrix.tasks", "init"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def measured(folder: Path, labels: set[str] = THREE) -> Any:
    done = invoke(folder, "matrix", "--repeat", "1", "--json", *(f"--variant={label}" for label in labels))
    assert done.code == 0, done.err
    found = variants(done.record)
    assert {label: variant["status"] for label, variant in found.items()} == dict.fromkeys(labels, "passed")
    return {label: figures(variant) for label, variant in found.items()}


@pytest.mark.usefixtures("engine")
def test_an_express_app(folder: Path) -> None:
    for name in ("package.json", "package-lock.json", "index.js"):
        shutil.copy(REPOSITORY / "app" / name, folder)
    with (folder / "index.js").open("a", encoding="utf-8") as index:
        index.write("process.on('SIGTERM', () => process.exit(0))\n")
    assert "index.js:6" in init(folder)  # where the app names its port
    told = measured(folder)
    assert told["distroless"]["shells"] == []
    assert {label: figures["user"] for label, figures in told.items()} == {
        "debian": "node",
        "distroless": "65532",
        "alpine": "node",
    }
    assert {figures["hardening_non_root"] for figures in told.values()} == {"passes"}
    assert {figures["stop_pid1"].split()[0].rpartition("/")[2] for figures in told.values()} == {"node"}


@pytest.mark.usefixtures("engine")
def test_an_app_with_a_build_step(folder: Path) -> None:
    for name, content in (("package", PACKAGE), ("package-lock", LOCK), ("tsconfig", TSCONFIG)):
        (folder / f"{name}.json").write_text(json.dumps(content), encoding="utf-8")
    (folder / "src").mkdir()
    (folder / "src" / "server.ts").write_text(SERVER, encoding="utf-8")
    # What is on this machine stays here: none of these comes into an image.
    (folder / ".env").write_text("SECRET=1\n", encoding="utf-8")
    init(folder)
    matrix = (folder / "variants.yml").read_text(encoding="utf-8")
    assert "port: 4321" in matrix
    (folder / "variants.yml").write_text(
        matrix.replace(
            "  # body_contains: some text that only a healthy app answers with", "  body: '172800000'"
        ),
        encoding="utf-8",
    )
    for label, told in measured(folder).items():
        names = {row[0] for row in told["packages_npm"]["rows"] if row[2].startswith("/app/")}
        assert "ms" in names, label
        assert "typescript" not in names, label
        assert not any(row[0].endswith("/.env") for row in told["largest_files"]["rows"]), label


@pytest.mark.usefixtures("engine")
def test_an_app_that_a_shell_starts(folder: Path) -> None:
    """npm runs its script where there is npm; distroless waits for a file to be named."""
    package = {"name": "shell", "type": "module", "scripts": {"start": "sh start.sh"}}
    (folder / "package.json").write_text(json.dumps(package), encoding="utf-8")
    (folder / "start.sh").write_text("GREETING=hello exec node index.js\n", encoding="utf-8")
    (folder / "index.js").write_text(
        "import http from 'node:http'\n"
        "http.createServer((q, r) => r.end(process.env.GREETING)).listen(4567)\n"
        "process.on('SIGTERM', () => process.exit(0))\n",
        encoding="utf-8",
    )
    assert "npm start  script start in package.json" in init(folder)
    matrix = (folder / "variants.yml").read_text(encoding="utf-8")
    body = "  # body_contains: some text that only a healthy app answers with"
    (folder / "variants.yml").write_text(matrix.replace(body, "  body: hello"), encoding="utf-8")
    told = measured(folder, {"debian", "alpine"})  # all that there are
    assert {figures["stop_pid1"] for figures in told.values()} == {"npm start"}


@pytest.mark.usefixtures("engine")
def test_what_the_start_script_sets_is_set_in_each_image_and_builds_in_none(folder: Path) -> None:
    """A blank in a value, a build before the start that no script of its own does, an environment file."""
    start = "tsc && LEVEL='a b' node --env-file .env dist/server.js"
    package = {**PACKAGE, "scripts": {"start": start}}
    for name, content in (("package", package), ("package-lock", LOCK), ("tsconfig", TSCONFIG)):
        (folder / f"{name}.json").write_text(json.dumps(content), encoding="utf-8")
    (folder / "src").mkdir()
    server = SERVER.replace("ms('2 days') + ''", "process.env.LEVEL")
    (folder / "src" / "server.ts").write_text(server, encoding="utf-8")
    init(folder)
    matrix = (folder / "variants.yml").read_text(encoding="utf-8")
    body = "  # body_contains: some text that only a healthy app answers with"
    (folder / "variants.yml").write_text(matrix.replace(body, "  body: a b"), encoding="utf-8")
    # Debian's is built as Alpine's is.
    for label, told in measured(folder, {"distroless", "alpine"}).items():
        assert not any(row[0] == "typescript" for row in told["packages_npm"]["rows"]), label
