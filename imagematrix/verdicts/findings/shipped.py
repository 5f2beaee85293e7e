"""What is in the image and need not be: tools, headers, packages for development, caches."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from imagematrix.model import Finding, Instruction, Result, Severity
from imagematrix.text import first_few
from imagematrix.units import size
from imagematrix.verdicts.findings.figures import (
    NAMED,
    WORTH_BYTES,
    base,
    is_official_node,
    number,
    records,
    weight,
    whole,
    word,
    words,
)
from imagematrix.verdicts.findings.places import any_stage, at, base_line, built

# What brings a compiler along, by the names of Debian's and Alpine's packages.
_BRINGS_TOOLS: Final = re.compile(
    r"\b(?:apt|apt-get|apk|dnf|microdnf|yum)\b.*\b(?:install|add)\b"
    r".*\b(?:build-essential|build-base|gcc|g\+\+|clang|cmake|make|python3?|cargo|rust|go|golang)(?![\w.-])",
    re.DOTALL,
)
_INSTALLS_PACKAGES: Final = re.compile(
    r"\b(?:npm (?:ci|i|install)\b|pnpm (?:i|install)\b|yarn(?=\s*(?:$|[&;|]|install\b|--)))"
)
_INSTALLS: Final = re.compile(
    rf"{_INSTALLS_PACKAGES.pattern}|\b(?:apt|apt-get|apk|dnf|yum|pip3?) ", re.DOTALL
)
_STILL_CARRIED: Final = "what a layer deletes of its base is hidden, and carried all the same"
# What is in an image's own layers and is not of Node.
_NOT_NODE: Final = ("waste_bytes", "app_bytes", "node_modules_bytes", "caches_bytes")
_MANAGERS: Final = ("npm", "corepack", "yarn")  # rows of `bytes_by_origin`


def package_managers(result: Result) -> Iterator[Finding]:
    """`package-managers`: they install whatever whoever gets in likes, and bring advisories of their own."""
    found = _programs(result, "package_managers")
    if not found:
        return
    rows = {str(row["origin"]): whole(row["bytes"]) for row in records(result, "bytes_by_origin")}
    taken = sum(rows.get(name, 0) for name in _MANAGERS)
    cost = f" ({size(taken)} of npm and the like)" if taken else ""
    yield _finding(
        "package-managers",
        Severity.LOW,
        f"the image has {first_few(found, 8)}{cost}",
        f"run on a base without them{_such_as(result)}; {_STILL_CARRIED}",
        "package_managers",
        base_line(result),
    )


def build_tools(result: Result) -> Iterator[Finding]:
    """`build-tools`: compilers and interpreters that the app was built with, or that its base has."""
    found = _programs(result, "build_tools")
    if not found:
        return
    installed = next((each for each in built(result, "RUN") if _BRINGS_TOOLS.search(each.text)), None)
    if installed:
        remedy = "build in a stage of its own, and copy what comes of it into a final stage without the tools"
    else:
        remedy = f"run on a base without them{_smaller(result)}"
    yield _finding(
        "build-tools",
        Severity.MEDIUM,
        f"the image has {first_few(found, 8)}",
        remedy,
        "build_tools",
        installed or base_line(result),
    )


def headers(result: Result) -> Iterator[Finding]:
    """`headers`: Node's header files, which only the building of native addons reads."""
    taken = number(result, "headers_bytes")
    if not isinstance(taken, int) or taken < WORTH_BYTES:
        return
    if _of_base(result, taken):
        yield _finding(
            "headers",
            Severity.LOW,
            f"the base {base(result)} ships Node's headers: {size(taken)}",
            f"run on a base without them{_such_as(result)}; {_STILL_CARRIED}",
            "headers_bytes",
            base_line(result),
        )
        return
    yield _finding(
        "headers",
        weight(taken),
        f"Node's headers are shipped: {size(taken)}",
        "leave include/node out where Node is brought in: delete it in the same RUN, or do not copy it",
        "headers_bytes",
        None,
    )


def _of_base(result: Result, taken: int) -> bool:
    """Whether so many bytes of Node's are the base's: what the image's own layers brought of Node is less.

    They brought what they have, without what no container gains by it (a `chmod -R` copies the base's files),
    and without the app, its packages and caches.
    """
    own = number(result, "own_bytes")
    return isinstance(own, int) and own - sum(whole(number(result, name) or 0) for name in _NOT_NODE) < taken


def dev_dependencies(result: Result) -> Iterator[Finding]:
    """`dev-dependencies`: packages that npm's lock or the app's package.json has for development alone."""
    found = words(result, "dev_dependencies")
    if not found:
        return
    rows = records(result, "node_modules_packages")
    taken = sum(whole(row["bytes"]) for row in rows if row["dev"] == "yes")
    cost = f", {size(taken)}" if taken else ""
    count = f"{len(found)} package{'s' if len(found) > 1 else ''}"
    yield _finding(
        "dev-dependencies",
        Severity.MEDIUM,
        f"{count} for development shipped{cost}: {first_few(found, NAMED)}",
        "install without them: npm ci --omit=dev, in a stage of its own where the build needs them",
        "dev_dependencies",
        any_stage(result, "RUN", _INSTALLS_PACKAGES),
    )


def caches(result: Result) -> Iterator[Finding]:
    """`caches`: what the image's own instructions left in the caches of package managers and compilers."""
    taken = number(result, "caches_bytes")
    # Without a known base, they may be the base's.
    if not isinstance(taken, int) or taken < WORTH_BYTES or not word(result, "base"):
        return
    rows = [str(row["path"]) for row in records(result, "largest_files") if row["origin"] == "caches"]
    example = f", such as {rows[0]}" if rows else ""
    line = next((each for each in built(result, "RUN") if _INSTALLS.search(each.text)), None)
    yield _finding(
        "caches",
        weight(taken),
        f"the image keeps caches of package managers: {size(taken)}{example}",
        "put the cache on a mount, RUN --mount=type=cache,target=…, or delete it in the RUN that fills it",
        "caches_bytes",
        line,
    )


def _programs(result: Result, name: str) -> Sequence[str]:
    """Their names, each once."""
    return tuple(dict.fromkeys(path.rpartition("/")[2] for path in words(result, name)))


def _smaller(result: Result) -> str:
    """A base without a compiler; of Node's official images, the one of the same release."""
    reference = word(result, "base").partition("@")[0]
    if not is_official_node(reference) or re.search("slim|alpine", reference):
        return _such_as(result)
    return f": {reference}{'-' if ':' in reference else ':'}slim, or distroless"


def _such_as(result: Result) -> str:
    """Distroless' images are for what has Node, not for what a shell script or a system's package is."""
    return ", such as distroless" if word(result, "node_version") else ""


def _finding(
    rule: str, severity: Severity, text: str, remedy: str, measurement: str, where: Instruction | None
) -> Finding:
    file, line = at(where)
    return Finding(
        rule=rule, severity=severity, text=text, remedy=remedy, measurement=measurement, file=file, line=line
    )
