"""Where a run was made: facts of the machine and of the git checkout."""

from __future__ import annotations

import hashlib
import os
import platform
import re
import subprocess
from pathlib import Path
from typing import Final

from imagematrix.model import Git, Host

_HASH: Final = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


def host() -> Host:
    """Facts of this machine."""
    return Host(
        id=_machine_id(),
        system=platform.system(),
        release=platform.release(),
        machine=platform.machine(),
        cpus=os.cpu_count() or 1,
        memory_bytes=os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        python=platform.python_version(),
    )


def _machine_id() -> str:
    """The same for two runs on one machine; a digest, since machine-id(5) asks not to show the id itself."""
    try:
        seed = Path("/etc/machine-id").read_text(encoding="ascii").strip()
    except OSError:
        seed = ""
    return hashlib.sha256(f"imagematrix:{seed or platform.node()}".encode()).hexdigest()[:16]


def process() -> str:
    """This process, told from every other one, also from a later one with its pid."""
    return f"{_machine_id()}:{os.getpid()}:{_start_time(os.getpid())}"


def is_dead(process: str) -> bool:
    """Whether a process of `process()` has ended; False where it is another machine's, or was never told."""
    machine, _, rest = process.partition(":")
    pid, _, started = rest.partition(":")
    if machine != _machine_id() or not pid.isdigit():
        return False
    return _start_time(int(pid)) != started


def lives(process: str) -> bool:
    """Whether a process of `process()` is one of this machine and goes on."""
    return process.startswith(f"{_machine_id()}:") and not is_dead(process)


def _start_time(pid: int) -> str:
    """In clock ticks since the machine's start (proc(5), field 22); "alive" where there is no /proc, "" for none."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        if Path("/proc/self").exists():
            return ""
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return ""
        except PermissionError:
            pass
        return "alive"
    return stat.rpartition(")")[2].split()[19]


def git(folder: Path) -> Git | None:
    """The checkout that `folder` lies in; None when it lies in none, or there is no git."""
    status = _git(folder, "status", "--porcelain=v2", "--branch", "--untracked-files=no")
    if status is None:
        return None
    fields = dict(line[2:].split(" ", 1) for line in status.splitlines() if line.startswith("# branch."))
    commit = fields.get("branch.oid", "")
    branch = fields.get("branch.head", "")
    return Git(
        commit="" if commit == "(initial)" else commit,
        branch="" if branch == "(detached)" else branch,
        dirty=any(not line.startswith("#") for line in status.splitlines()),
    )


def commit(folder: Path, revision: str) -> str:
    """The whole hash of what the checkout calls a commit, as `main` or `HEAD~1` (gitrevisions(7)); "" for none."""
    if revision.startswith("-") or "\0" in revision:
        return ""
    told = (_git(folder, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}") or "").strip()
    return told if _HASH.fullmatch(told) else ""


def _git(folder: Path, *words: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *words], capture_output=True, timeout=20, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.decode("utf-8", errors="replace") if done.returncode == 0 else None
