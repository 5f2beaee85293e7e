"""Programs of an image at fault: each is asked something while the app runs, and none can hold the run up."""

from __future__ import annotations

import json
import resource
import signal
import subprocess
import time
from pathlib import Path
from typing import Any, Final

import docker
import pytest

from imagematrix.config import load_matrix
from imagematrix.container import EXEC_SECONDS
from imagematrix.model import LABEL_OWNER
from imagematrix.steps import owner
from tests.integration.apps import tiny
from tests.integration.cli import figures, invoke, variants, words

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("engine")]

MEMORY: Final = 3 << 30  # bytes of addresses that a run has
FAULTS: Final = {
    "yes": "`bash` inside says more than 1048576 bytes",
    "exec sleep 100000": "`bash` inside has not ended after 20 s",
}


def with_bash(folder: Path, name: str, program: str) -> Path:
    more = f"RUN printf '#!/bin/sh\\n{program}\\n' > /bin/bash && chmod +x /bin/bash"
    tiny(folder, more=more, timeout=20)
    matrix = folder / "variants.yml"
    matrix.write_text(matrix.read_text().replace("name: tiny", f"name: {name}"), encoding="utf-8")
    return folder


def left(client: docker.DockerClient, folder: Path) -> list[Any]:
    filters: dict[str, str | list[str] | bool] = {
        "label": f"{LABEL_OWNER}={owner(load_matrix(folder / 'variants.yml'))}"
    }
    return client.containers.list(all=True, filters=filters, ignore_removed=True)


@pytest.mark.parametrize("program", FAULTS)
def test_a_program_inside_at_fault_is_told_and_the_run_goes_on(
    client: docker.DockerClient, tmp_path: Path, program: str
) -> None:
    folder = with_bash(tmp_path / "app", "inside", program)
    done = subprocess.run(
        words("matrix", "--repeat=1", "--json"),
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY)),
    )
    assert done.returncode == 0, done.stderr
    (variant,) = variants(json.loads(done.stdout)).values()
    told = {each["name"]: each for each in variant["measurements"]}
    for name in ("exec_bash", "exec_sh", "exec_node", "shells"):
        assert (told[name]["how"], told[name]["reason"]) == ("unavailable", FAULTS[program])
    known = figures(variant)
    assert (known["libc"], known["hardening_read_only"]) == ("musl", "passes")
    assert "behaviour_key" not in told, "the next run asks again"
    assert left(client, folder) == []
    assert invoke(folder, "clean").code == 0


def test_an_interrupt_while_one_is_waited_for_ends_the_run_at_once(
    client: docker.DockerClient, tmp_path: Path
) -> None:
    folder = with_bash(tmp_path / "app", "waiting", "exec sleep 100000")
    assert invoke(folder, "build").code == 0
    run = subprocess.Popen(
        words("matrix", "--repeat=1"), cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 120
    while not any("sleep 100000" in repr(each.top()) for each in running(client, folder)):
        assert time.monotonic() < deadline, "bash was to be asked"
        assert run.poll() is None
        time.sleep(0.1)
    begun = time.monotonic()
    run.send_signal(signal.SIGINT)
    assert run.wait(timeout=60) == 130
    assert time.monotonic() - begun < EXEC_SECONDS / 2
    assert left(client, folder) == []
    assert invoke(folder, "clean").code == 0


def running(client: docker.DockerClient, folder: Path) -> list[Any]:
    return [each for each in left(client, folder) if each.status == "running"]
