"""`invoke measure --image`, as far as it goes without an engine."""

from __future__ import annotations

import json
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from imagematrix import engine, image, settings
from imagematrix.commands import images
from imagematrix.commands.outcome import Show
from imagematrix.errors import InputError, StepError
from imagematrix.model import How
from imagematrix.report.console import Look
from imagematrix.report.progress import PlainProgress, stderr_console
from tests import made
from tests.commands.noticed import Noticed
from tests.image import exports


def archive(path: Path, seeds: str) -> str:
    """An archive of one image without a name, of a layer for each letter."""
    layers = [exports.layer(seed) for seed in seeds]
    path.write_bytes(exports.since_25(layers, exports.config(layers, [(seed, False) for seed in seeds])))
    return str(path)


def given(*, json: bool = False, **flags: Any) -> tuple[settings.Settings, Show]:
    resolved = settings.resolve({}, flags, {"HOME": "/none"})
    return resolved, Show(look=Look(width=100, color=False), json=json, dry=True, progress=Noticed)


@pytest.mark.parametrize("deep", [False, True])
def test_of_several_images_the_one_at_fault_is_named(monkeypatch: pytest.MonkeyPatch, deep: bool) -> None:
    def read(_engine: object, _client: object, ref: str, **_: object) -> object:
        if ref == "gone:1":
            raise StepError("measure", "no such image")
        return SimpleNamespace(ref=ref)

    monkeypatch.setattr(engine, "find", lambda *_, **__: None)
    monkeypatch.setattr(engine, "connect", lambda _: SimpleNamespace(close=nullcontext))
    monkeypatch.setattr(image, "read_image", read)
    monkeypatch.setattr(image, "subject", lambda _e, _c, one, *_, **__: SimpleNamespace(image=one, files=()))
    resolved, _ = given(image=["node:24", "gone:1", "node:22"], deep=deep)
    with pytest.raises(InputError, match="the image cannot be measured: no such image") as caught:
        images.of_engine(resolved, Noticed())
    assert caught.value.where == "gone:1"


def test_dry_says_what_would_be_measured_and_json_is_json(tmp_path: Path) -> None:
    flags: dict[str, Any] = {"image": ["node:24", "a\x1b[2J"]}
    assert images.some_images(*given(**flags)).text == (
        "would measure node:24, a\\x1b[2J; nothing is touched\n"
    )
    told = images.some_images(*given(json=True, **flags))
    assert json.loads(told.text) == {"would_measure": ["node:24", "a\x1b[2J"]}
    path = archive(tmp_path / "app.tar", "a")
    told = images.some_images(*given(json=True, image_archive=[path]))
    assert json.loads(told.text) == {"would_measure": [path]}


def test_dry_refuses_an_archive_that_is_seen_to_be_none(tmp_path: Path) -> None:
    good = archive(tmp_path / "app.tar", "a")
    with pytest.raises(InputError, match="No such file") as caught:
        images.some_images(*given(image_archive=[good, str(tmp_path / "none.tar")]))
    assert caught.value.where.endswith("none.tar")


def shown(folder: Path, *archives: str, json: bool = False) -> str:
    resolved, show = given(json=json, image_archive=list(archives), cache=str(folder / "cache"))
    progress = PlainProgress(stderr_console(color=False))
    return images.some_images(resolved, replace(show, dry=False, progress=lambda: progress)).text


def test_several_archives_are_all_measured_and_told_as_a_set(tmp_path: Path) -> None:
    one, two = archive(tmp_path / "one.tar", "ab"), archive(tmp_path / "two.tar", "ac")
    assert shown(tmp_path, one, two).endswith(
        """
 image     layers   shared    alone  in common with
 ────────────────────────────────────────────────────
 one.tar  2.00 kB  1.00 kB  1.00 kB  1.00 kB: two.tar
 two.tar  2.00 kB  1.00 kB  1.00 kB  1.00 kB: one.tar

 together on one host: 3.00 kB, each layer once; apart: 4.00 kB
 alone: what adding the image last costs, and removing it saves
"""
    )
    assert "together on one host" not in shown(tmp_path, one)
    assert [each["label"] for each in json.loads(shown(tmp_path, two, one, json=True))] == [
        "two.tar",
        "one.tar",
    ]


def test_images_of_one_name_in_several_archives_are_told_apart_by_these(tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    one, two = archive(tmp_path / "app.tar", "a"), archive(tmp_path / "old" / "app.tar", "b")
    told = json.loads(shown(tmp_path, one, two, one, json=True))
    assert [each["label"] for each in told] == [f"{one}: app.tar", f"{two}: app.tar", f"{one}: app.tar"]


@pytest.mark.parametrize("near", [False, True])
def test_a_set_with_estimated_bytes_says_so(near: bool) -> None:
    how = How.ESTIMATED if near else How.EXACT
    found = [made.result(name) for name in "ab"]
    found = [replace(each, image=each.image and replace(each.image, bytes_how=how)) for each in found]
    assert ("~" in images._set(found, given()[1])) == near


@pytest.mark.parametrize(("flag", "value"), [("tag", "before"), ("baseline", "latest"), ("fresh", True)])
def test_what_only_a_run_knows_is_refused(flag: str, value: Any) -> None:
    with pytest.raises(InputError, match="no run is archived") as caught:
        images.some_images(*given(image=["node:24"], **{flag: value}))
    assert caught.value.where == f"--{flag}"
