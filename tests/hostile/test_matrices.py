"""Matrix files and Dockerfiles that mean harm, read by the very code that a user's command runs."""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from imagematrix import settings
from imagematrix.commands.matrix import matrix
from imagematrix.commands.outcome import Show
from imagematrix.report.console import Look
from imagematrix.report.progress import Progress
from tests.hostile import jsons, tars
from tests.hostile.bounds import SECONDS, refused
from tests.hostile.tried import kept, tried

pytestmark = pytest.mark.filterwarnings(
    "ignore:Generating overly large repr"
)  # a failure shows it, all the same

DOCKERFILE: Final = """\
# syntax=docker/dockerfile:1
ARG NODE=24
ARG BASE=node:${NODE:-22}
FROM ${BASE} AS build
WORKDIR /app
COPY package.json \\
  index.js ./
RUN --mount=type=secret,id=ca npm ci <<EOF
FROM nothing
EOF
FROM node:${NODE}-alpine
COPY --from=build /app /
ENV A=1
CMD ["npm", "start"]
"""
MATRIX: Final[dict[str, Any]] = {
    "schema_version": 1,
    "app": {"name": "hello", "context": "app", "port": 3000},
    "smoke": {"path": "/", "status": 200, "headers": {"X-A": "b"}, "body": "Hello", "timeout_seconds": 30},
    "axes": {"node": ["22", "24"], "os": ["a", "b"]},
    "exclude": [{"node": "22", "variant": "slim"}],
    "include": [{"variant": "full", "node": "20", "os": "a"}],
    "build_args": {"NODE": "{node}"},
    "stand_ins": {"node:{node}": {"recipe": "debian-node", "node": "24"}},
    "baseline": "previous",
    "budgets": {"max_unpacked": "+1%", "max_start": "<= 1.5 s", "setuid_files": "none", "max_layers": 9},
    "accept": [{"rule": "runs-as-root", "reason": "later"}],
    "variants": {
        "slim": {"dockerfile": "Dockerfile", "target": "build", "budgets": {"max_visible": "<= 0.2 x full"}},
        "full": {
            "dockerfile": "Dockerfile",
            "bases": ["node:{node}", "node:{node}-alpine"],
            "expect": {"shells": ["sh"], "libc": "musl"},
            "env": {"A": "{{x}}"},
            "command": ["node", "x"],
            "platform": "linux/amd64",
            "smoke": {"command": ["node", "-v"], "exit_code": 0, "body_contains": "v"},
            "skip_without_base": True,
        },
    },
}
# What YAML can say and a person would not; each takes the place of a value, or of a key.
_YAML: Final = [
    "0x" + "F" * 6000,
    "0b" + "1" * 20000,
    "0o7",
    "017",
    "1" * 5000,
    "1:2:3",
    ":".join(["59"] * 900),
    "1_0",
    "0x_",
    "0b_",
    ".inf",
    "-.INF",
    ".nan",
    "1e999",
    "on",
    "~",
    "=",
    "<<",
    "2001-12-14t21:59:43.10-05:00",
    "&a [1]",
    "*a",
    "!!python/object/apply:os.system ['true']",
    "!!binary x",
    "!<tag:yaml.org,2002:str> x",
    "!%FF x",
    "!%ZZ",
    "!",
    "? a",
    "? [a, b]\n  : c",
    "[a, [b, {c: [d]}]",
    "{a: b, a: c}",
    "|\n  a\n   b",
    ">-9\n a",
    "|0",
    '"\\uD800"',
    '"\\U00110000"',
    '"\\UFFFFFFFF"',
    '"\\xg"',
    '"\\0"',
    '"\\e[31m\\u202e\\L\\P"',
    "'it''s",
    "- - - -",
    "@x",
    "`x",
    "%x",
    "\t- a",
    "a: b: c",
    "# ",
    "--- a",
    "...",
    "{" * 40,
    "[" * 3000,
    "\u2028",
    "\ufeff",
    "é" * 100,
]
_LINES: Final = [
    "%YAML 1." + "9" * 5000,
    "%YAML 9.9",
    "%YAML x",
    "%TAG ! tag:x,2000:",
    "%TAG !a! !a!a!a!a",
    "---",
    "...",
    "? ",
    "- ",
    "\t",
    "a" * 2000,
    "app:",
    "variants:",
    "  x:",
    "<<: *a",
    "&a : *a",
    ": ",
]
_marks: Final = {f"@{number}": text for number, text in enumerate(_YAML)}


def _strewn(draw: st.DrawFn, value: Any) -> Any:
    """Some of the values and keys replaced by marks, which become YAML that no dumper writes."""
    if isinstance(value, dict):
        return {
            (draw(st.sampled_from(sorted(_marks))) if draw(st.integers(0, 60)) == 0 else key): _strewn(
                draw, child
            )
            for key, child in value.items()
        }
    if draw(st.integers(0, 40)) == 0:
        return draw(st.sampled_from(sorted(_marks)))
    return [_strewn(draw, child) for child in value] if isinstance(value, list) else value


