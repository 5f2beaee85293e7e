r"""What a Dockerfile takes from elsewhere: the images that its FROM, COPY and RUN lines name.

Reads no more of the language than that needs: FROM, ARG before the first FROM, `--from=` of COPY and ADD,
`from=` of RUN's mounts, comments, continued lines, here-documents, `# escape=`.  The grammar and the rules
of ARG, the predefined ones of platforms among them, are those of
https://docs.docker.com/reference/dockerfile/ .
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import takewhile
from typing import Final

from imagematrix.config.wording import quoted, shortened

_HEREDOC = re.compile(r"""(?:^|\s)\d*<<(-?)(["']?)([A-Za-z_][\w.]*)\2(?=\s|$)""")
_FROM = re.compile(r"(?:--\S+\s+)*(?P<image>\S+)(?:\s+as\s+(?P<name>\S+))?", re.IGNORECASE)
_SOURCE_FLAG = re.compile(r"--from=(\S+)|--mount=(?:.*,)?from=([^,]+)(?:,.*)?")
_DIRECTIVE = re.compile(r"#\s*(?P<name>[a-z][a-z0-9]*)\s*=\s*(?P<value>\S.*)", re.IGNORECASE)
_DIRECTIVES: Final = ("syntax", "escape", "check")
# The engine's own platform is known only when it builds.
_OF_THE_ENGINE: Final = ("BUILDPLATFORM", "BUILDOS", "BUILDARCH", "BUILDVARIANT")
_OF_THE_TARGET: Final = ("TARGETPLATFORM", "TARGETOS", "TARGETARCH", "TARGETVARIANT")
_PREDEFINED: Final = (*_OF_THE_ENGINE, *_OF_THE_TARGET, "TARGETSTAGE")
_VARIABLE = re.compile(r"\$(?:(?P<bare>\w+)|\{(?P<name>\w+)(?:(?P<rule>:?[-+])(?P<word>[^}]{0,1000}))?\})")
MAX_BYTES: Final = 1 << 20
_MOST_INSTRUCTIONS: Final = 2000
_LONGEST_VALUE: Final = 4096  # characters; ARGs that hold others twice come to any length, and count as none


class DockerfileError(ValueError):
    """The Dockerfile cannot be followed.  `line` counts from 1."""

    def __init__(self, what: str, *, line: int, next_step: str) -> None:
        super().__init__(what)
        self.what = what
        self.line = line
        self.next_step = next_step


@dataclass(frozen=True, kw_only=True, slots=True)
class Reference:
    """A name in a Dockerfile for an image or a stage."""

    text: str
    line: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Stage:
    """One FROM and the instructions under it."""

    name: str  # lower case, as stages are matched; "" without AS
    base: Reference
    copies: tuple[Reference, ...]  # what COPY, ADD and RUN mounts take files from


@dataclass(frozen=True, kw_only=True)  # no slots: the index of its names is kept
class Dockerfile:
    """The stages of a Dockerfile, in order, and the ARGs that its FROM lines may use."""

    arguments: tuple[tuple[str, str | None], ...]  # None: declared without a default
    stages: tuple[Stage, ...]

    def stage_names(self) -> tuple[str, ...]:
        return tuple(stage.name for stage in self.stages if stage.name)

    def has_target(self, target: str) -> bool:
        """Whether a build can stop at the stage of this name.  BuildKit takes no numbers here."""
        return self._index(target) is not None

    def images(
        self, *, target: str, build_args: Mapping[str, str], platform: str = ""
    ) -> tuple[Reference, ...]:
        """The images that a build of `target` (a stage's name, "" is the last) needs, each once, in order.

        Stages that the target does not reach do not count: BuildKit does not build them.  `scratch` is no
        image.  `platform` ("linux/arm64") is what TARGETARCH and the like are; "" leaves them without a value.
        Raises `DockerfileError` for a reference with a variable that has no value.
        """
        values = self._values(build_args, _of_platform(platform, target))
        last = self._index(target) if target else len(self.stages) - 1
        reached, waiting = set[int](), [last]
        found = dict[str, Reference]()
        while waiting:
            index = waiting.pop()
            if index is None or index in reached:
                continue
            reached.add(index)
            waiting += [stage for _, stage in self._sources(index, values)]
        for index in sorted(reached):
            for reference, stage in self._sources(index, values):
                if stage is None and reference.text != "scratch":
                    found.setdefault(reference.text, reference)
        return tuple(found.values())

    def standing(self, target: str) -> tuple[int, ...]:
        """The stages whose layers the image of `target` has: its own, and those that this one's FROM names.

        By the defaults of ARG; the nearest first.
        """
        values = self._values({}, _of_platform("", target))
        at = self._index(target) if target else len(self.stages) - 1
        found = []
        while at is not None:
            found.append(at)
            at = self._index(_substitute(self.stages[at].base.text, values)[0], above=at)
        return tuple(found)

    def _sources(self, index: int, values: Mapping[str, str]) -> Iterator[tuple[Reference, int | None]]:
        """What a stage is made from: each reference, and the index of the stage that it means, if any."""
        stage = self.stages[index]
        base = _expanded(stage.base, values)
        # FROM knows the stages above it, by name alone; COPY knows numbers too.
        yield base, self._index(base.text, above=index)
        for copy in stage.copies:
            number = int(copy.text) if re.fullmatch("[0-9]{1,3}", copy.text) else index
            yield copy, number if number < index else self._index(copy.text)

    def _index(self, name: str, *, above: int | None = None) -> int | None:
        index = self._first.get(name.lower()) if name else None
        return index if index is None or above is None or index < above else None

    @cached_property
    def _first(self) -> Mapping[str, int]:
        """Of each name the first stage that has it."""
        return {stage.name: index for index, stage in reversed(list(enumerate(self.stages))) if stage.name}

    def _values(self, build_args: Mapping[str, str], predefined: Mapping[str, str]) -> dict[str, str]:
        known = {**predefined, **{name: build_args[name] for name in _PREDEFINED if name in build_args}}
        for name, default in self.arguments:
            if name in build_args:
                known[name] = build_args[name]
            elif default is not None:
                known[name] = _substitute(default, known)[0]
            if len(known.get(name, "")) > _LONGEST_VALUE:
                del known[name]
        return known


@lru_cache(maxsize=8)  # the rows of a matrix share theirs
def parse(text: str) -> Dockerfile:
    """Read a Dockerfile.  Raises `DockerfileError` for one without a stage, or with a FROM that is none."""
    arguments: list[tuple[str, str | None]] = []
    stages: list[Stage] = []
    copies: list[list[Reference]] = []
    for line, keyword, rest in lines_of(text):
        if keyword == "FROM":
            match = _FROM.fullmatch(rest)
            if match is None:
                raise DockerfileError(
                    f"FROM {quoted(rest)} cannot be read",
                    line=line,
                    next_step="write FROM image, or FROM image AS name",
                )
            base = Reference(text=re.sub("[\"']", "", match["image"]), line=line)
            copies.append([])
            stages.append(Stage(name=(match["name"] or "").lower(), base=base, copies=()))
        elif keyword == "ARG" and not stages:
            arguments += _arguments(rest, line)
        elif stages and keyword in ("COPY", "ADD", "RUN"):
            for flag in takewhile(lambda word: word.startswith("--"), rest.split()):
                if source := _SOURCE_FLAG.fullmatch(re.sub("[\"']", "", flag)):
                    copies[-1].append(_source(source[1] or source[2], line))
    if not stages:
        raise DockerfileError(
            "no FROM line", line=1, next_step="a Dockerfile starts with FROM and a base image"
        )
    return Dockerfile(
        arguments=tuple(arguments),
        stages=tuple(
            Stage(name=stage.name, base=stage.base, copies=tuple(sources))
            for stage, sources in zip(stages, copies, strict=True)
        ),
    )


def lines_of(text: str) -> Iterator[tuple[int, str, str]]:
    """Line number, keyword in upper case and the rest of each instruction, continued lines joined.

    Raises `DockerfileError` for an `# escape=` that is none, and for more instructions than anybody writes.
    """
    whole_text = text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n")
    escape = _escape(whole_text)
    # An escape before it makes the last one a character like any other (BuildKit, parser.go).
    continued = re.compile(rf"(?<!{escape}){escape}$")
    lines = enumerate(whole_text, start=1)
    found = 0
    for number, line in lines:
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        found += 1
        if found > _MOST_INSTRUCTIONS:
            raise DockerfileError(
                f"more than {_MOST_INSTRUCTIONS} instructions", line=number, next_step="name a Dockerfile"
            )
        parts = [line.strip()]
        while continued.search(parts[-1]):
            parts[-1] = parts[-1][:-1].rstrip()
            more = next((more for _, more in lines if more.strip() and not more.lstrip().startswith("#")), "")
            parts.append(more.strip())
        keyword, rest = (*" ".join(filter(None, parts)).split(maxsplit=1), "", "")[:2]
        yield number, keyword.upper(), rest
        if keyword.upper() in ("RUN", "COPY", "ADD"):
            for dash, _, end in _HEREDOC.findall(rest):
                next((more for _, more in lines if (more.lstrip("\t") if dash else more) == end), None)


def _escape(lines: Iterable[str]) -> str:
    """What continues a line, as a pattern.  Directives come before all else: a comment ends them."""
    for number, line in enumerate(lines, start=1):
        match = _DIRECTIVE.fullmatch(line)
        if match is None or match["name"].lower() not in _DIRECTIVES:
            break
        if match["name"].lower() == "escape":
            value = match["value"].rstrip()
            if value not in ("\\", "`"):
                raise DockerfileError(
                    f"{quoted(value)} cannot be the escape character",
                    line=number,
                    next_step="write # escape=` , or delete the line: \\ is the default",
                )
            return re.escape(value)
    return re.escape("\\")


def _of_platform(platform: str, target: str) -> dict[str, str]:
    """The predefined arguments that are known before the build."""
    system, _, rest = platform.partition("/")
    architecture, _, variant = rest.partition("/")
    told = dict(zip(_OF_THE_TARGET, (platform, system, architecture, variant), strict=True))
    return {**(told if platform else {}), "TARGETSTAGE": target or "default"}


def _arguments(rest: str, line: int) -> Iterator[tuple[str, str | None]]:
    try:
        words = shlex.split(rest)
    except ValueError:
        raise DockerfileError(
            f"ARG {quoted(rest)} cannot be read", line=line, next_step="close the quotes that it opens"
        ) from None
    for word in words:
        name, equals, default = word.partition("=")
        yield name, default if equals else None


def _source(name: str, line: int) -> Reference:
    if "$" in name:
        raise DockerfileError(
            f"from={shortened(name)}: BuildKit replaces variables in FROM lines only",
            line=line,
            next_step=f"write FROM {shortened(name)} AS source above it, and from=source here",
        )
    return Reference(text=name, line=line)


def _expanded(reference: Reference, values: Mapping[str, str]) -> Reference:
    text, unset = _substitute(reference.text, values)
    if unset:
        raise DockerfileError(
            f"{shortened(reference.text)} uses {unset[0][:80]}, which has no value here",
            line=reference.line,
            next_step=_give_value(unset[0][:80]),
        )
    if not text:
        raise DockerfileError(
            f"{shortened(reference.text)} comes to nothing here",
            line=reference.line,
            next_step=f"give its variables values of up to {_LONGEST_VALUE} characters",
        )
    if "$" in text:
        raise DockerfileError(
            f"{shortened(reference.text)} uses a variable in a way that is not followed here",
            line=reference.line,
            next_step="use ${NAME}, ${NAME:-word} or ${NAME:+word}",
        )
    return Reference(text=text, line=reference.line)


def _give_value(name: str) -> str:
    if name in _OF_THE_TARGET:
        return 'name the variant\'s \'platform\' in the matrix: "linux/amd64" or "linux/arm64"'
    if name in _OF_THE_ENGINE:
        return (
            f"only the engine knows it: give it as a build argument {name}, or use TARGET… and a 'platform'"
        )
    return f"declare ARG {name} above the first FROM, with a default or a build argument"


def _substitute(text: str, values: Mapping[str, str]) -> tuple[str, tuple[str, ...]]:
    """The text with its variables replaced, and the names of those that have no value and no stand-in."""
    unset: list[str] = []

    def value(match: re.Match[str]) -> str:
        name = match["bare"] or match["name"]
        is_set, rule = name in values, match["rule"] or ""
        counts = bool(values.get(name)) if rule.startswith(":") else is_set
        if rule.endswith("+"):
            return word(match) if counts else ""
        if rule.endswith("-") and not counts:
            return word(match)
        if not is_set:
            unset.append(name)
        return values.get(name, "")

    def word(match: re.Match[str]) -> str:
        return _VARIABLE.sub(value, match["word"])

    return _VARIABLE.sub(value, text), tuple(unset)
