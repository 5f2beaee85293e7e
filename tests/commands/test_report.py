from __future__ import annotations

import builtins
import json
import webbrowser
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from imagematrix import archive, settings
from imagematrix.commands.outcome import Outcome, Show
from imagematrix.commands.report import concluded, report
from imagematrix.errors import InputError, MachineError
from imagematrix.model import ListedFile, Listing, Run
from imagematrix.report.console import Look
from imagematrix.report.formats import FORMATS
from imagematrix.report.progress import Progress
from tests import made

OLD, NEW = "20261123T000000Z-000001", "20261124T024000Z-3fa9c1"
Do = Callable[..., Outcome]


def no_progress() -> Progress:
    raise AssertionError("a report has no progress to tell")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two runs of one app, the older one smaller by a megabyte; and the user stands there."""
    monkeypatch.chdir(tmp_path)
    result = made.result()
    assert result.image is not None
    smaller = replace(result, image=replace(result.image, unpacked_bytes=61_000_000))
    files = (ListedFile("/app/index.js", 120, "app"),)
    listed = replace(result, listing=Listing(config_digest=result.image.config_digest, files=files))
    older = replace(made.run(smaller), id=OLD, started_at="2026-11-23T00:00:00Z", app="shop")
    for run in (older, replace(made.run(listed), id=NEW, app="shop")):
        archive.open_run(tmp_path / "results", run.id).save(run)
    return tmp_path


@pytest.fixture
def do(folder: Path) -> Do:
    def run(*, json: bool = False, dry: bool = False, **flags: str | bool) -> Outcome:
        resolved = settings.resolve({}, {"file": str(folder / "variants.yml"), **flags}, {})
        look = Look(width=100, color=False)
        return report(resolved, Show(look=look, json=json, dry=dry, progress=no_progress))

    return run


def files_of(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("report*"))


def test_the_terminal_is_the_default_and_the_latest_run_too(do: Do, folder: Path) -> None:
    outcome = do()
    assert f"archived in results/{NEW}/run.json" in outcome.text
    assert outcome.exit_code == 0
    assert files_of(folder) == []


def test_a_run_is_named_as_everywhere(do: Do) -> None:
    assert f"results/{OLD}/run.json" in do(run="previous").text


@pytest.mark.parametrize("name", [name for name in FORMATS if name not in ("html", "terminal")])
def test_a_text_format_goes_to_standard_output(do: Do, folder: Path, name: str) -> None:
    outcome = do(format=name)
    assert outcome.text == FORMATS[name].write(concluded(folder / "results", _latest(folder)))
    assert files_of(folder) == []


def _latest(folder: Path) -> Run:
    return archive.resolve(folder / "results", "")


def test_json_is_the_record_and_what_was_concluded(do: Do, folder: Path) -> None:
    told = json.loads(do(json=True).text)
    assert list(told) == ["run", "place", "advice", "trend"]
    assert told["run"] == json.loads((folder / "results" / NEW / "run.json").read_text())
    assert told["place"] == f"results/{NEW}/run.json"
    (series,) = [each for each in told["trend"] if each["measurement"] == "unpacked_bytes"]
    assert [point["value"] for point in series["points"]] == [61_000_000, 62_000_000]
    assert {advice["choice"] for advice in told["advice"]} == {"alpine"}


def test_what_came_later_is_no_part_of_a_report(do: Do) -> None:
    told = json.loads(do(json=True, run=OLD).text)
    assert {point["run_id"] for series in told["trend"] for point in series["points"]} == {OLD}


def test_a_record_that_cannot_be_read_is_left_out_of_a_trend(do: Do, folder: Path) -> None:
    torn = folder / "results" / "20261122T000000Z-000000"
    torn.mkdir()
    text = (folder / "results" / OLD / "run.json").read_text()
    (torn / "run.json").write_text(text.replace('"how": "exact"', '"how": "guessed"').replace(OLD, torn.name))
    told = json.loads(do(json=True).text)
    assert {point["run_id"] for series in told["trend"] for point in series["points"]} == {OLD, NEW}


def test_files_of_images_are_there_where_they_were_kept(folder: Path) -> None:
    listings = concluded(folder / "results", _latest(folder)).listings
    assert [each.path for each in listings["alpine"].files] == ["/app/index.js"]


def test_one_format_goes_to_a_file(do: Do, folder: Path) -> None:
    outcome = do(format="csv", output="out/figures.csv")
    assert outcome.text == "wrote out/figures.csv\n"
    written = (folder / "out/figures.csv").read_bytes()
    assert written.startswith(b"label,name,value,unit,how,reason\r\n")


@pytest.mark.parametrize("output", ["out", "out/"])
def test_several_formats_go_to_a_folder(do: Do, folder: Path, output: str) -> None:
    outcome = do(format="csv, junit,csv", output=output)
    assert files_of(folder) == ["out/report.csv", "out/report.junit.xml"]
    assert outcome.text == "wrote out/report.csv\nwrote out/report.junit.xml\n"


def test_every_format_has_a_name_of_its_own_and_can_be_written(do: Do, folder: Path) -> None:
    do(format=",".join(FORMATS), output="all")
    assert len(files_of(folder)) == len(FORMATS) == 9
    assert all(path.stat().st_size > 100 for path in (folder / "all").iterdir())


def test_the_page_goes_beside_the_record(do: Do, folder: Path) -> None:
    assert do(format="html").text == f"wrote results/{NEW}/report.html\n"
    assert files_of(folder) == [f"results/{NEW}/report.html"]


def test_the_page_is_opened(do: Do, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []

    def browse(address: str) -> bool:
        opened.append(address)
        return True

    monkeypatch.setattr(webbrowser, "open", browse)
    assert do(open=True).text == f"wrote results/{NEW}/report.html\n"
    assert opened == [(folder / "results" / NEW / "report.html").as_uri()]


def test_without_a_browser_the_page_is_named(do: Do, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webbrowser, "open", lambda _address: False)
    told = do(open=True, format="html,csv", output="out").text.splitlines()
    assert told[-1] == f"no browser is here: open {(folder / 'out/report.html').as_uri()}"


def test_dry_writes_nothing(do: Do, folder: Path) -> None:
    assert do(dry=True, format="html").text == f"would write results/{NEW}/report.html\n"
    assert do(dry=True, format="csv").text == "would write csv to standard output\n"
    assert files_of(folder) == []


def test_a_run_from_elsewhere_is_named_as_the_user_does(do: Do, folder: Path) -> None:
    away = folder / "away.json"
    away.write_bytes((folder / "results" / NEW / "run.json").read_bytes().replace(b"3fa9c1", b"ffffff"))
    assert json.loads(do(json=True, run="./away.json").text)["place"] == "./away.json"
    with pytest.raises(InputError, match="no place beside its record"):
        do(format="html", run="./away.json")


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ({"format": "pdf"}, "no such format: 'pdf'"),
        ({"format": "csv,json"}, "cannot go to standard output together"),
        ({"format": "csv", "json": True}, "--json is the format json"),
        ({"format": "csv", "open": True}, "the html page alone"),
        ({"format": "csv,json", "output": "variants.yml"}, "cannot go into one file"),
    ],
)
def test_what_cannot_be_is_said(do: Do, folder: Path, flags: dict[str, Any], message: str) -> None:
    (folder / "variants.yml").write_text("")
    with pytest.raises(InputError, match=message):
        do(**flags)


def test_a_place_that_cannot_be_written_is_named(do: Do, folder: Path) -> None:
    (folder / "file").write_text("")
    with pytest.raises(MachineError, match="cannot be written"):
        do(format="csv", output="file/x.csv")


def test_a_library_that_is_not_there_is_asked_for(do: Do, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    real = builtins.__import__

    def no_cyclonedx(name: str, *args: Any, **kwargs: Any) -> Any:
        if name.partition(".")[0] == "cyclonedx":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return real(name, *args, **kwargs)

    for name in [name for name in sys.modules if name.startswith(("cyclonedx", "imagematrix.report.sbom"))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(builtins, "__import__", no_cyclonedx)
    with pytest.raises(InputError) as error:
        do(format="sbom")
    assert error.value.next_step == 'pip install "imagematrix[sbom]"'


def test_no_format_loads_what_it_does_not_need() -> None:
    """Nobody pays for a library, be it there or not, whose format was not asked for."""
    import subprocess
    import sys

    wanted: Sequence[str] = ("cyclonedx", "junitparser", "jinja2", "vl_convert")
    code = f"import sys, imagematrix.commands.report; print([m for m in {wanted!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
