"""Measuring, side by side: ours, quick and deep, against docker save, dive, syft and a pipeline of bake.

    python bench/measuring.py [--runs 3] [--peers] [--write]

Everything runs in turn on the same images of the same engine; medians and their ratios are printed, and with
--write put into docs/performance.md.  --peers leaves our own half out.  Takes some five minutes.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))  # run as a script, so that `bench` itself is not on the path

from bench import page  # noqa: E402
from bench.peers import Peers, peers  # noqa: E402
from bench.timing import Command, Ran, middle, together  # noqa: E402
from imagematrix import bases, config, engine, provenance, settings  # noqa: E402
from imagematrix.model import Engine, Matrix, Places, ReadyBase  # noqa: E402

SAVE, DIVE, SYFT = "docker save of all", "dive --ci, one by one", "syft, one by one"
BAKE, PIPELINE = "buildx bake + run, ask, stop", "the same + dive --ci"
QUICK, QUICK_WARM = "quick, nothing cached", "quick, again"
DEEP, DEEP_WARM = "deep, nothing cached", "deep, again"
MATRIX = "warm invoke matrix"
# (what, against what, the most that the ratio should be)
RATIOS = (
    (QUICK, DIVE, 0.2),
    (DEEP, DIVE, 0.8),
    (DEEP_WARM, DIVE, 0.1),
    (MATRIX, PIPELINE, 0.15),
    (DEEP, SAVE, None),
    (QUICK, SYFT, None),
)
Figures = dict[str, list[Ran]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Ours:
    """Our own command line, on the peers' images."""

    folder: Path  # a checkout of its own
    images: Sequence[str]
    env: Mapping[str, str]
    programs: Path  # what a fresh cache may have: the unpacked client

    def matrix(self, cache: Path) -> Ran:
        return self._invoke(cache, "matrix")

    def measure(self, cache: Path, *flags: str) -> Ran:
        """Our figures of all the images."""
        return self._invoke(cache, "measure", *(f"--image={name}" for name in self.images), *flags)

    @contextmanager
    def fresh_cache(self) -> Iterator[Path]:
        """A cache in which nothing was ever read."""
        with tempfile.TemporaryDirectory(prefix="imagematrix-bench-") as folder:
            own = Path(folder) / "imagematrix" / "engine"
            own.mkdir(parents=True)
            (own / "tools").symlink_to(self.programs)
            yield Path(folder)

    def _invoke(self, cache: Path, task: str, *flags: str) -> Ran:
        invoke = str(Path(sys.executable).parent / "invoke")
        env = {**self.env, "XDG_CACHE_HOME": str(cache)}
        env.pop("PYTHONDONTWRITEBYTECODE", None)  # compiled once, as it is for whoever installed it
        return Command(words=[invoke, task, "--json", *flags], env=env, folder=self.folder).run()


def main(runs: int, *, ours_too: bool, write: bool) -> None:
    resolved = settings.resolve({}, {})
    with tempfile.TemporaryDirectory(prefix="imagematrix-bench-") as scratch:
        folder = _checkout(Path(scratch))
        places = Places(cache=resolved.cache, results=folder / "results")
        found = engine.find(places, notify=_say)
        matrix = config.load_matrix(folder / "variants.yml")
        programs = resolved.cache / "engine" / "tools"
        programs.mkdir(parents=True, exist_ok=True)
        other = peers(
            found,
            matrix,
            _bases(found, matrix, places),
            cache=resolved.cache,
            folder=folder,
            build_args=resolved.proxies,
            secrets=(("ca", resolved.ca_bundle),) if resolved.ca_bundle else (),
        )
        env = {**os.environ, **dict(found.env), "DOCKER_HOST": found.host}
        own = Ours(folder=folder, images=other.images, env=env, programs=programs)
        try:
            other.bake_and_ask()  # so that every image is there, and every step is cached
            figures = _measured(runs, other, own if ours_too else None)
        finally:
            for image in other.images:
                subprocess.run([other.docker, "rmi", image], env=other.env, capture_output=True, check=False)
    text = "\n".join([_machine(found, runs), "", *_table(figures), "", *_ratios(figures)])
    sys.stdout.write(f"{text}\n")
    if write:
        page.write("measuring", text)


