"""What a command is run with: flags over the environment over configuration, read once, here.

Configuration is Invoke's (`ns.configure({"imagematrix": {…}})`, invoke.yaml); it comes in as a plain
mapping, so that nothing below `tasks` knows of Invoke.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, cast, get_args

from imagematrix.errors import InputError

BasesMode = Literal["auto", "registry", "local"]

# Complete defaults: every key that configuration may set.
DEFAULTS: Final[Mapping[str, str | int]] = {
    "file": "variants.yml",
    "results": "",  # "" is results/ beside the matrix file
    "cache": "",  # "" is the user's own cache folder
    "bases": "auto",
    "jobs": "",  # "" is two a processor: half of the time is waiting for the engine
    "repeat": "5",
}

# A certificate bundle that the machine's own tools are told to trust, the most fitting first.
_CA_VARIABLES: Final = ("NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE")
_PROXY_VARIABLES: Final = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy")


# The flags of the command line with what they are when not given; None is a flag that may be repeated.
FLAGS: Final[Mapping[str, str | int | bool | None]] = {
    "variant": None,
    "set": None,
    "file": "",
    "bases": "",
    "jobs": "",
    "deep": False,
    "exact_download": False,
    "repeat": "",
    "fresh": False,
    "image": None,
    "image_archive": None,
    "run": "",
    "old": "",
    "new": "",
    "tag": "",
    "baseline": "",
    "figure": None,
    "format": "",
    "output": "",
    "open": False,
    "with_images": False,
    "verify": "",
    "revision": "",
    "since": "",
    "until": "",
    "prune": False,
    "keep": "",
    "glibc": False,
    "no_shell": False,
    "non_root": False,
    # One that is given without a value is not one that is not given: Invoke tells them apart where it lists them.
    "max_download": None,
    "max_unpacked": None,
    "max_start": None,
    "max_memory": None,
    "context": "",
    "json": False,
    "all": False,
    "image_store": "overlay2",
}


# Flags that say what an image to be chosen must be.
WISHES: Final = (
    *("glibc", "no_shell", "non_root"),
    *("max_download", "max_unpacked", "max_start", "max_memory"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """Everything a command is run with, resolved."""

    file: Path
    results: Path | None  # None: beside the matrix file
    cache: Path
    bases: BasesMode
    jobs: int
    repeat: int  # cold starts that are timed
    deep: bool
    exact_download: bool
    fresh: bool
    images: tuple[str, ...]  # () measures the matrix
    image_archives: tuple[str, ...]  # likewise
    image_store: str
    all: bool
    run: str  # a run, as archive.resolve reads it; "" is the latest
    old: str  # likewise; "" is the one before `new`
    new: str
    tag: str
    baseline: str  # "" is what the matrix file says
    figures: tuple[str, ...]  # names of measurements; () is a choice of them
    format: str
    output: str  # a file or a folder; "" is standard output, or a name of its own beside the record
    open: bool
    with_images: bool
    verify: str  # a bundle
    revision: str
    since: str  # a date or a time, ISO 8601
    until: str
    prune: bool
    keep: str  # how many runs, or how much of the engine's disk
    wishes: tuple[tuple[str, str], ...]  # (flag, value) of those constraints that were given; "" has no value
    context: str  # the folder of an app that has no matrix file yet; "" is here
    variants: tuple[str, ...]  # names or globs; () is all
    settings: tuple[str, ...]  # "axis=value"
    ca_bundle: Path | None
    proxies: tuple[tuple[str, str], ...]
    color: bool


def resolve(
    configured: Mapping[str, object],
    flags: Mapping[str, object],
    environment: Mapping[str, str] = os.environ,
) -> Settings:
    """Flags ("" and False are not given) over configuration.  Raises InputError on what cannot be."""
    unknown = sorted(set(configured) - set(DEFAULTS))
    if unknown:
        known = ", ".join(DEFAULTS)
        raise InputError(f"unknown setting imagematrix.{unknown[0]}", next_step=f"the settings are {known}")
    given = {name: value for name, value in flags.items() if value}
    values = {**FLAGS, **DEFAULTS, **configured, **_of_environment(environment), **given}
    return Settings(
        file=Path(str(values["file"])),
        results=Path(str(values["results"])) if values["results"] else None,
        cache=_cache(str(values["cache"]), environment),
        bases=_bases(str(values["bases"])),
        jobs=_whole("jobs", values["jobs"] or 2 * (os.cpu_count() or 1)),
        repeat=_whole("repeat", values["repeat"]),
        deep=bool(values["deep"]),
        exact_download=bool(values["exact_download"]),
        fresh=bool(values["fresh"]),
        images=_named("image", values["image"], such_as="node:24"),
        image_archives=_named("image-archive", values["image_archive"], such_as="app.tar"),
        image_store=str(values["image_store"]),
        all=bool(values["all"]),
        run=str(values["run"]),
        old=str(values["old"]),
        new=str(values["new"]),
        tag=str(values["tag"]),
        baseline=str(values["baseline"]),
        figures=_words(values["figure"]),
        format=str(values["format"]),
        output=str(values["output"]),
        open=bool(values["open"]),
        with_images=bool(values["with_images"]),
        verify=str(values["verify"]),
        revision=str(values["revision"]),
        since=str(values["since"]),
        until=str(values["until"]),
        prune=bool(values["prune"]),
        keep=str(values["keep"]),
        wishes=tuple((name, word) for name in WISHES for word in _wished(values[name])),
        context=str(values["context"]),
        variants=_words(values["variant"]),
        settings=_words(values["set"]),
        ca_bundle=_ca_bundle(environment),
        proxies=tuple((name, environment[name]) for name in _PROXY_VARIABLES if environment.get(name)),
        color=not environment.get("NO_COLOR"),
    )


def _of_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """INVOKE_IMAGEMATRIX_JOBS and the like.

    Invoke itself loses them: a collection that configures one key of a mapping replaces all its defaults,
    and a variable for which there is no default is not looked at.
    """
    names = {name: f"INVOKE_IMAGEMATRIX_{name.upper()}" for name in DEFAULTS}
    return {name: environment[variable] for name, variable in names.items() if environment.get(variable)}


def _words(value: object) -> tuple[str, ...]:
    return tuple(str(word) for word in value) if isinstance(value, (list, tuple)) else ()


def _named(flag: str, value: object, *, such_as: str) -> tuple[str, ...]:
    """What a flag names that must not be nothing: a script's variable that is not set would measure the matrix."""
    words = _words(value)
    if not all(word.strip() for word in words):
        raise InputError("no image is named", where=f"--{flag}", next_step=f"name one: --{flag} {such_as}")
    return words


