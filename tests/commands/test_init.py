"""`init` writes what is not there, and touches nothing that is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from imagematrix.commands.init import init
from imagematrix.commands.outcome import Outcome, Show
from imagematrix.errors import InputError, MachineError
from imagematrix.report.console import Look
from imagematrix.report.progress import progress, stderr_console
from imagematrix.settings import resolve
from tests.starter.apps import app, place

FILES = {
    "variants.yml",
    "tasks.py",
    ".dockerignore",
    "dockerfiles/debian.Dockerfile",
    "dockerfiles/distroless.Dockerfile",
    "dockerfiles/alpine.Dockerfile",
}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = app(tmp_path / "shop", package={"main": "a.js"}, a__js="x.listen(80)")
    monkeypatch.chdir(folder)
    return folder


def run(context: str = "", *, dry: bool = False, as_json: bool = False) -> Outcome:
    show = Show(
        look=Look(width=120, color=False),
        json=as_json,
        dry=dry,
        progress=lambda: progress(stderr_console(color=False)),
    )
    return init(resolve({}, {"context": context}, environment={"HOME": "/nowhere"}), show)


def there(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_writes_all_and_tells_what_is_next(here: Path) -> None:
    done = run()
    assert there(here) == FILES | {"package.json", "a.js"}
    assert done.exit_code == 0
    assert all(f"wrote: {name}\n" in done.text for name in FILES)
    assert "`invoke matrix`" in done.text
    assert "a guess: no lock file is here" in done.text


def test_what_is_there_is_left_as_it_is(here: Path) -> None:
    for name in FILES:
        place(here, name, "mine\n")
    done = run()
    assert done.exit_code == 0
    assert {(here / name).read_text() for name in FILES} == {"mine\n"}
    assert all(f"left as it is: {name}\n" in done.text for name in FILES)
    assert "wrote" not in done.text
    assert "add these commands to your tasks.py" in done.text
    assert "add to your .dockerignore" in done.text


def test_only_what_an_ignore_file_lacks_is_told(here: Path) -> None:
    place(here, ".dockerignore", "node_modules\n.git/\n.venv\n")
    assert "in other words: .env, results;" in run().text
    place(here, ".dockerignore", "**/node_modules/\n.git\n**/.env*\nresults\n.venv\n")
    assert "add to your .dockerignore" not in run().text


def test_a_link_that_leads_nowhere_is_not_written_through(here: Path) -> None:
    (here / "tasks.py").symlink_to(here / "elsewhere.py")
    assert "left as it is: tasks.py" in run().text
    assert not (here / "elsewhere.py").exists()


def test_dry_touches_nothing(here: Path) -> None:
    place(here, "tasks.py", "mine\n")
    done = run(dry=True)
    assert there(here) == {"package.json", "a.js", "tasks.py"}
    assert "would write: variants.yml\n" in done.text
    assert "left as it is: tasks.py\n" in done.text


def test_an_app_in_another_folder(here: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run("shop")
    assert there(tmp_path) == {name for name in FILES if name != ".dockerignore"} | {
        "shop/package.json",
        "shop/a.js",
        "shop/.dockerignore",
    }
    assert 'context: "shop"' in (tmp_path / "variants.yml").read_text()
    assert there(here) == {"package.json", "a.js", ".dockerignore"}


def test_as_json(here: Path) -> None:
    told = json.loads(run(as_json=True).text)
    assert {each["state"] for each in told["files"]} == {"wrote"}
    assert {Path(each["path"]) for each in told["files"]} == {here / name for name in FILES}
    port = next(each for each in told["app"] if each["name"] == "port")
    assert port == {"name": "port", "value": "80", "by": "a.js:1", "guessed": False}


def test_no_app_writes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=r"no package\.json"):
        run()
    assert there(tmp_path) == set()


def test_a_place_that_cannot_be_written(here: Path) -> None:
    place(here, "dockerfiles", "a file\n")
    with pytest.raises(MachineError) as caught:
        run()
    assert "dockerfiles" in caught.value.where
