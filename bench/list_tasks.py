"""`invoke --list` of this collection against a bare Invoke collection of as many tasks, in turn.

    python bench/list_tasks.py [runs]

Prints the median seconds of both and their ratio.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from imagematrix.tasks import ns

BARE = "from invoke.tasks import task\n\n" + "".join(
    f"\n@task\ndef task_{number}(c):\n    '''Do thing {number}.'''\n" for number in range(len(ns.task_names))
)
OURS = "from imagematrix.tasks import ns\n"


def listed(folder: Path) -> float:
    invoke = Path(sys.executable).parent / "invoke"
    started = time.perf_counter()
    subprocess.run([invoke, "--list"], cwd=folder, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - started


def main(runs: int) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        folders = {"bare": Path(scratch) / "bare", "ours": Path(scratch) / "ours"}
        for folder, text in zip(folders.values(), (BARE, OURS), strict=True):
            folder.mkdir()
            (folder / "tasks.py").write_text(text, encoding="utf-8")
            listed(folder)  # bytecode is compiled once, and not timed
        seconds: dict[str, list[float]] = {name: [] for name in folders}
        for _ in range(runs):
            for name, folder in folders.items():
                seconds[name].append(listed(folder))
    middle = {name: statistics.median(each) for name, each in seconds.items()}
    ratio = statistics.median(a / b for a, b in zip(seconds["ours"], seconds["bare"], strict=True))
    sys.stdout.write(
        f"{runs} runs in turn: bare {middle['bare']:.3f} s, ours {middle['ours']:.3f} s, ratio {ratio:.2f}\n"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 15)
