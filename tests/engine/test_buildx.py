"""Which buildx is used: the user's own where it is new enough, else one that apt brings."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from imagematrix.engine import buildx, tools
from imagematrix.errors import EngineError
from imagematrix.model import Places
from tests.engine.conftest import write_program


def says(version: str) -> str:
    return f"echo 'github.com/docker/buildx {version} abc'"


def programs() -> Path:
    return Path(os.environ["PATH"])


def test_a_plugin_of_the_user(bare: Path, places: Places) -> None:
    plugin = write_program(bare / "cli-plugins" / "docker-buildx", says("v0.17.1"))
    assert buildx.find(os.environ, places.cache, notify=pytest.fail) == (str(plugin),)


def test_a_folder_that_the_clients_settings_name(bare: Path, tmp_path: Path) -> None:
    plugin = write_program(tmp_path / "extra" / "docker-buildx", says("0.13.1+ds1"))
    (bare / "config.json").write_text(json.dumps({"cliPluginsExtraDirs": [str(plugin.parent)]}))
    assert buildx.installed(os.environ) == ((str(plugin),), [f"{plugin} 0.13"])


@pytest.mark.usefixtures("bare")
def test_a_client_that_knows_buildx() -> None:
    client = write_program(programs() / "docker", f'[ "$1 $2" = "buildx version" ] && {says("v0.20.0")}')
    assert buildx.installed(os.environ)[0] == (str(client), "buildx")


def test_one_that_is_too_old_is_passed_over(bare: Path) -> None:
    write_program(bare / "cli-plugins" / "docker-buildx", says("v0.11.2"))
    newer = write_program(programs() / "docker-buildx", says("v1.0.0"))
    assert buildx.installed(os.environ)[0] == (str(newer),)


def test_none_and_none_to_be_had(bare: Path, places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    old = write_program(bare / "cli-plugins" / "docker-buildx", says("v0.11.2"))
    write_program(programs() / "docker", "echo \"docker: 'buildx' is not a docker command.\" >&2; exit 1")
    monkeypatch.setattr("imagematrix.fetch.apt.usable", lambda: "this is no Debian")
    with pytest.raises(EngineError) as caught:
        buildx.find(os.environ, places.cache, notify=pytest.fail)
    assert f"no docker buildx >= 0.12 is here (found: {old} 0.11)" in caught.value.what
    assert caught.value.what.endswith("none can be fetched: this is no Debian")
    assert "docker-buildx-plugin" in caught.value.next_step


@pytest.mark.usefixtures("bare")
def test_ours_serves_where_the_user_has_none(places: Places) -> None:
    ours = tools.folder(tools.CLIENT, places.cache) / tools.BUILDX
    write_program(ours, says("0.13.1"))
    assert buildx.find(os.environ, places.cache, notify=pytest.fail) == (str(ours),)


def test_another_builder_that_the_user_selected_is_not_used(tmp_path: Path) -> None:
    assert dict(buildx.environment(tmp_path)) == {
        "BUILDX_BUILDER": "default",
        "BUILDX_CONFIG": str(tmp_path / "buildx"),
    }
