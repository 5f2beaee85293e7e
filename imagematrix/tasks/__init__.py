"""The Invoke surface: every command and its flags.

Another repository adds this collection to its own `tasks.py`:

    from invoke.collection import Collection
    from imagematrix.tasks import ns as imagematrix
    ns = Collection(imagematrix)  # or under a name of your own: Collection(images=imagematrix)

What does the work is imported when a task runs: `invoke --list` must not pay for it.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Final

from invoke.collection import Collection
from invoke.context import Context
from invoke.tasks import Task, task

from imagematrix.settings import DEFAULTS
from imagematrix.tasks.boundary import do

if TYPE_CHECKING:
    from imagematrix.commands.outcome import Outcome, Show
    from imagematrix.settings import Settings
    from imagematrix.tasks.boundary import Command

__all__ = ["ns"]

Names = list[str] | None

# One wording for a flag, whichever command has it.
_HELP: Final = {
    "variant": "a variant's name or glob; may be given several times",
    "set": "keep the rows with this axis value (node=22); may be given several times",
    "file": "the matrix file (variants.yml)",
    "bases": "where base images come from: auto, registry, or local (stand-ins made from packages)",
    "jobs": "variants at a time (one a processor)",
    "json": "the record alone on standard output",
    "all": "of every matrix, and stand-in base images too",
    "image_store": "overlay2 or containerd",
}
_LISTS: Final = {"variant": "variant", "set": "set_"}


def _task(name: str, *flags: str) -> Callable[[Callable[..., None]], Task[Callable[..., None]]]:
    """A task with these flags; none has a short form, so that all read the same everywhere."""
    return task(
        name=name,
        auto_shortflags=False,
        iterable=[_LISTS[flag] for flag in flags if flag in _LISTS],
        help={flag: _HELP[flag] for flag in flags},
    )


def _until(step: str) -> Command:
    def command(settings: Settings, show: Show) -> Outcome:
        from imagematrix.commands.matrix import run
        from imagematrix.model import Step

        return run(settings, show, until=Step(step))

    return command


def _in(module: str, function: str, **options: object) -> Command:
    """A command by the module of `commands` that it lies in; imported when it is run."""

    def command(settings: Settings, show: Show) -> Outcome:
        found: Outcome = getattr(import_module(f"imagematrix.commands.{module}"), function)(
            settings, show, **options
        )
        return found

    return command


@_task("matrix", "variant", "set", "file", "bases", "jobs", "json")
def matrix(
    c: Context,
    variant: Names = None,
    set_: Names = None,
    file: str = "",
    bases: str = "",
    jobs: int = 0,
    json: bool = False,
) -> None:
    """Build, smoke-test, measure and archive every variant."""
    do(c, _until("measure"), variant=variant, settings=set_, file=file, bases=bases, jobs=jobs, json=json)


@_task("build", "variant", "set", "file", "bases", "jobs", "json")
def build(
    c: Context,
    variant: Names = None,
    set_: Names = None,
    file: str = "",
    bases: str = "",
    jobs: int = 0,
    json: bool = False,
) -> None:
    """Build the images."""
    do(c, _until("build"), variant=variant, settings=set_, file=file, bases=bases, jobs=jobs, json=json)


@_task("smoke", "variant", "set", "file", "bases", "jobs", "json")
def smoke(
    c: Context,
    variant: Names = None,
    set_: Names = None,
    file: str = "",
    bases: str = "",
    jobs: int = 0,
    json: bool = False,
) -> None:
    """Build the images and smoke-test them by one HTTP GET each."""
    do(c, _until("smoke"), variant=variant, settings=set_, file=file, bases=bases, jobs=jobs, json=json)


@_task("measure", "variant", "set", "file", "bases", "jobs", "json")
def measure(
    c: Context,
    variant: Names = None,
    set_: Names = None,
    file: str = "",
    bases: str = "",
    jobs: int = 0,
    json: bool = False,
) -> None:
    """Build, smoke-test and measure; the same as matrix."""
    do(c, _until("measure"), variant=variant, settings=set_, file=file, bases=bases, jobs=jobs, json=json)


@_task("list", "variant", "set", "file", "json")
def list_(c: Context, variant: Names = None, set_: Names = None, file: str = "", json: bool = False) -> None:
    """List the variants of the matrix."""
    do(c, _in("look", "list_variants"), variant=variant, settings=set_, file=file, json=json)


@_task("history", "variant", "set", "file", "bases", "jobs", "json")
def history(
    c: Context,
    variant: Names = None,
    set_: Names = None,
    file: str = "",
    bases: str = "",
    jobs: int = 0,
    json: bool = False,
) -> None:
    """Show each image's history, the base image's lines told from our own."""
    do(
        c,
        _in("look", "history"),
        variant=variant,
        settings=set_,
        file=file,
        bases=bases,
        jobs=jobs,
        json=json,
    )


@_task("runs", "file", "json")
def runs(c: Context, file: str = "", json: bool = False) -> None:
    """List the archived runs."""
    do(c, _in("look", "runs"), file=file, json=json)


@_task("bases", "variant", "set", "file", "bases", "json")
def bases_(
    c: Context,
    variant: Names = None,
    set_: Names = None,
    file: str = "",
    bases: str = "",
    json: bool = False,
) -> None:
    """Find or make the base images, and list where each came from."""
    do(c, _in("stock", "base_images"), variant=variant, settings=set_, file=file, bases=bases, json=json)


@_task("doctor", "file", "json")
def doctor(c: Context, file: str = "", json: bool = False) -> None:
    """Tell what is here of all that a run needs, and what to do where something is amiss."""
    do(c, _in("doctor", "doctor"), file=file, json=json)


@_task("clean", "file", "all", "json")
def clean(c: Context, file: str = "", all_: bool = False, json: bool = False) -> None:
    """Remove this matrix's containers and images from the engine; nothing else is touched."""
    do(c, _in("stock", "clean", everything=all_), file=file, json=json)


@_task("up", "file", "image_store", "json")
def engine_up(c: Context, file: str = "", image_store: str = "overlay2", json: bool = False) -> None:
    """Bring up a private Docker engine; nothing is installed on the system."""
    do(c, _in("engine_room", "up", image_store=image_store), file=file, json=json)


@_task("status", "file", "json")
def engine_status(c: Context, file: str = "", json: bool = False) -> None:
    """Tell whether the private engine runs, and where its data lies."""
    do(c, _in("engine_room", "status"), file=file, json=json)


@_task("down", "file", "json")
def engine_down(c: Context, file: str = "", json: bool = False) -> None:
    """Take the private engine down, with its containers; images stay in the cache."""
    do(c, _in("engine_room", "down"), file=file, json=json)


ns = Collection(
    "imagematrix",
    matrix,
    build,
    smoke,
    measure,
    list_,
    history,
    runs,
    bases_,
    doctor,
    clean,
    engine=Collection("engine", engine_up, engine_status, engine_down),
)
ns.configure({"imagematrix": dict(DEFAULTS)})
