"""What buildx is told, by a program in its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from imagematrix.build import build
from imagematrix.errors import StepError
from imagematrix.model import Engine

PASSWORD = "planted-9d21-password"  # noqa: S105 - the test plants it
PROXY = f"http://me:{PASSWORD}@proxy.test:3128"


def test_the_user_of_a_proxy_is_on_no_command_line_in_no_log_and_in_no_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    buildx = tmp_path / "buildx"
    buildx.write_text(
        f"""#!/bin/sh
for word; do echo "$word" >> {tmp_path}/words; done
echo "$HTTP_PROXY" > {tmp_path}/given
echo "ERROR: no way through $HTTP_PROXY" >&2
exit 1
"""
    )
    buildx.chmod(0o755)
    monkeypatch.setenv("HTTP_PROXY", PROXY)
    engine = Engine(
        host="unix:///none",
        name="docker",
        version="27",
        image_store="overlay2",
        embedded=False,
        buildx=(str(buildx),),
        env=(),
    )
    with pytest.raises(StepError) as caught:
        build(
            engine,
            context=tmp_path,
            dockerfile=tmp_path / "Dockerfile",
            tags=("a:b",),
            log=tmp_path / "log",
            cache=tmp_path / "cache",
            build_args=(("HTTP_PROXY", PROXY), ("NODE", "24")),
        )
    words = (tmp_path / "words").read_text().splitlines()
    assert [word for word in words if word.startswith("--build-arg=")] == [
        "--build-arg=HTTP_PROXY",
        "--build-arg=NODE=24",
    ]
    assert (tmp_path / "given").read_text() == f"{PROXY}\n"
    assert PASSWORD not in "".join(words)
    assert caught.value.reason.startswith("no way through http://***@proxy.test:3128")
    assert (tmp_path / "log").read_text() == "ERROR: no way through http://***@proxy.test:3128\n"
