"""Download bytes: ours, compressed whole and sampled, against what a registry holds after a push.

    python bench/download.py [--write]

Pushes the four images of this checkout (run `invoke build` before) to a registry on loopback, which is
fetched by apt and run, not installed.  With --write the table goes into docs/performance.md.
"""

from __future__ import annotations

import argparse
import socket
import sys
import tempfile
import zlib
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))  # run as a script, so that neither `bench` nor `tests` is on the path

from bench import page  # noqa: E402
from imagematrix import config, engine, pipeline, settings  # noqa: E402
from imagematrix.fetch.apt import fetch_debs, unpack_debs  # noqa: E402
from imagematrix.image.files import Compressed  # noqa: E402
from imagematrix.image.sampling import Compressing, ExactSampler, Sampler  # noqa: E402
from imagematrix.model import Places  # noqa: E402
from tests.integration.registry import Registry, remove_named  # noqa: E402
from tests.integration.test_download import compressed, push  # noqa: E402

LARGE_BYTES = 5_000_000  # of a layer that is shown by itself


class ZlibSix:
    """What zlib calls level 6, for comparison."""

    def __init__(self, _expected_bytes: int) -> None:
        self._compressor = zlib.compressobj(6, wbits=16 + zlib.MAX_WBITS)
        self._bytes = 0

    def update(self, data: bytes | memoryview) -> None:
        self._bytes += len(self._compressor.compress(data))

    def result(self) -> Compressed:
        return Compressed(self._bytes + len(self._compressor.copy().flush()), 0)


WAYS: Mapping[str, Callable[[int], Compressing]] = {
    "whole": ExactSampler,
    "sampled": Sampler,
    "zlib -6": ZlibSix,
}


def main(*, write: bool) -> None:
    resolved = settings.resolve({}, {})
    places = Places(cache=resolved.cache, results=ROOT / "results")
    client = engine.connect(engine.find(places, notify=lambda _: None))
    matrix = config.load_matrix(ROOT / "variants.yml")
    rows, layers = [], {}
    ours: list[dict[str, int]] = [{} for _ in WAYS]
    with tempfile.TemporaryDirectory(prefix="imagematrix-bench-") as scratch:
        registry = _registry(resolved.cache, Path(scratch))
        try:
            for variant in matrix.variants:
                image = pipeline.image_tags(matrix, variant)[0]
                truth = push(registry, client, image, "bench")
                for figure, more in zip(
                    ours, compressed(client, image, *WAYS.values(), known=ours[0]), strict=True
                ):
                    figure |= more
                rows.append(_row(variant.label, truth, truth, ours))
                for diff_id, size in truth.items():
                    if size > LARGE_BYTES:
                        layers[diff_id] = _row(f"layer {diff_id[7:19]}", [diff_id], truth, ours)
        finally:
            registry.stop()
            remove_named(client, registry.address)
    heading = f"{'':24} {'registry':>17} " + " ".join(f"{way:>8}" for way in WAYS)
    made = f"{datetime.now(UTC):%Y-%m-%d}, pushed by Docker Engine {client.version()['Version']}"
    client.close()
    text = "\n".join([made, "", heading, *rows, *layers.values()])
    sys.stdout.write(f"{text}\n")
    if write:
        page.write("download", text)


def _row(
    name: str, diff_ids: Iterable[str], truth: Mapping[str, int], ours: Iterable[Mapping[str, int]]
) -> str:
    """How far each of our figures of these layers together is from the registry's."""
    wanted = list(diff_ids)
    held = sum(truth[diff_id] for diff_id in wanted)
    off = [100 * (sum(figure[diff_id] for diff_id in wanted) / held - 1) for figure in ours]
    return f"{name:24} {held:11,} bytes " + " ".join(f"{percent:+6.2f} %" for percent in off)


def _registry(cache: Path, scratch: Path) -> Registry:
    unpack_debs(fetch_debs(["docker-registry"], suite="", cache=cache), scratch / "program")
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    program = scratch / "program" / "usr" / "bin" / "docker-registry"
    registry = Registry(program=program, folder=scratch, address=address)
    registry.start()
    return registry


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--write", action="store_true", help="put the table into docs/performance.md")
    main(write=parser.parse_args().write)
