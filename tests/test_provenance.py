from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from imagematrix import provenance
from tests.checkouts import git


def test_this_process_is_alive_and_one_that_has_ended_is_dead() -> None:
    assert not provenance.is_dead(provenance.process())
    code = "from imagematrix import provenance; print(provenance.process())"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert provenance.is_dead(ended.strip())


def test_a_pid_that_was_given_to_another_process_since_is_dead() -> None:
    machine, pid, started = provenance.process().split(":")
    assert provenance.is_dead(f"{machine}:{pid}:{int(started) - 1}")


def test_nothing_is_said_of_other_machines_and_of_nonsense() -> None:
    _, pid, _ = provenance.process().split(":")
    assert not provenance.is_dead(f"0123456789abcdef:{pid}:1")
    assert not provenance.is_dead("")
    assert not provenance.is_dead("x:y:z")


def test_facts_of_the_machine_agree_with_the_kernel() -> None:
    host = provenance.host()
    total = next(x for x in Path("/proc/meminfo").read_text().splitlines() if x.startswith("MemTotal"))
    assert host.memory_bytes == int(total.split()[1]) * 1024
    assert host.id == provenance.host().id


def test_the_checkout_is_told_with_its_changes(tmp_path: Path) -> None:
    assert provenance.git(tmp_path) is None
    git(tmp_path, "init", "--quiet", "--initial-branch=main")
    (tmp_path / "file").write_text("1")
    git(tmp_path, "add", "file")
    git(tmp_path, "commit", "--quiet", "-m", "x")
    head = git(tmp_path, "rev-parse", "HEAD")
    told = provenance.git(tmp_path)
    assert told is not None
    assert (told.commit, told.branch, told.dirty) == (head, "main", False)
    (tmp_path / "file").write_text("2")
    told = provenance.git(tmp_path)
    assert told is not None
    assert told.dirty


def test_what_git_calls_a_commit_is_resolved(tmp_path: Path) -> None:
    assert provenance.commit(tmp_path, "HEAD") == ""
    git(tmp_path, "init", "--quiet", "--initial-branch=main")
    assert provenance.commit(tmp_path, "HEAD") == ""
    hashes = []
    for number in range(2):
        git(tmp_path, "commit", "--quiet", "--allow-empty", "-m", f"{number}")
        head = git(tmp_path, "rev-parse", "HEAD")
        hashes.append(head)
    git(tmp_path, "tag", "-a", "v1", "-m", "x")
    for text in ("HEAD", "main", "v1", hashes[1][:8]):  # a tag with a message is an object of its own
        assert provenance.commit(tmp_path, text) == hashes[1]
    assert provenance.commit(tmp_path, "HEAD~1") == provenance.commit(tmp_path, "main^") == hashes[0]
    for text in ("HEAD~2", "none", "", "^HEAD", "HEAD:", "--all", "-q", "a\0b", "main main", "\x1b[2J"):
        assert provenance.commit(tmp_path, text) == "", text