def _measured(runs: int, other: Peers, own: Ours | None) -> Figures:
    figures: Figures = {}

    def keep(what: str, ran: Ran) -> Ran:
        figures.setdefault(what, []).append(ran)
        _say(f"{what}: {ran.seconds:.2f} s")
        return ran

    with tempfile.TemporaryDirectory(prefix="imagematrix-bench-") as kept:
        if own is not None:
            own.matrix(Path(kept))  # a matrix that is warm has run before
        for number in range(runs):
            keep(SAVE, other.save())
            dive = keep(DIVE, other.dive_all())
            keep(PIPELINE, together([keep(BAKE, other.bake_and_ask()), dive]))
            if own is not None:
                with own.fresh_cache() as cache:
                    keep(QUICK, own.measure(cache))
                    keep(QUICK_WARM, own.measure(cache))
                with own.fresh_cache() as cache:
                    keep(DEEP, own.measure(cache, "--deep"))
                    keep(DEEP_WARM, own.measure(cache, "--deep"))
                keep(MATRIX, own.matrix(Path(kept)))
            if number == 0:
                keep(SYFT, other.syft_all())  # once: it takes longer than all the rest
    return figures


def _checkout(scratch: Path) -> Path:
    """What a run reads, under another app's name: the images of this very checkout stay as they are."""
    folder = scratch / "checkout"
    folder.mkdir()
    for name in ("app", "dockerfiles"):
        shutil.copytree(ROOT / name, folder / name)
    shutil.copy(ROOT / "tasks.py", folder)
    text = (ROOT / "variants.yml").read_text(encoding="utf-8")
    renamed = text.replace("name: hello-world", "name: bench")
    (folder / "variants.yml").write_text(renamed, encoding="utf-8")
    return folder


def _bases(found: Engine, matrix: Matrix, places: Places) -> Mapping[str, ReadyBase]:
    client = engine.connect(found)
    try:
        refs = dict.fromkeys(ref for variant in matrix.variants for ref in variant.bases)
        told = bases.prepare(
            found, client, list(refs), mode="auto", platform="", places=places, listener=lambda _: None
        )
    finally:
        client.close()
    lost = [base for base in told.values() if not isinstance(base, ReadyBase)]
    if lost:
        sys.exit(str(lost[0]))
    return {name: base for name, base in told.items() if isinstance(base, ReadyBase)}


def _machine(found: Engine, runs: int) -> str:
    host = provenance.host()
    load = os.getloadavg()[0]
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {runs} runs in turn (syft once), load average {load:.1f} at the end\n"
        f"{host.cpus} processors {host.machine}, {host.memory_bytes >> 30} GiB, {host.system} {host.release}, "
        f"Python {host.python}\n"
        f"{found.name} {found.version}, image store {found.image_store}; stand-ins where no registry answers"
    )


def _table(figures: Figures) -> list[str]:
    rows = [f"{'four images':30} {'median':>8} {'lowest':>8} {'highest':>8} {'peak memory':>12}"]
    for what, runs in figures.items():
        seconds = [ran.seconds for ran in runs]
        peak = max(ran.peak_bytes for ran in runs)
        rows.append(
            f"{what:30} {middle(runs):6.2f} s {min(seconds):6.2f} s {max(seconds):6.2f} s {peak / 1e6:9.0f} MB"
        )
    return rows


def _ratios(figures: Figures) -> list[str]:
    rows = []
    for what, against, most in RATIOS:
        if what in figures and against in figures:
            ratio = middle(figures[what]) / middle(figures[against])
            aim = "" if most is None else f"   aim: {most:g} at most, {'kept' if ratio <= most else 'MISSED'}"
            rows.append(f"{what:24} / {against:24} {ratio:6.3f}{aim}")
    return rows


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--peers", action="store_true", help="measure the peers alone")
    parser.add_argument("--write", action="store_true", help="put the figures into docs/performance.md")
    given = parser.parse_args()
    main(given.runs, ours_too=not given.peers, write=given.write)
