"""The Invoke surface: every command and its flags, as a table.

Another repository adds this collection to its own `tasks.py`:

    from invoke.collection import Collection
    from imagematrix.tasks import ns as imagematrix
    ns = Collection(imagematrix)  # or under a name of your own: Collection(images=imagematrix)

What does the work is imported when a task runs: `invoke --list` must not pay for it.
"""

from __future__ import annotations

from collections.abc import Callable
from inspect import Parameter, Signature
from typing import Final, TypeAlias

from invoke.collection import Collection
from invoke.context import Context
from invoke.tasks import Task, task

from imagematrix.settings import DEFAULTS, FLAGS
from imagematrix.tasks.boundary import do

__all__ = ["ns"]

_Task: TypeAlias = Task[Callable[..., None]]

# A flag reads the same wherever it is: one wording, one default (settings.FLAGS), no short form.
_HELP: Final = {
    "variant": "a variant's name or glob; may be given several times",
    "set": "keep the rows with this axis value (node=22); may be given several times",
    "file": "the matrix file (variants.yml)",
    "bases": "where base images come from: auto, registry, or local (stand-ins made from packages)",
    "jobs": "variants at a time (one a processor)",
    "deep": "read every layer once: what causes waste, download sizes, files by layer",
    "exact_download": "compress every layer as a registry client would, instead of a sample (with --deep)",
    "repeat": "cold starts that are timed (5)",
    "fresh": "measure behaviour again, also where an archived run has it",
    "image": "measure this image, which is on the engine, instead of the matrix; may be given several times",
    "image_archive": "measure this archive (docker save or OCI layout), without an engine",
    "json": "the record alone on standard output",
    "all": "of every matrix, and stand-in base images too",
    "image_store": "overlay2 or containerd",
}
_SELECT: Final = ("variant", "set", "file")
_RUN: Final = (*_SELECT, "bases", "jobs")
_MEASURE: Final = ("deep", "exact_download", "repeat", "fresh")


def _command(name: str, does: str, text: str, *flags: str) -> _Task:
    """A task that does `module:function` of `imagematrix.commands`; every one has --json."""
    flags = (*flags, "json")

    def body(c: Context, **given: object) -> None:
        do(c, does, {name.rstrip("_"): value for name, value in given.items()})

    # Invoke reads a task's flags off its function's signature; a trailing "_" keeps off Python's own names.
    parameters = {flag: f"{flag}_" if flag in ("set", "all") else flag for flag in flags}
    body.__name__, body.__doc__ = name, text
    body.__signature__ = Signature(  # type: ignore[attr-defined]
        [Parameter("c", Parameter.POSITIONAL_OR_KEYWORD)]
        + [
            Parameter(parameter, Parameter.POSITIONAL_OR_KEYWORD, default=FLAGS[flag])
            for flag, parameter in parameters.items()
        ]
    )
    made: _Task = task(
        name=name,
        auto_shortflags=False,
        iterable=[parameters[flag] for flag in flags if FLAGS[flag] is None],
        help={flag: _HELP[flag] for flag in flags},
    )(body)
    return made


ns = Collection(
    "imagematrix",
    _command(
        "matrix", "matrix:matrix", "Build, smoke-test, measure and archive every variant.", *_RUN, *_MEASURE
    ),
    _command("build", "matrix:build", "Build the images.", *_RUN),
    _command("smoke", "matrix:smoke", "Build the images and smoke-test them.", *_RUN),
    _command(
        "measure",
        "matrix:measure",
        "Build, smoke-test and measure, and show each image in full.",
        *_RUN,
        *_MEASURE,
        "image",
        "image_archive",
    ),
    _command("list", "look:list_variants", "List the variants of the matrix.", *_SELECT),
    _command(
        "history",
        "look:history",
        "Show each image's history, the base image's lines told from our own.",
        *_RUN,
    ),
    _command("runs", "look:runs", "List the archived runs.", "file"),
    _command(
        "bases", "stock:base_images", "Find or make the base images, and list where each came from.", *_RUN
    ),
    _command("doctor", "doctor:doctor", "Tell what is here of all that a run needs, and what to do.", "file"),
    _command(
        "clean", "stock:clean", "Remove this matrix's containers and images from the engine.", "file", "all"
    ),
    engine=Collection(
        "engine",
        _command("up", "engine_room:up", "Bring up a private Docker engine.", "file", "image_store"),
        _command("status", "engine_room:status", "Tell whether the private engine runs.", "file"),
        _command(
            "down", "engine_room:down", "Take the private engine down; images stay in the cache.", "file"
        ),
    ),
)
ns.configure({"imagematrix": dict(DEFAULTS)})
