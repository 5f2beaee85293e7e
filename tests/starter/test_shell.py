"""What is understood of a script is what `sh -c` makes of it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from imagematrix.starter.shell import Command, commands

PROGRAMS = ("node", "tsc", "next", "sh-like")
# Tells its words and what was set for it, one a line, and a line of its own at the end.
STUB = """\
#!/bin/sh
printf '%s\\n' "${0##*/}" "$@"
/usr/bin/env | /bin/grep '^T_' | /usr/bin/sort
printf -- '--end--\\n'
"""


def by_sh(folder: Path, script: str) -> list[list[str]]:
    """The commands that sh runs, each as its words and then `T_NAME=value` of what is set."""
    for name in PROGRAMS:
        (folder / name).write_text(STUB)
        (folder / name).chmod(0o755)
    (folder / "cross-env").write_text('#!/bin/sh\nexec /usr/bin/env "$@"\n')
    (folder / "cross-env").chmod(0o755)
    done = subprocess.run(
        ["/bin/sh", "-c", script],
        env={"PATH": f"{folder}{os.pathsep}/usr/bin{os.pathsep}/bin"},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=20,
        check=True,
    )
    return [part.splitlines() for part in done.stdout.split("--end--\n") if part]


@pytest.mark.parametrize(
    "script",
    [
        "node server.js",
        "  node   a.js\tb ",
        "node 'my server.js' \"b c\"",
        "node 'a$b.js' '*.js' '&&' '#x'",
        'node "a\'b" c"d"e\'f\'',
        "T_A=1 T_B='two words' node a.js",
        'T_A="x" T_B= node a.js T_C=3',
        "cross-env T_A=1 node a.js",
        "T_A=1 exec node a.js",
        "env T_A=1 node a.js",
        "tsc && T_A=1 node dist/a.js&&next start -p 80",
        "tsc -p . --outDir=dist && node .",
        "node --max-old-space-size=4096 a.js --x=y@1,2:3%4+5^6",
        "node ''",
        "sh-like -x",
    ],
)
def test_it_is_what_sh_makes_of_it(tmp_path: Path, script: str) -> None:
    found = commands(script)
    assert found is not None
    told = [[*each.words, *sorted(f"{name}={value}" for name, value in each.environment)] for each in found]
    assert told == by_sh(tmp_path, script)


@pytest.mark.parametrize(
    "script",
    [
        *("", "  ", "A=1", "exec", "A=1 && node a.js", "node a.js &&", "&& node a.js", "a && && b"),
        *("node a.js | x", "node a.js || x", "node a.js; x", "node a.js & x", "node a.js &", "node a.js > x"),
        *(
            "node $FILE",
            'node "$FILE"',
            "node `x`",
            "node $(x)",
            "A=$B node a.js",
            'node "a\\nb"',
            "node a\\ b",
        ),
        *(
            "node *.js",
            "node a?.js",
            "node [ab].js",
            "node {a,b}.js",
            "node ~/a.js",
            "node 'open",
            'node "open',
        ),
        *("(node a.js)", "! node a.js", "node a.js # b", "node a.js\nnode b.js", "if true", ". ./env", ": x"),
        *("set PORT=3 && node a.js", "cd server && node a.js", "env -i node a.js", "node a.js <x", "node a!"),
    ],
)
def test_what_takes_a_shell_is_not_understood(script: str) -> None:
    assert commands(script) is None


def test_what_is_set_last_holds() -> None:
    assert commands("A=1 B=2 A=3 node x") == (
        Command(words=("node", "x"), environment=(("A", "3"), ("B", "2"))),
    )