@st.composite
def matrices(draw: st.DrawFn) -> bytes:
    """A matrix file after some changes: of its values, of how they are written, of its lines, of its bytes."""
    value = draw(jsons.values(MATRIX, 2))
    if draw(st.booleans()):
        value = _strewn(draw, copy.deepcopy(value))
    try:
        text = yaml.safe_dump(value, sort_keys=False, allow_unicode=draw(st.booleans()))
    except (yaml.YAMLError, ValueError):
        text = json.dumps(value)
    text = re.sub(r"'?(@[0-9]+)'?", lambda match: _marks.get(match[1], match[0]), text)
    lines = text.split("\n")
    for _ in range(draw(st.integers(0, 2))):
        at = draw(st.integers(0, len(lines) - 1))
        match draw(st.sampled_from(["none", "drop", "add", "twice", "indent", "first"])):
            case "drop":
                del lines[at : at + 1]
            case "add":
                lines[at:at] = [draw(st.sampled_from(_LINES))]
            case "twice":
                lines[at:at] = lines[at : at + draw(st.integers(1, 9))]
            case "indent":
                lines[at] = draw(st.sampled_from([" ", "  ", "\t", "- "])) + lines[at]
            case "first":
                lines[0:0] = [draw(st.sampled_from(_LINES))]
        lines = lines or [""]
    raw = "\n".join(lines).encode("utf-8", "surrogatepass")
    match draw(st.integers(0, 19)):
        case 0:
            return draw(tars.broken(st.just(raw)))
        case 1:
            return b"\xef\xbb\xbf" + draw(tars.broken(st.just(raw)))
        case 2:
            return raw.decode("utf-8", "replace").encode("utf-16")
        case 3:
            return raw.replace(b"\n", b"\r\n")
    return raw


_words: Final = st.sampled_from(
    [
        *(
            "FROM ",
            "from ",
            "ARG ",
            "COPY ",
            "ADD ",
            "RUN ",
            "ENV ",
            "FROM --platform=$BUILDPLATFORM ",
            "# escape=`",
        ),
        *(
            "# escape=",
            "# syntax=",
            "#",
            "node",
            ":24",
            "$",
            "${",
            "}",
            "${A:-",
            "${A:+$B}",
            "$A",
            "${A-${B}}",
            "$$",
        ),
        *(
            " AS ",
            " as b",
            "--from=",
            "--mount=type=bind,from=",
            "--mount=",
            ",",
            "=",
            "<<EOF",
            "<<-'E'",
            "EOF",
            "E",
        ),
        *(
            "\\",
            "`",
            "\n",
            "\n",
            "\n",
            "\r\n",
            " ",
            "\t",
            '"',
            "'",
            "scratch",
            "0",
            "1",
            "999",
            "A=1",
            "a",
            "\u202e",
        ),
        *("\x1b[2J", "\0", "é", "x" * 300, "  " * 200, "/" * 20, "@sha256:0"),
    ]
)


@st.composite
def dockerfiles(draw: st.DrawFn) -> bytes:
    """A Dockerfile after some changes, or words of one in any order."""
    text = "".join(draw(st.lists(_words, max_size=40)))
    if draw(st.booleans()):
        at = draw(st.integers(0, len(DOCKERFILE)))
        text = DOCKERFILE[:at] + "".join(draw(st.lists(_words, max_size=6))) + DOCKERFILE[at:]
    raw = text.encode("utf-8", "surrogatepass")
    return draw(tars.broken(st.just(raw))) if draw(st.integers(0, 9)) == 0 else raw


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for all documents, with an app and a Dockerfile in it."""
    folder = tmp_path_factory.mktemp("hostile")
    (folder / "app").mkdir()
    return folder


def no_progress() -> Progress:
    raise AssertionError("a plan has no progress to tell")


def planned(
    folder: Path,
    text: bytes,
    dockerfile: bytes = DOCKERFILE.encode(),
    *,
    as_json: bool = True,
    seconds: float = SECONDS,
) -> str:
    """`invoke --dry matrix`: the plan of a matrix file, or the message of its refusal."""
    (folder / "variants.yml").write_bytes(text)
    (folder / "Dockerfile").write_bytes(dockerfile)
    resolved = settings.resolve({}, {"file": str(folder / "variants.yml")}, {})
    show = Show(look=Look(width=100, color=False), json=as_json, dry=True, progress=no_progress)
    told: list[str] = []
    return (
        refused(lambda: told.append(matrix(resolved, show).text), folder=folder, seconds=seconds) or told[0]
    )


def test_the_matrix_that_all_others_are_made_of_is_sound(folder: Path) -> None:
    told = json.loads(planned(folder, yaml.safe_dump(MATRIX, sort_keys=False).encode()))
    assert len(told["variants"]) == 7


@tried(120, 2000)
@given(text=matrices(), as_json=st.booleans())
def test_a_matrix_file_is_planned_or_refused(folder: Path, text: bytes, as_json: bool) -> None:
    assert planned(folder, text, as_json=as_json)


@tried(60, 1000)
@given(
    text=st.one_of(
        st.binary(max_size=300), st.text(max_size=300).map(lambda text: text.encode("utf-8", "replace"))
    )
)
def test_any_bytes_are_no_matrix_file(folder: Path, text: bytes) -> None:
    assert planned(folder, text)


@tried(100, 1500)
@given(dockerfile=dockerfiles())
def test_a_dockerfile_is_followed_or_refused(folder: Path, dockerfile: bytes) -> None:
    matrix = {**MATRIX, "variants": {"slim": {"dockerfile": "Dockerfile"}}}
    for key in ("stand_ins", "exclude", "include"):
        matrix.pop(key)
    assert planned(folder, yaml.safe_dump(matrix).encode(), dockerfile)


@pytest.mark.parametrize("path", kept("matrices"), ids=lambda path: path.name)
def test_what_once_did_harm_does_none(folder: Path, path: Path) -> None:
    for as_json in (False, True):
        assert planned(folder, path.read_bytes(), as_json=as_json)
