from __future__ import annotations

import pytest

from imagematrix.model import Measurement, Severity, exact, not_applicable, unavailable
from imagematrix.verdicts.findings.figures import MUCH_BYTES, WORTH_BYTES
from tests.verdicts.findings.results import base, of_bytes, one, result, table, told

FULL = exact("base", "node:24", method="diff IDs")
NODE = exact("node_version", "24.19.0", method="node")
STAND_IN = [base("node:24", stand_in=True)]


def test_package_managers_are_named_once_with_what_is_known_of_their_bytes() -> None:
    paths = exact("package_managers", ("/usr/bin/apt", "/usr/local/bin/npm", "/opt/bin/npm"), method="walk")
    rows = table("bytes_by_origin", "origin bytes files", ("npm", 12_000_000, 9), ("corepack", 700_000, 1))
    found = one(result(paths, rows, NODE, dockerfile="FROM node:24\n"), "package-managers")
    assert (found.severity, found.line) == (Severity.LOW, 1)
    assert found.text == "the image has apt, npm (12.7 MB of npm and the like)"
    assert "distroless" in found.remedy
    assert "distroless" not in one(result(paths), "package-managers").remedy
    assert told(result(exact("package_managers", (), method="walk")), "package-managers") == []


def test_build_tools_of_the_base_are_left_behind_by_another_base() -> None:
    tools = exact("build_tools", ("/usr/bin/gcc", "/usr/bin/make"), method="walk")
    found = one(result(tools, FULL, NODE, dockerfile="FROM node:24\nRUN npm ci\n"), "build-tools")
    assert (found.severity, found.line) == (Severity.MEDIUM, 1)
    assert (found.text, found.remedy) == (
        "the image has gcc, make",
        "run on a base without them: node:24-slim, or distroless",
    )


@pytest.mark.parametrize(
    ("reference", "smaller"),
    [
        ("node:24", ": node:24-slim, or distroless"),
        ("mirror.example/library/node:24@sha256:abc", ": mirror.example/library/node:24-slim, or distroless"),
        ("node", ": node:slim, or distroless"),
        ("node:24-slim", ", such as distroless"),
        ("node:24-alpine3.23", ", such as distroless"),
        ("debian:12", ", such as distroless"),
    ],
)
def test_a_slim_base_is_named_for_full_ones_alone(reference: str, smaller: str) -> None:
    tools = exact("build_tools", ("/usr/bin/gcc",), method="walk")
    known = result(tools, NODE, exact("base", reference, method="diff IDs"))
    assert one(known, "build-tools").remedy == f"run on a base without them{smaller}"


@pytest.mark.parametrize(
    "run",
    [
        "apk add --no-cache python3 make g++",
        "apt-get update && apt-get install -y build-essential",
        "apt-get install -y --no-install-recommends gcc=1.2",
    ],
)
def test_build_tools_that_an_instruction_brings_belong_in_a_stage(run: str) -> None:
    tools = exact("build_tools", ("/usr/bin/gcc",), method="walk")
    found = one(result(tools, dockerfile=f"FROM a\nRUN true\nRUN {run}\n"), "build-tools")
    assert found.line == 3
    assert found.remedy.startswith("build in a stage of its own")


def test_an_instruction_of_another_stage_brings_nothing() -> None:
    tools = exact("build_tools", ("/usr/bin/gcc",), method="walk")
    known = result(tools, dockerfile="FROM a AS b\nRUN apk add make\nFROM c\nRUN apk add makepasswd\n")
    assert one(known, "build-tools").line == 3


def test_headers_are_the_bases_where_all_that_is_added_is_less() -> None:
    known = (FULL, of_bytes("headers_bytes", 59_000_000), of_bytes("own_bytes", 2_000_000))
    found = one(result(*known, bases=STAND_IN, dockerfile="FROM node:24\n"), "headers")
    assert found.text == "the base node:24 (stand-in) ships Node's headers: 59.0 MB"
    assert (found.severity, found.line) == (Severity.LOW, 1)


