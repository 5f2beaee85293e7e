from __future__ import annotations

import gzip
import json
import shutil
import socketserver
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, nullcontext, suppress
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import docker
import pytest
import requests
from docker.errors import APIError

from imagematrix.errors import InputError, Interrupted
from imagematrix.image.source import Blob, archive_blobs, check_archive, engine_blobs
from imagematrix.image.tar import FormatError
from tests.image import exports

CONTENT = {"blobs/sha256/aa": b"one" * 1000, "manifest.json": b"[]"}
LINK: dict[str, bytes | str] = {"link": "manifest.json"}
RAW = exports.outer({**CONTENT, **LINK})
Answer = Callable[[BaseHTTPRequestHandler], None]


class _Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True


@contextmanager
def _answering(answer: Answer) -> Iterator[docker.DockerClient]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            with suppress(BrokenPipeError):  # a client that has heard enough
                answer(self)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002, the base class names it so
            """Quiet."""

    with ExitStack() as stack:
        # A socket's path may have 108 bytes: too short for pytest's own folders.
        folder = Path(tempfile.mkdtemp(prefix="pytest-imx-"))
        stack.callback(shutil.rmtree, folder)
        server = stack.enter_context(_Server(str(folder / "s"), Handler))
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        stack.callback(thread.join)
        stack.callback(server.shutdown)
        client = docker.DockerClient(base_url=f"unix://{folder / 's'}", version="1.42", timeout=20)
        yield stack.enter_context(closing(client))


def _send(handler: BaseHTTPRequestHandler, status: int, body: bytes, *, promised: int = 0) -> None:
    handler.send_response(status)
    handler.send_header("Content-Length", str(promised or len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def read(blobs: Iterator[Blob]) -> dict[str, bytes]:
    return {blob.name: b"".join(blob.content) for blob in blobs}


def test_all_images_come_in_one_answer() -> None:
    asked: list[str] = []

    def answer(handler: BaseHTTPRequestHandler) -> None:
        asked.append(handler.path)
        _send(handler, 200, RAW)

    with _answering(answer) as client:
        assert read(engine_blobs(client, ["node:24", "alpine"], threading.Event())) == CONTENT
    (path,) = asked
    assert urlsplit(path).path == "/v1.42/images/get"
    assert parse_qs(urlsplit(path).query) == {"names": ["node:24", "alpine"]}


def test_a_refusal_is_the_engines_own() -> None:
    body = json.dumps({"message": "No such image: node:99"}).encode()
    with (
        _answering(lambda handler: _send(handler, 404, body)) as client,
        pytest.raises(APIError, match="No such image: node:99"),
    ):
        read(engine_blobs(client, ["node:99"], threading.Event()))


def test_an_engine_that_goes_away_is_not_an_archive_that_ends() -> None:
    with (
        _answering(lambda handler: _send(handler, 200, RAW[:2000], promised=len(RAW))) as client,
        pytest.raises(requests.RequestException),
    ):
        read(engine_blobs(client, ["node:24"], threading.Event()))


def test_a_request_to_stop_does_not_wait_for_the_engine_to_pack() -> None:
    stop, packed = threading.Event(), threading.Event()

    def answer(handler: BaseHTTPRequestHandler) -> None:
        stop.set()
        packed.wait(20)
        _send(handler, 200, RAW)

    with _answering(answer) as client:
        begun = time.monotonic()
        with pytest.raises(Interrupted):
            read(engine_blobs(client, ["node:24"], stop))
        assert time.monotonic() - begun < 5
        packed.set()


def test_a_request_to_stop_ends_a_stream_at_its_next_piece() -> None:
    stop = threading.Event()
    large = exports.outer({"a": bytes(8 << 20), "b": b"x"})
    with _answering(lambda handler: _send(handler, 200, large)) as client:
        blobs = engine_blobs(client, ["node:24"], stop)
        next(blobs)
        stop.set()
        with pytest.raises(Interrupted):
            next(blobs)


def test_an_archive_file_is_told_from_its_content(tmp_path: Path) -> None:
    for name, raw in (("plain", RAW), ("packed", gzip.compress(RAW))):
        (tmp_path / name).write_bytes(raw)
        assert read(archive_blobs(tmp_path / name, threading.Event())) == CONTENT


def test_a_folder_gives_its_documents_and_blobs_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"not to be read")
    layout = tmp_path / "layout"
    for name, content in (
        *CONTENT.items(),
        ("blobs/other/bb", b"two"),
        ("notes/c", b"no"),
        ("index.json", b"{}"),
    ):
        (layout / name).parent.mkdir(parents=True, exist_ok=True)
        (layout / name).write_bytes(content)
    (layout / "blobs" / "sha256" / "cc").symlink_to(tmp_path / "secret")
    found = read(archive_blobs(layout, threading.Event()))
    assert found == {**CONTENT, "blobs/other/bb": b"two", "index.json": b"{}"}


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No such file") as caught:
        read(archive_blobs(tmp_path / "none.tar", threading.Event()))
    assert caught.value.where == str(tmp_path / "none.tar")


@pytest.mark.parametrize(
    ("content", "why"),
    [(b"", "it is empty"), (b"x" * 600, "no tar archive"), (exports.tar(), "neither manifest"), (RAW, "")],
)
def test_how_an_archive_begins_is_seen_without_reading_it(tmp_path: Path, content: bytes, why: str) -> None:
    path = tmp_path / "app.tar"
    path.write_bytes(content[:4096])  # nobody looks at its end
    with pytest.raises(InputError, match=why) if why else nullcontext():
        check_archive(path)


def test_a_folder_is_an_archive_where_it_lists_images(tmp_path: Path) -> None:
    (tmp_path / "package.json").write_text("{}")
    with pytest.raises(InputError, match=r"neither manifest\.json nor index\.json") as caught:
        check_archive(tmp_path)
    assert caught.value.where == str(tmp_path)
    (tmp_path / "index.json").write_text("{}")
    check_archive(tmp_path)


def test_a_file_that_is_no_archive_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("hello " * 1000)
    with pytest.raises(FormatError):
        read(archive_blobs(tmp_path / "text", threading.Event()))
