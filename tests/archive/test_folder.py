from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from imagematrix import archive
from imagematrix.errors import MachineError
from imagematrix.model import App, Matrix, RunStatus, Variant
from tests import made
from tests.archive.made_runs import run_id


def test_a_saved_run_is_read_back_and_leaves_no_temporary_file(tmp_path: Path) -> None:
    folder = archive.open_run(tmp_path, "20261124T024000Z-3fa9c1")
    run = made.run()
    folder.save(run)
    folder.save(run)
    assert [entry.name for entry in sorted(folder.path.iterdir())] == ["logs", "run.json"]
    assert archive.read(folder.record).results[0].image == run.results[0].image


def test_a_record_that_cannot_be_replaced_keeps_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = archive.open_run(tmp_path, made.run().id)
    folder.save(made.run(status=RunStatus.INTERRUPTED))

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(MachineError, match="No space left") as caught:
        folder.save(made.run())
    assert caught.value.exit_code == 3
    assert archive.read(folder.record).status is RunStatus.INTERRUPTED
    assert [entry.name for entry in sorted(folder.path.iterdir())] == ["logs", "run.json"]


def test_a_results_folder_that_is_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "results").write_text("")
    with pytest.raises(MachineError, match="results cannot be kept"):
        archive.open_run(tmp_path / "results", "a")


def test_the_record_is_plain_json_with_a_newline_at_its_end(tmp_path: Path) -> None:
    folder = archive.open_run(tmp_path, "a")
    folder.save(made.run())
    text = folder.record.read_text(encoding="utf-8")
    assert text.endswith("}\n")
    assert json.loads(text)["id"] == made.run().id


HOLDER = """\
import sys
from pathlib import Path
from imagematrix import archive
folder = archive.open_run(Path(sys.argv[1]), sys.argv[2])
print("open", flush=True)
sys.stdin.read()
"""


def test_a_run_is_in_progress_until_its_process_ends_however_that_is(tmp_path: Path) -> None:
    name = run_id(1)
    child = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path), name], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"open\n"
        assert archive.in_progress(tmp_path / name) is True
        child.kill()
    assert archive.in_progress(tmp_path / name) is False


def test_a_record_that_says_how_the_run_ended_ends_it(tmp_path: Path) -> None:
    folder = archive.open_run(tmp_path, run_id(1))
    folder.save(made.run(status=RunStatus.INTERRUPTED))
    assert archive.in_progress(folder.path) is True
    folder.save(made.run(status=RunStatus.FAILED))
    assert archive.in_progress(folder.path) is False


def test_what_is_not_there_cannot_be_told(tmp_path: Path) -> None:
    assert archive.in_progress(tmp_path / "none") is None


def variant(folder: Path, name: str, dockerfile: str) -> Variant:
    return Variant(
        name=name,
        axes=(("node", "24"),),
        label=name,
        dockerfile=(folder / dockerfile).resolve(),
        target="",
        build_args=(),
        bases=(),
        env=(),
        command=(),
        platform="",
        smoke=made.smoke(),
        expect=(),
        skip_without_base=False,
    )


def test_what_a_run_is_made_from_is_kept_as_it_was(tmp_path: Path) -> None:
    project = tmp_path / "project"
    (project / "docker").mkdir(parents=True)
    (project / "docker" / "Dockerfile").write_text("FROM a\n")
    (tmp_path / "Dockerfile").write_text("FROM b\n")
    files = {"in": "docker/Dockerfile", "out": "../Dockerfile", "lost": "nowhere"}
    matrix = Matrix(
        path=project / "variants.yml",
        app=App(name="app", context=project, port=0),
        variants=tuple(variant(project, *each) for each in files.items()),
    )
    folder = archive.open_run(project / "results", run_id(1))
    folder.save_sources(matrix, {"app": "ä"})
    (project / "docker" / "Dockerfile").write_text("FROM changed\n")
    files_kept = [path for path in folder.path.rglob("*") if path.is_file()]
    kept = {path.relative_to(folder.path).as_posix(): path.read_text() for path in files_kept}
    assert kept == {
        "matrix.json": '{\n  "app": "ä"\n}\n',
        "sources/docker/Dockerfile": "FROM a\n",
        "sources/out-node24.Dockerfile": "FROM b\n",
    }
