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
from typing import Final

from invoke.collection import Collection
from invoke.context import Context
from invoke.parser.argument import Argument
from invoke.tasks import Task, task

from imagematrix.settings import DEFAULTS, FLAGS, WISHES
from imagematrix.tasks.boundary import do

__all__ = ["ns"]


class _Task(Task[Callable[..., None]]):
    def get_arguments(self, ignore_unknown_help: bool | None = None) -> list[Argument]:
        """A flag that may be repeated needs its value, as any other: Invoke takes it for one that was not given."""
        arguments = super().get_arguments(ignore_unknown_help)
        for argument in arguments:
            if argument.kind is list:
                argument.raw_value = None  # else [], which counts as a value
        return arguments


# A flag reads the same wherever it is: one wording, one default (settings.FLAGS), no short form.
HELP: Final = {
    "variant": "a variant's name or glob; may be given several times",
    "set": "keep the rows with this axis value (node=22); may be given several times",
    "file": "the matrix file (variants.yml)",
    "bases": "where base images come from: auto, registry, or local (stand-ins made from packages)",
    "jobs": "variants at a time (two a processor)",
    "deep": "read every layer once: what causes waste, download sizes, files by layer",
    "exact_download": "compress every layer as a registry client would, instead of a sample (with --deep)",
    "repeat": "cold starts that are timed (5)",
    "fresh": "measure behaviour again, also where an archived run has it",
    "image": "measure this image, which is on the engine, instead of the matrix; may be given several times",
    "image_archive": "measure this archive (docker save or OCI layout), without an engine; may be given several times",
    "run": "an archived run: an id, latest, previous, a tag, a git revision (HEAD~1), a record or a bundle (latest)",
    "old": "the run to compare with, as --run takes it (the one before)",
    "new": "the run to look at, as --run takes it (latest)",
    "tag": "a name for the run; runs: those of this name",
    "baseline": "the run that budgets such as +1% are held against, as --run takes it (a variant's last that passed)",
    "figure": "a measurement's name; may be given several times",
    "format": "what to write",
    "output": "the file to write",
    "open": "show it in the browser",
    "with_images": "put the images themselves in too",
    "verify": "check this bundle instead of making one",
    "revision": "runs of this git commit, as git takes it (HEAD~1), or a prefix of one",
    "since": "runs from this date on (2026-11-24)",
    "until": "runs up to this date",
    "prune": "remove all but the newest runs; never one that has a tag",
    "keep": "how many runs --prune leaves; of clean, what may stay on the engine's disk (5GB)",
    "glibc": "the image must run on glibc",
    "no_shell": "the image must have no shell",
    "non_root": "the image must not run as root",
    "max_download": "most bytes to download (60MB)",
    "max_unpacked": "most bytes unpacked",
    "max_start": "longest start-up (500ms)",
    "max_memory": "most memory when idle",
    "context": "the app's folder (here)",
    "json": "the record alone on standard output",
    "all": "of every matrix, and stand-in base images too",
    "image_store": "overlay2 or containerd",
}
_SELECT: Final = ("variant", "set", "file")
_RUN: Final = (*_SELECT, "bases", "jobs")
_MEASURE: Final = ("deep", "exact_download", "repeat", "fresh", "tag", "baseline")


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
        klass=_Task,
        name=name,
        auto_shortflags=False,
        iterable=[parameters[flag] for flag in flags if FLAGS[flag] is None],
        help={flag: HELP[flag] for flag in flags},
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
    _command(
        "findings",
        "findings:findings",
        "Tell what is amiss with the images of a run.",
        "file",
        "run",
        "variant",
    ),
    _command(
        "recommend",
        "advise:recommend",
        "Say which image to choose, and why.",
        "file",
        "run",
        *WISHES,
    ),
    _command(
        "compare",
        "compare:compare",
        "Tell what changed between two runs, two variants or two images.",
        "file",
        "old",
        "new",
        "variant",
        "image",
        "format",
    ),
    _command("trend", "trend:trend", "Draw figures over the archived runs.", "file", "variant", "figure"),
    _command(
        "report",
        "report:report",
        "Write a report of a run.",
        "file",
        "run",
        "format",
        "output",
        "open",
    ),
    _command(
        "runs",
        "runs:runs",
        "List the archived runs, or remove old ones.",
        "file",
        "variant",
        "tag",
        "revision",
        "since",
        "until",
        "prune",
        "keep",
    ),
    _command(
        "archive",
        "bundle:bundle",
        "Put a run into one file, or check such a file.",
        "file",
        "run",
        "output",
        "with_images",
        "verify",
    ),
    _command("init", "init:init", "Write a starter matrix for a Node app that is here.", "context"),
    _command(
        "bases", "stock:base_images", "Find or make the base images, and list where each came from.", *_RUN
    ),
    _command("doctor", "doctor:doctor", "Tell what is here of all that a run needs, and what to do.", "file"),
    _command(
        "clean",
        "stock:clean",
        "Remove this matrix's containers and images from the engine.",
        "file",
        "all",
        "keep",
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