def _wished(value: object) -> tuple[str, ...]:
    """The values that a constraint was given; ("",) for one that has none, () where it was not given."""
    if isinstance(value, (list, tuple)):
        return _words(value)
    return ("",) if value is True else (str(value),) if value else ()


def _bases(text: str) -> BasesMode:
    if text not in get_args(BasesMode):
        choices = f"use one of {', '.join(get_args(BasesMode))}"
        raise InputError(f"no such way to get base images: {text!r}", where="--bases", next_step=choices)
    return cast(BasesMode, text)


def _whole(name: str, value: object) -> int:
    try:
        number: int | None = int(str(value))
    except ValueError:
        number = None
    if number is None or number < 1:
        what = f"not a whole number: {value!r}" if number is None else f"must be 1 at least, and is {number}"
        raise InputError(what, where=f"--{name}", next_step="use a whole number, 1 or more")
    return number


def _cache(configured: str, environment: Mapping[str, str]) -> Path:
    if configured:
        return Path(configured).absolute()
    import platformdirs

    if not environment.get("HOME") and not environment.get("XDG_CACHE_HOME"):
        # Without a home, platformdirs would make a folder named "~" here.
        return Path(f"/var/tmp/imagematrix-{os.getuid()}")  # noqa: S108 - its owner alone may enter, see engine
    return platformdirs.user_cache_path("imagematrix")


def _ca_bundle(environment: Mapping[str, str]) -> Path | None:
    for name in _CA_VARIABLES:
        path = Path(environment.get(name) or "-")
        if path.is_file():
            return path
    return None
