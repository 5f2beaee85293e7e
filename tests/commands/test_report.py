from __future__ import annotations

import builtins
import json
import os
import subprocess
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
from tests import made
from tests.commands.noticed import Noticed

OLD, NEW = "20261123T000000Z-000001", "20261124T024000Z-3fa9c1"
Do = Callable[..., Outcome]


@pytest.fixture
def noticed() -> Noticed:
    return Noticed()


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
def do(folder: Path, noticed: Noticed) -> Do:
    def run(*, json: bool = False, dry: bool = False, **flags: str | bool) -> Outcome:
        resolved = settings.resolve({}, {"file": str(folder / "variants.yml"), **flags}, {})
        look = Look(width=100, color=False)
        return report(resolved, Show(look=look, json=json, dry=dry, progress=lambda: noticed))

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
    assert outcome.text == FORMATS[name].write(concluded(folder / "results", _latest(folder), FORMATS))
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
    listings = concluded(folder / "results", _latest(folder), ["html"]).listings
    assert [each.path for each in listings["alpine"].files] == ["/app/index.js"]


def test_what_a_format_does_not_show_is_not_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> None:
        raise AssertionError("read for nothing")

    for name in ("earlier", "listing"):
        monkeypatch.setattr(archive, name, never)
    made = concluded(folder / "results", _latest(folder), ["csv", "terminal"])
    assert (made.trend, made.listings) == ((), {})
    with pytest.raises(AssertionError):
        concluded(folder / "results", _latest(folder), ["csv", "html"])


def test_one_format_goes_to_a_file(do: Do, folder: Path, noticed: Noticed) -> None:
    assert do(format="csv", output="out/figures.csv").text == ""
    assert noticed.lines == ["wrote out/figures.csv"]
    written = (folder / "out/figures.csv").read_bytes()
    assert written.startswith(b"label,name,value,unit,how,reason\r\n")


def test_with_json_the_files_are_an_object(do: Do, folder: Path, noticed: Noticed) -> None:
    told = {"run": NEW, "written": False, "files": {"json": str(folder / "record.json")}}
    assert json.loads(do(json=True, dry=True, output="record.json").text) == told
    assert not (folder / "record.json").exists()
    assert json.loads(do(json=True, output="record.json").text) == {**told, "written": True}
    assert json.loads((folder / "record.json").read_text())["run"]["id"] == NEW
    assert noticed.lines == ["wrote record.json"]
    assert json.loads(do(json=True, dry=True).text) == {"run": NEW, "written": False, "files": {}}


def test_a_pipe_gets_the_report_alone_and_stays(do: Do, folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    with subprocess.Popen(["cat", "pipe"], cwd=folder, stdout=subprocess.PIPE) as reader:
        assert do(format="csv", output="pipe").text == ""
        assert reader.stdout is not None
        assert reader.stdout.read().startswith(b"label,name,value")
    assert (folder / "pipe").is_fifo()


def test_a_link_stays_one_and_a_folder_in_the_way_is_refused(do: Do, folder: Path) -> None:
    (folder / "link").symlink_to("real")
    do(format="csv", output="link")
    assert (folder / "link").is_symlink()
    assert (folder / "real").read_bytes().startswith(b"label,")
    (folder / "out" / "report.csv").mkdir(parents=True)
    with pytest.raises(InputError, match="a folder is there already"):
        do(format="csv", output="out")


@pytest.mark.parametrize("output", ["out", "out/"])
def test_several_formats_go_to_a_folder(do: Do, folder: Path, noticed: Noticed, output: str) -> None:
    do(format="csv, junit,csv", output=output)
    assert files_of(folder) == ["out/report.csv", "out/report.junit.xml"]
    assert noticed.lines == ["wrote out/report.csv", "wrote out/report.junit.xml"]


def test_every_format_has_a_name_of_its_own_and_can_be_written(do: Do, folder: Path) -> None:
    do(format=",".join(FORMATS), output="all")
    assert len(files_of(folder)) == len(FORMATS) == 9
    assert all(path.stat().st_size > 100 for path in (folder / "all").iterdir())


def test_the_page_goes_beside_the_record(do: Do, folder: Path, noticed: Noticed) -> None:
    assert do(format="html").text == ""
    assert noticed.lines == [f"wrote results/{NEW}/report.html"]
    assert files_of(folder) == [f"results/{NEW}/report.html"]


def test_the_page_is_opened(do: Do, folder: Path, noticed: Noticed, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []

    def browse(address: str) -> bool:
        opened.append(address)
        return True

    monkeypatch.setattr(webbrowser, "open", browse)
    do(open=True)
    assert noticed.lines == [f"wrote results/{NEW}/report.html"]
    assert opened == [(folder / "results" / NEW / "report.html").as_uri()]


def test_without_a_browser_the_page_is_named(
    do: Do, folder: Path, noticed: Noticed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webbrowser, "open", lambda _address: False)
    do(open=True, format="html,csv", output="out")
    assert noticed.lines[-1] == f"no browser is here: open {(folder / 'out/report.html').as_uri()}"


def test_a_run_that_measured_nothing_is_no_default_and_says_so_where_it_is_named(
    do: Do, folder: Path, noticed: Noticed
) -> None:
    built = replace(made.result(), measurements=())
    run = replace(made.run(built), id="20261125T000000Z-000002", app="shop")
    archive.open_run(folder / "results", run.id).save(run)
    assert f"results/{NEW}/run.json" in do().text
    assert noticed.lines == []
    assert f"results/{run.id}/run.json" in do(run=run.id).text
    assert noticed.lines == [
        f"run {run.id}: it measured nothing: it built images, and no more than tested them"
    ]


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


def test_a_dash_is_standard_output_for_the_page_too(do: Do, folder: Path) -> None:
    assert do(format="csv", output="-").text == do(format="csv").text
    assert do(format="html", output="-").text.startswith("<!DOCTYPE html>")
    assert files_of(folder) == []
    assert not (folder / "-").exists()
    with pytest.raises(InputError, match="cannot go to standard output together"):
        do(format="csv,json", output="-")
    with pytest.raises(InputError, match="a browser is shown a file"):
        do(open=True, output="-")
