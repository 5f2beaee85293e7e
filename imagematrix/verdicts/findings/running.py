"""How the container runs: its first process, its user, its end, its health check."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from imagematrix.model import Finding, How, Instruction, Result, Severity, is_root
from imagematrix.verdicts.findings.figures import is_official_node, says, word, words
from imagematrix.verdicts.findings.places import at, built, start
from imagematrix.verdicts.told import under

# The words of `stop_verdict` (probes/stop.py) that say that something is amiss; its reason says what, and after
# a semicolon the remedy.
_SWALLOWED: Final = "wrapper swallowed it"
_KILLED: Final = "had to be killed"
_SHELLS: Final = frozenset(("ash", "bash", "busybox", "dash", "ksh", "sh", "zsh"))
_RUNNERS: Final = frozenset(
    ("corepack", "forever", "nodemon", "npm", "npx", "pm2", "pm2-runtime", "pnpm", "pnpx", "yarn", "yarnpkg")
)
_ENTRYPOINT: Final = "docker-entrypoint.sh"  # of Node's official images: it gives way to the command
_NUMBER_OF_NOBODY: Final = "65532"


def pid1_wrapper(result: Result) -> Iterator[Finding]:
    """`pid1-wrapper`: something else than the app is PID 1, and gets its signals.

    High where it was seen that the stop signal came to nothing: every stop then cuts the app off.  Where no
    container was looked into, a package manager's name in the command is enough: it stays in front of the app.
    """
    verdict, process = under(result, "stop_verdict"), word(result, "stop_pid1")
    file, line = at(start(result))
    signal = _stop_signal(result)
    remedy = f'start the app itself, as CMD ["node", "index.js"] does, and let it handle {signal}'
    if verdict.measured and verdict.value == _SWALLOWED:
        # The reason begins with the wrapper's command line, which is said already where it is PID 1.
        seen = _head(verdict.reason.replace(f"{process!r} ", "it ", 1))
        text = f"PID 1 is not the app but `{process}`: {seen}" if process else f"a wrapper is PID 1: {seen}"
        yield _finding("pid1-wrapper", Severity.HIGH, text, remedy, "stop_verdict", file, line)
    elif process and _wraps(process.split()):
        text = f"PID 1 is `{process}`, which stands between the engine's signals and the app"
        text += f"; of {signal}: {verdict.value}" if verdict.measured else ""
        yield _finding("pid1-wrapper", Severity.MEDIUM, text, remedy, "stop_pid1", file, line)
    elif not process and verdict.how is How.UNAVAILABLE and (told := _told_runner(result)):
        text = f"the image is started by `{told}`, which stands between the engine's signals and the app"
        yield _finding("pid1-wrapper", Severity.MEDIUM, text, remedy, "command", file, line)


def stop_killed(result: Result) -> Iterator[Finding]:
    """`stop-killed`: every stop takes the engine's whole patience, and ends requests that are under way."""
    verdict = under(result, "stop_verdict")
    if verdict.measured and verdict.value == _KILLED:
        signal = _stop_signal(result)
        text = f"on {signal} it does not end by itself, and has to be killed: {_head(verdict.reason)}"
        remedy = next(iter(verdict.reason.split("; ")[1:]), f"handle {signal} in the app")
        yield _finding("stop-killed", Severity.MEDIUM, text, remedy, "stop_verdict", *at(start(result)))


def runs_as_root(result: Result) -> Iterator[Finding]:
    """`runs-as-root`: the user is root or 0, whatever the group; or there is none, which is the same."""
    user = word(result, "user")
    if not user or not is_root(user):
        return
    set_here = built(result, "USER")
    text = "it runs as root"
    tried = word(result, "hardening_non_root")
    if tried == "passes":
        text += f", and answers as user {_NUMBER_OF_NOBODY} too"
    elif tried == "fails":
        text += f"; as user {_NUMBER_OF_NOBODY} it does not answer"
    name = _unprivileged(word(result, "base"))
    remedy = f"change this to USER {name}" if set_here else f"write USER {name} above this line"
    if tried == "fails":
        remedy += ", and give that user what the app writes to"
    if not result.instructions:
        remedy = f"add USER {name} to the last stage"
    where: Instruction | None = set_here[-1] if set_here else start(result)
    if where is not None and where.keyword == "FROM":
        remedy = f"add USER {name} at the end of this stage"
    yield _finding("runs-as-root", Severity.MEDIUM, text, remedy, "user", *at(where))


def healthcheck_cannot_run(result: Result) -> Iterator[Finding]:
    """`healthcheck-cannot-run`: its program or script cannot be started, so every container is unhealthy."""
    if not says(result, "healthcheck_can_run", False):
        return
    why = _head(under(result, "healthcheck_can_run").reason)
    node = next((w for w in word(result, "stop_pid1").split()[:1] if w.endswith("/node")), "node")
    where = built(result, "HEALTHCHECK")
    yield _finding(
        "healthcheck-cannot-run",
        Severity.HIGH,
        f"the health check `{word(result, 'healthcheck')}` can never pass: {why}",
        "check with a program and a script that are in the image and open to its user, and without a shell: "
        f'HEALTHCHECK CMD ["{node}", "healthcheck.js"]',
        "healthcheck_can_run",
        *at(where[-1] if where else None),
    )


def _stop_signal(result: Result) -> str:
    """The signal that the verdict on stopping is about; records of before it was measured speak of SIGTERM."""
    return word(result, "stop_signal") or "SIGTERM"


def _unprivileged(base: str) -> str:
    """A user that the base image has for the purpose, as its name tells; else a number that nobody has."""
    if "distroless" in base:
        return "nonroot"
    return "node" if is_official_node(base) else _NUMBER_OF_NOBODY


def _told_runner(result: Result) -> str:
    """The command of the image's config where it begins with a package manager; "" where it does not."""
    told = (*words(result, "entrypoint"), *words(result, "command"))
    told = told[1:] if told[:1] and _name(told[0]) == _ENTRYPOINT else told
    return " ".join(told) if told and _name(told[0]) in _RUNNERS else ""


def _wraps(process: list[str]) -> bool:
    """Whether a command line is a shell's, a package manager's or a watcher's, itself or run by node."""
    name = _name(process[0]) if process else ""
    if name in ("node", "nodejs"):
        script = next((each for each in process[1:] if not each.startswith("-")), "")
        name = _name(script).removesuffix(".js").removesuffix(".cjs").removesuffix("-cli")
    return name in _SHELLS or name in _RUNNERS


def _name(program: str) -> str:
    return program.rpartition("/")[2]


def _head(reason: str) -> str:
    """What was seen; the rest of such a reason is advice, or the run that it was measured in."""
    return reason.partition(";")[0]


def _finding(
    rule: str, severity: Severity, text: str, remedy: str, measurement: str, file: str, line: int
) -> Finding:
    return Finding(
        rule=rule,
        severity=severity,
        text=text,
        remedy=remedy,
        measurement=measurement,
        file=file,
        line=line,
    )
