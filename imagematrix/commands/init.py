"""`init`: a starter matrix for a Node app that is here. What exists is never overwritten."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from imagematrix.commands.outcome import Outcome, Show, as_json, short
from imagematrix.errors import MachineError
from imagematrix.report.console import grid
from imagematrix.settings import Settings
from imagematrix.starter import App, Placed, read_app, starter_files
from imagematrix.starter.files import IGNORE, TASKS
from imagematrix.text import one_line

_OURS: Final = "imagematrix"
# What would be copied into every image: not the same in the next build, or for no one else to see.
_NOT_FOR_IMAGES: Final = ("node_modules", ".git", ".env", "results", ".venv")
_State = Literal["wrote", "left as it is", "would write"]


@dataclass(frozen=True, kw_only=True, slots=True)
class _File:
    path: Path
    state: _State


def init(settings: Settings, show: Show) -> Outcome:
    """Read the app, write what is not there yet, and tell what was guessed and what to do next."""
    root = settings.file.absolute().parent
    folder = Path(os.path.normpath(Path.cwd() / settings.context))
    app = read_app(folder)
    wanted = starter_files(
        app,
        matrix=settings.file.name,
        context=Path(os.path.relpath(folder, root)).as_posix(),
        dockerfile=(folder / "Dockerfile").is_file(),
    )
    files = [_written(root if each.place == "matrix" else folder, each, dry=show.dry) for each in wanted]
    if show.json:
        return Outcome(text=as_json(_json(app, files)))
    told = [(fact.name, fact.value, _why(fact.why, guessed=fact.guessed)) for fact in app.facts]
    text = "".join(f"{each.state}: {one_line(short(each.path))}\n" for each in files)
    text += grid(("the app", "", "by"), told, look=show.look)
    text += "".join(f"warning: {warning}\n" for warning in app.warnings) + "\n" * bool(app.warnings)
    return Outcome(text=text + _next(app, files, settings.file.name))


def _written(folder: Path, wanted: Placed, *, dry: bool) -> _File:
    """The file, unless something is there.  Raises MachineError when it cannot be written."""
    path = folder / wanted.path
    if dry:
        return _File(path=path, state="left as it is" if os.path.lexists(path) else "would write")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not os.path.lexists(path):
            with path.open("x", encoding="utf-8") as file:  # "x": made here and now, or not at all
                file.write(wanted.text)
            return _File(path=path, state="wrote")
    except OSError as error:
        raise MachineError(
            f"it cannot be written: {error.strerror}",
            where=str(path),
            next_step="see who may write there; what is written already stays, and this may be run again",
        ) from error
    return _File(path=path, state="left as it is")


def _why(why: str, *, guessed: bool) -> str:
    return f"a guess: {why}" if guessed else why


def _next(app: App, files: list[_File], matrix: str) -> str:
    """What is left for the user to do, in order."""
    steps = []
    guessed = [fact.name for fact in app.facts if fact.guessed]
    if guessed:
        steps.append(
            f"see in {one_line(matrix)} and the Dockerfiles that the guesses are right: {', '.join(guessed)}"
        )
    for each in files:
        if each.state != "left as it is":
            continue
        if each.path.name == TASKS and _OURS not in _text(each.path):
            steps.append(
                "add these commands to your tasks.py: `from imagematrix.tasks import ns as imagematrix`, then "
                "`ns.add_collection(imagematrix)`; they are then called `imagematrix.matrix` and so on"
            )
        if each.path.name == IGNORE:
            ignored = {
                line.strip().removeprefix("**/").rstrip("/*") for line in _text(each.path).splitlines()
            }
            missing = [name for name in _NOT_FOR_IMAGES if name not in ignored]
            if missing:
                steps.append(
                    f"add to your {IGNORE}, if it has them not in other words: {', '.join(missing)}; "
                    "all that it does not name goes into the images"
                )
    steps += [
        "add results/ to your .gitignore, or commit it to keep the figures with the code",
        "`invoke doctor` tells what is here of all that a run needs",
        "`invoke matrix` builds, starts and measures the variants",
    ]
    return "next:\n" + "".join(f"  {number}. {step}\n" for number, step in enumerate(steps, start=1))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _json(app: App, files: list[_File]) -> object:
    return {
        "files": [{"path": str(each.path), "state": each.state} for each in files],
        "app": [
            {"name": fact.name, "value": fact.value, "by": fact.why, "guessed": fact.guessed}
            for fact in app.facts
        ],
        "warnings": list(app.warnings),
    }
