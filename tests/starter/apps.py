"""Node apps as a test needs them: some files in a folder."""

from __future__ import annotations

import json
from pathlib import Path


def app(folder: Path, *, package: object = None, **files: str) -> Path:
    """An app in `folder`; a file's name is written with `__` for the dot and `___` for the slash."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "package.json").write_text(json.dumps({} if package is None else package), encoding="utf-8")
    for name, text in files.items():
        place(folder, name.replace("___", "/").replace("__", "."), text)
    return folder


def place(folder: Path, name: str, text: str) -> None:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")