@pytest.mark.parametrize(
    "besides",
    [
        # `chmod -R /usr/local` copies all of the base's Node: so much is hidden, and nothing is ours.
        (of_bytes("own_bytes", 215_197_200), of_bytes("waste_bytes", 215_198_658)),
        # An app that is larger than the headers does not make them ours.
        (of_bytes("own_bytes", 90_000_000), of_bytes("node_modules_bytes", 80_000_000)),
        (of_bytes("own_bytes", 90_000_000), of_bytes("app_bytes", 80_000_000)),
    ],
)
def test_headers_are_the_bases_whatever_else_is_added(besides: tuple[Measurement, ...]) -> None:
    known = (FULL, of_bytes("headers_bytes", 58_984_716), *besides)
    found = one(result(*known, bases=STAND_IN, dockerfile="FROM node:24\n"), "headers")
    assert found.text == "the base node:24 (stand-in) ships Node's headers: 59.0 MB"


def test_headers_that_may_be_our_own_have_another_remedy() -> None:
    known = (FULL, of_bytes("headers_bytes", 59_000_000), of_bytes("own_bytes", 200_000_000))
    found = one(result(*known), "headers")
    assert found.text == "Node's headers are shipped: 59.0 MB"
    assert found.severity is Severity.MEDIUM
    few = (of_bytes("headers_bytes", WORTH_BYTES - 1), not_applicable("own_bytes", "x", unit="bytes"))
    assert told(result(*few), "headers") == []
    assert told(result(not_applicable("headers_bytes", "none", unit="bytes")), "headers") == []


def test_packages_for_development_are_counted_weighed_and_found_on_their_line() -> None:
    dev = exact("dev_dependencies", ("jest@30.0.0", "eslint@9.0.0"), method="lock")
    rows = table(
        "node_modules_packages",
        "package version bytes dev",
        ("jest", "30.0.0", 4_000_000, "yes"),
        ("eslint", "9.0.0", 1_000_000, "yes"),
        ("qs", "6.0.0", 9_000_000, "no"),
        ("x", "1.0.0", 9_000_000, "unknown"),
    )
    dockerfile = "FROM a AS build\nRUN npm ci\nRUN npm run build\nFROM b\nCOPY --from=build / /\n"
    found = one(result(dev, rows, dockerfile=dockerfile), "dev-dependencies")
    assert (found.severity, found.line) == (Severity.MEDIUM, 2)
    assert found.text == "2 packages for development shipped, 5.00 MB: jest@30.0.0, eslint@9.0.0"
    assert told(result(exact("dev_dependencies", (), method="lock")), "dev-dependencies") == []


@pytest.mark.parametrize(
    ("run", "line"),
    [
        ("yarn", 2),
        ("yarn --frozen-lockfile", 2),
        ("yarn install && yarn build", 2),
        ("corepack enable && pnpm i", 2),
        ("npm install express", 2),
        ("yarn build", 0),
        ("npm run build", 0),
        ("npm init", 0),
    ],
)
def test_what_installs_packages_is_told_from_what_runs_a_script(run: str, line: int) -> None:
    dev = exact("dev_dependencies", ("jest@30.0.0",), method="lock")
    assert one(result(dev, dockerfile=f"FROM a\nRUN {run}\n"), "dev-dependencies").line == line


@pytest.mark.parametrize(
    ("count", "severity"),
    [(WORTH_BYTES, Severity.LOW), (MUCH_BYTES - 1, Severity.LOW), (MUCH_BYTES, Severity.MEDIUM)],
)
def test_caches_weigh_by_their_bytes(count: int, severity: Severity) -> None:
    largest = table("largest_files", "path bytes origin", ("/a", 9, "app"), ("/root/.npm/x", 5, "caches"))
    known = result(FULL, of_bytes("caches_bytes", count), largest, dockerfile="FROM a\nENV b=1\nRUN npm ci\n")
    found = one(known, "caches")
    assert (found.severity, found.line) == (severity, 3)
    assert found.text.endswith(", such as /root/.npm/x")


def test_caches_that_are_small_or_may_be_the_bases_are_no_finding() -> None:
    unknown = unavailable("base", "no base of the matrix")
    assert told(result(FULL, of_bytes("caches_bytes", WORTH_BYTES - 1)), "caches") == []
    assert told(result(unknown, of_bytes("caches_bytes", WORTH_BYTES)), "caches") == []
