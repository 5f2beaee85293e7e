"""`invoke archive`, as far as it goes without an engine."""

from __future__ import annotations

import json
import os
import subprocess
import tarfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from imagematrix import archive, settings
from imagematrix.commands.bundle import bundle
from imagematrix.commands.outcome import Outcome, Show
from imagematrix.errors import InputError
from imagematrix.model import RunStatus
from imagematrix.report.console import Look
from tests import made
from tests.archive.made_runs import of_image, run_id, saved
from tests.commands.noticed import Noticed

Do = Callable[..., Outcome]
NAME = f"imagematrix-{run_id(2)}.tar.gz"


@pytest.fixture
def noticed() -> Noticed:
    return Noticed()


@pytest.fixture
def do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, noticed: Noticed) -> Do:
    """Two runs, and the user stands beside the matrix file."""
    monkeypatch.chdir(tmp_path)
    for day in (1, 2):
        saved(tmp_path / "results", run_id(day), result=of_image("e", listed=True))

    def run(*, json: bool = False, dry: bool = False, **flags: object) -> Outcome:
        resolved = settings.resolve({}, {"file": "variants.yml", **flags}, {})
        look = Look(width=160, color=False)
        return bundle(resolved, Show(look=look, json=json, dry=dry, progress=lambda: noticed))

    return run


def test_the_latest_run_goes_into_a_file_where_the_user_stands(
    do: Do, tmp_path: Path, noticed: Noticed
) -> None:
    assert do().text == ""  # standard output is for machines
    (line,) = noticed.lines
    amount = line.removeprefix(f"wrote {NAME}: ")
    assert amount.startswith(f"run {run_id(2)}, 5 files, ")
    assert " packed, " in amount
    assert amount.endswith(" unpacked")
    assert do(verify=NAME).text == f"{NAME}: {amount}: all as they were packed\n"
    with tarfile.open(tmp_path / NAME) as bundled:
        names = {entry.name.partition("/")[2] for entry in bundled}
        page = bundled.extractfile(f"imagematrix-{run_id(2)}/report.html")
        assert page is not None
        assert b"<html" in page.read()
    assert names == {"run.json", f"files/{'e' * 64}.json.gz", "report.md", "report.html", "SHA256SUMS"}


def test_where_it_goes_and_of_which_run(do: Do, tmp_path: Path) -> None:
    told = json.loads(do(json=True, run="previous", output="new/").text)
    assert told["run"] == run_id(1)
    assert Path(told["path"]) == tmp_path / "new" / f"imagematrix-{run_id(1)}.tar.gz"
    assert told["packed_bytes"] == Path(told["path"]).stat().st_size
    checked = json.loads(do(json=True, verify=told["path"]).text)
    assert checked["files"] == len(told["files"]) == 5
    assert all(checked[name] == told[name] for name in ("packed_bytes", "unpacked_bytes"))
    assert told["written"] is True
    do(output="mine.tgz")
    assert do(verify="mine.tgz").exit_code == 0


def test_the_same_run_is_packed_to_the_same_bytes_from_anywhere(
    do: Do, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    do(output="a.tgz")
    (tmp_path / "sub").mkdir()
    monkeypatch.chdir(tmp_path / "sub")
    do(file="../variants.yml", output="b.tgz")
    assert (tmp_path / "a.tgz").read_bytes() == Path("b.tgz").read_bytes()


def test_dry_says_what_would_be_in_it(do: Do, tmp_path: Path) -> None:
    text = do(dry=True, with_images=True).text
    assert text.splitlines()[0] == f"would write {NAME}:"
    assert "  images/alpine.tar" in text.splitlines()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["results"]


def test_dry_and_json_is_an_object(do: Do, tmp_path: Path) -> None:
    told = json.loads(do(dry=True, json=True).text)
    files = ["run.json", f"files/{'e' * 64}.json.gz", "report.md", "report.html", "SHA256SUMS"]
    assert told == {"run": run_id(2), "written": False, "path": str(tmp_path / NAME), "files": files}


def test_a_pipe_gets_the_bundle_alone(do: Do, tmp_path: Path) -> None:
    do(output="file.tgz")
    os.mkfifo(tmp_path / "pipe")
    with subprocess.Popen(["cat", "pipe"], cwd=tmp_path, stdout=subprocess.PIPE) as reader:
        told = json.loads(do(output="pipe", json=True).text)
        assert reader.stdout is not None
        assert reader.stdout.read() == (tmp_path / "file.tgz").read_bytes()
    assert told["packed_bytes"] == (tmp_path / "file.tgz").stat().st_size


def test_a_bundle_is_verified(do: Do, tmp_path: Path) -> None:
    do(output="good.tgz")
    outcome = do(verify="good.tgz")
    assert outcome.exit_code == 0
    assert outcome.text.startswith(f"good.tgz: run {run_id(2)}, 5 files, ")
    assert outcome.text.endswith("all as they were packed\n")
    raw = (tmp_path / "good.tgz").read_bytes()
    Path("bad.tgz").write_bytes(raw[:-20])
    outcome = do(verify="bad.tgz")
    assert outcome.exit_code == 1
    assert "not as it was packed\n  " in outcome.text
    told = do(verify="bad.tgz", json=True)
    assert told.exit_code == 1
    assert json.loads(told.text)["ok"] is False
    assert json.loads(told.text)["faults"]


def test_what_is_no_bundle_is_bad_input(do: Do) -> None:
    Path("text").write_text("no bundle")
    for name in ("text", "none", "results"):
        with pytest.raises(InputError, match="no bundle of a run"):
            do(verify=name)


def test_flags_that_make_a_bundle_do_not_go_with_verifying_one(do: Do) -> None:
    for flags in ({"run": "latest"}, {"output": "x"}, {"with_images": True}):
        with pytest.raises(InputError, match="--verify checks a bundle"):
            do(verify="x", **flags)


def test_a_run_that_is_running_or_not_here_is_not_packed(do: Do, tmp_path: Path) -> None:
    do(output="elsewhere.tgz", run=run_id(1))
    archive.prune(tmp_path / "results", keep=1, dry=False)
    with pytest.raises(InputError, match="is not archived here"):
        do(run="./elsewhere.tgz")
    begun = replace(made.run(status=RunStatus.INTERRUPTED), id=run_id(3))
    archive.open_run(tmp_path / "results", run_id(3)).save(begun)
    with pytest.raises(InputError, match="still running"):
        do(run=run_id(3))


def test_to_standard_output_unless_that_is_a_terminal_or_for_something_else(
    do: Do, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = os.dup(1)
    with (tmp_path / "piped").open("wb") as piped:
        os.dup2(piped.fileno(), 1)
        try:
            assert do(output="-").text == ""
        finally:
            os.dup2(sent, 1)
            os.close(sent)
    assert do(verify="piped").exit_code == 0
    assert not (tmp_path / "-").exists()
    with pytest.raises(InputError, match="--json tells of the bundle there"):
        do(json=True, output="-")
    monkeypatch.setattr("imagematrix.commands.bundle.os.isatty", lambda number: number == 1)
    with pytest.raises(InputError, match="it is a terminal"):
        do(output="-")
