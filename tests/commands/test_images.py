"""`invoke measure --image`, as far as it goes without an engine."""

from __future__ import annotations

import json
from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any

import pytest

from imagematrix import engine, image, settings
from imagematrix.commands import images
from imagematrix.commands.outcome import Show
from imagematrix.errors import InputError, StepError
from imagematrix.report.console import Look
from tests.commands.noticed import Noticed


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


def test_dry_says_what_would_be_measured_and_json_is_json() -> None:
    flags: dict[str, Any] = {"image": ["node:24", "a\x1b[2J"]}
    assert images.some_images(*given(**flags)).text == (
        "would measure node:24, a\\x1b[2J; nothing is touched\n"
    )
    told = images.some_images(*given(json=True, **flags))
    assert json.loads(told.text) == {"would_measure": ["node:24", "a\x1b[2J"]}
    archive = images.some_images(*given(json=True, image_archive="app.tar"))
    assert json.loads(archive.text) == {"would_measure": ["app.tar"]}


@pytest.mark.parametrize(("flag", "value"), [("tag", "before"), ("baseline", "latest"), ("fresh", True)])
def test_what_only_a_run_knows_is_refused(flag: str, value: Any) -> None:
    with pytest.raises(InputError, match="no run is archived") as caught:
        images.some_images(*given(image=["node:24"], **{flag: value}))
    assert caught.value.where == f"--{flag}"
