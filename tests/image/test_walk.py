from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import cast

import docker
import pytest

from imagematrix.errors import Interrupted, MachineError
from imagematrix.image import walk as walk_module
from imagematrix.image.files import FileSystem
from imagematrix.image.walk import NoWalk, walk
from imagematrix.image.walk_lines import WalkRefusedError
from imagematrix.model import EngineImage
from tests.image.made_files import image
from tests.image.test_walk_lines import LINES, changed, encoded

CLIENT = cast(docker.DockerClient, None)  # nothing asks the engine where `tell` is replaced


class Inside:
    """Stands in for the container: says these lines, and counts how often it is asked."""

    def __init__(self, lines: list[bytes], then: Callable[[], None] = lambda: None) -> None:
        self.lines, self.then = lines, then
        self.asked = self.closed = 0

    def __call__(self, *_: object, **__: object) -> Generator[bytes, None, None]:
        self.asked += 1
        try:
            yield from self.lines
            self.then()
        finally:
            self.closed += 1


@pytest.fixture
def tell(monkeypatch: pytest.MonkeyPatch) -> Inside:
    inside = Inside(encoded(LINES))
    monkeypatch.setattr(walk_module, "tell", inside)
    return inside


def walked(
    cache: Path, of: EngineImage | None = None, stop: threading.Event | None = None
) -> FileSystem | NoWalk:
    of = of or image(("ADD", 35))
    return walk(CLIENT, of, labels={}, cache=cache, stop=stop or threading.Event())


def left(cache: Path) -> list[str]:
    return sorted(path.suffix for path in cache.iterdir())


def test_what_was_walked_once_is_not_walked_again(tell: Inside, tmp_path: Path) -> None:
    first, second = walked(tmp_path), walked(tmp_path)
    assert isinstance(first, FileSystem)
    assert second == first
    assert (tell.asked, tell.closed) == (1, 1)
    assert left(tmp_path) == [".jsonl", ".lock"]


def test_another_image_is_walked_anew(tell: Inside, tmp_path: Path) -> None:
    walked(tmp_path)
    walked(tmp_path, image(("ADD", 30), ("RUN", 5)))
    assert tell.asked == 2


@pytest.mark.parametrize("torn", [b"", b'["n", "24', b"\x00" * 100])
def test_a_torn_walk_is_walked_again(tell: Inside, tmp_path: Path, torn: bytes) -> None:
    first = walked(tmp_path)
    (kept,) = tmp_path.glob("*.jsonl")
    whole = kept.read_bytes()
    for wrong in (torn, whole[: len(whole) // 2], whole[:-2]):
        kept.write_bytes(wrong)
        assert walked(tmp_path) == first
        assert kept.read_bytes() == whole
    assert tell.asked == 4


def test_an_image_that_tells_of_more_than_its_layers_hold_is_not_believed(
    tell: Inside, tmp_path: Path
) -> None:
    files = walked(tmp_path, image(("ADD", 34)))
    assert isinstance(files, NoWalk)
    assert "35 bytes, where all layers hold 34" in files.reason
    assert left(tmp_path) == [".lock"]
    assert tell.closed == 1


@pytest.mark.parametrize(
    ("mount", "believed"), [("/proc", True), ("/run/secrets/x", True), ("/devices", False), ("/data", False)]
)
def test_what_the_engine_hides_must_be_known(
    tell: Inside, tmp_path: Path, mount: str, believed: bool
) -> None:
    tell.lines = encoded(changed(1, _1=mount))
    assert isinstance(walked(tmp_path), FileSystem) is believed


def test_no_node_is_a_reason_and_not_an_error(tell: Inside, tmp_path: Path) -> None:
    def none() -> None:
        raise WalkRefusedError("no node is in the image")

    tell.lines, tell.then = [], none
    files = walked(tmp_path)
    assert isinstance(files, NoWalk)
    assert "no node is in the image" in files.reason
    assert left(tmp_path) == [".lock"]


def test_an_interrupted_walk_leaves_nothing(tell: Inside, tmp_path: Path) -> None:
    def interrupt() -> None:
        raise Interrupted

    tell.then = interrupt
    with pytest.raises(Interrupted):
        walked(tmp_path)
    assert left(tmp_path) == [".lock"]
    assert tell.closed == 1


def test_one_walk_of_the_same_files_at_a_time(tell: Inside, tmp_path: Path) -> None:
    tell.then = lambda: time.sleep(0.3)
    found: list[FileSystem | NoWalk] = []
    threads = [threading.Thread(target=lambda: found.append(walked(tmp_path))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert tell.asked == 1
    assert found == [found[0]] * 3


def test_who_waits_for_another_can_be_stopped(tell: Inside, tmp_path: Path) -> None:
    walks, stop = threading.Event(), threading.Event()

    def long() -> None:
        walks.set()
        stop.wait(10)

    tell.then = long
    first = threading.Thread(target=lambda: walked(tmp_path))
    first.start()
    assert walks.wait(10)
    stop.set()
    with pytest.raises(Interrupted):
        walked(tmp_path, stop=stop)
    first.join()


@pytest.mark.usefixtures("tell")
def test_a_cache_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(MachineError, match="cache cannot be written") as caught:
        walked(tmp_path / "file")
    assert caught.value.where == str(tmp_path / "file")


def test_the_walks_that_were_used_last_are_kept(
    tell: Inside, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(walk_module, "_KEPT", 2)
    for size in (35, 36):
        walked(tmp_path, image(("ADD", size), ("RUN", 0)))
    for size in (1, 2):
        walked(tmp_path, image(*[("ADD", 35)] * (size + 2)))
    assert tell.asked == 3
    assert len(list(tmp_path.glob("*.jsonl"))) == 2
