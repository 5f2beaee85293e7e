"""The command line, as a user runs it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from imagematrix import settings
from imagematrix.engine import tools
from imagematrix.model import Engine


@dataclass(frozen=True, kw_only=True, slots=True)
class Done:
    code: int
    out: str
    err: str

    @property
    def record(self) -> Any:
        return json.loads(self.out)


def words(task: str, *flags: str) -> list[str]:
    return [str(Path(sys.executable).parent / "invoke"), task, *flags]


def invoke(folder: Path, task: str, *flags: str, environment: Mapping[str, str] | None = None) -> Done:
    done = subprocess.run(
        words(task, *flags),
        cwd=folder,
        env={**os.environ, **(environment or {})},
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    return Done(code=done.returncode, out=done.stdout, err=done.stderr)


def docker(engine: Engine, *words: str) -> list[str]:
    """The words of a docker command on this engine: the machine's own client, or ours where it has none."""
    cache = settings.resolve({}, {}, environment=os.environ).cache
    program = shutil.which("docker") or str(tools.ensure(tools.CLIENT, cache, notify=print) / tools.DOCKER)
    return ["env", *(f"{name}={value}" for name, value in engine.env), program, *words]


def checkout(folder: Path, source: Path, *names: str) -> Path:
    """A folder of its own with the parts of this repository that a run reads."""
    for name in names or ("tasks.py", "variants.yml", "app", "dockerfiles"):
        copy: Any = shutil.copytree if (source / name).is_dir() else shutil.copy
        copy(source / name, folder / name)
    return folder


def variants(record: Any) -> dict[str, Any]:
    return {variant["label"]: variant for variant in record["variants"]}


def figures(variant: Any) -> dict[str, Any]:
    return {m["name"]: m.get("value", m["how"]) for m in variant["measurements"]}


def flags(names: Sequence[str]) -> list[str]:
    return [word for name in names for word in ("--variant", name)]
