"""Bundles from elsewhere: what is amiss is told, and nothing that one holds does any harm."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from imagematrix import archive, record
from imagematrix.archive import unbundle
from imagematrix.errors import InputError
from tests import made

RUN = made.run()
FOLDER = f"imagematrix-{RUN.id}"
RECORD = json.dumps(record.to_json(RUN)).encode()
Entry = tuple[tarfile.TarInfo, bytes]


def entry(name: str, content: bytes = b"", *, kind: bytes = tarfile.REGTYPE, size: int = -1) -> Entry:
    told = tarfile.TarInfo(name)
    told.type, told.size = kind, len(content) if size < 0 else size
    told.linkname = "/etc/passwd" if kind in (tarfile.SYMTYPE, tarfile.LNKTYPE) else ""
    return told, content


def sums(**files: bytes) -> bytes:
    return "".join(f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in files.items()).encode()


def tar(*entries: Entry, end: bytes = bytes(1024)) -> bytes:
    out = io.BytesIO()
    for told, content in entries:
        out.write(told.tobuf(tarfile.GNU_FORMAT) + content + bytes(-len(content) % 512))
    return out.getvalue() + end


HEAD = entry(f"{FOLDER}/run.json", RECORD)
LIST = entry(f"{FOLDER}/SHA256SUMS", sums(**{"run.json": RECORD}))


def written(folder: Path, raw: bytes) -> Path:
    path = folder / "bundle.tar.gz"
    path.write_bytes(gzip.compress(raw))
    return path


def faults(folder: Path, *entries: Entry, end: bytes = bytes(1024)) -> str:
    return "; ".join(unbundle.check(written(folder, tar(HEAD, *entries, end=end))).faults)


def test_a_bundle_that_another_program_packed_is_one(tmp_path: Path) -> None:
    assert faults(tmp_path, LIST) == ""
    assert faults(tmp_path, LIST, end=bytes(10240)) == ""


def test_what_differs_is_missing_or_surplus_is_named(tmp_path: Path) -> None:
    listed = {"run.json": b"{}", "lost": b"1", "a": b"as it was"}
    found = unbundle.check(
        written(
            tmp_path,
            tar(
                HEAD,
                entry(f"{FOLDER}/a", b"as it is"),
                entry(f"{FOLDER}/more", b""),
                entry(f"{FOLDER}/SHA256SUMS", sums(**listed)),
            ),
        )
    )
    assert found.faults == (
        "lost: listed, but not there",
        "more: there, but not listed",
        "a: not what it was when it was packed",
        "run.json: not what it was when it was packed",
    )


AMISS: dict[str, tuple[tuple[Entry, ...], str]] = {
    "no sums": ((), "SHA256SUMS is not there"),
    "a symbolic link": ((entry(f"{FOLDER}/x", kind=tarfile.SYMTYPE), LIST), "x is no regular file"),
    "a hard link": ((entry(f"{FOLDER}/x", kind=tarfile.LNKTYPE), LIST), "x is no regular file"),
    "a device": ((entry(f"{FOLDER}/x", kind=tarfile.CHRTYPE), LIST), "x is no regular file"),
    "a folder": ((entry(f"{FOLDER}/x/", kind=tarfile.DIRTYPE), LIST), "is no regular file"),
    "an extended header": ((entry("././@PaxHeader", b"", kind=b"x", size=1 << 40), LIST), "no regular file"),
    "a sparse file": ((entry(f"{FOLDER}/x", kind=tarfile.GNUTYPE_SPARSE), LIST), "is no regular file"),
    "a way out": ((entry(f"{FOLDER}/../../x", b"1"), LIST), "is no name that a bundle gives"),
    "a way to the root": ((entry("/etc/passwd", b"1"), LIST), "lies outside the folder of the run"),
    "another folder": ((entry("imagematrix-20260101T000000Z-aaaaaa/x"), LIST), "lies outside the folder"),
    "a backslash": ((entry(f"{FOLDER}/a\\b"), LIST), "is no name that a bundle gives"),
    "a control character": ((entry(f"{FOLDER}/a\x1bb"), LIST), "is no name that a bundle gives"),
    "the record again": ((HEAD, LIST), "or is there twice"),
    "a huge file": ((entry(f"{FOLDER}/x", size=1 << 40), LIST), "x is larger than any file"),
    "a huge image": ((entry(f"{FOLDER}/images/x", size=1 << 40), LIST), "larger than any file"),
    "a file that is cut off": ((entry(f"{FOLDER}/x", size=5000),), "the archive is cut off"),
    "a sum that is none": ((entry(f"{FOLDER}/SHA256SUMS", b"abc  run.json\n"),), "a line that is no sum"),
    "a sum twice": ((entry(f"{FOLDER}/SHA256SUMS", 2 * sums(**{"run.json": RECORD})),), "a line that is no"),
    "no text": ((entry(f"{FOLDER}/SHA256SUMS", b"\xff\xfe"),), "a line that is no sum"),
}


@pytest.mark.parametrize("name", AMISS)
def test_a_bundle_that_is_amiss_is_told_so(tmp_path: Path, name: str) -> None:
    entries, fault = AMISS[name]
    told = faults(tmp_path, *entries)
    assert fault in told
    assert told.isprintable()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bundle.tar.gz"]


@pytest.mark.parametrize(
    ("end", "fault"),
    [
        (b"", "cut off"),
        (bytes(512), "something follows the end"),
        (bytes(1024) + b"more", "something follows the end"),
        (bytes(1 << 20), "something follows the end"),
        (b"x" * 512, "no tar header"),
        (bytes(511) + b"\1", "no tar header"),
    ],
)
def test_an_end_that_is_none_is_told(tmp_path: Path, end: bytes, fault: str) -> None:
    assert fault in faults(tmp_path, LIST, end=end)


def test_bytes_between_two_files_are_told(tmp_path: Path) -> None:
    told, content = entry(f"{FOLDER}/a", b"1")
    raw = bytearray(tar(HEAD, (told, content), LIST))
    raw[raw.index(told.tobuf(tarfile.GNU_FORMAT)) + 512 + 100] = 1
    assert "something lies between two files" in "; ".join(
        unbundle.check(written(tmp_path, bytes(raw))).faults
    )


def test_every_byte_that_is_changed_or_lost_is_found(tmp_path: Path) -> None:
    noise = hashlib.shake_128().digest(100_000)  # so that most of the bundle is behind the record
    path = written(tmp_path, tar(HEAD, entry(f"{FOLDER}/a", noise), LIST))
    raw = path.read_bytes()
    for at in (len(raw) // 4, len(raw) // 2, len(raw) - 12, len(raw) - 6, len(raw) - 1):
        path.write_bytes(raw[:at] + bytes([raw[at] ^ 0x55]) + raw[at + 1 :])
        assert unbundle.check(path).faults, at
        path.write_bytes(raw[:at])
        assert unbundle.check(path).faults, at


NO_BUNDLE: dict[str, Callable[[], bytes]] = {
    "nothing": lambda: b"",
    "no gzip": lambda: RECORD,
    "a gzip of something": lambda: gzip.compress(RECORD),
    "a gzip of nothing": lambda: gzip.compress(b""),
    "a tar of nothing": lambda: gzip.compress(bytes(10240)),
    "another file first": lambda: gzip.compress(tar(entry(f"{FOLDER}/a"), HEAD, LIST)),
    "a record elsewhere": lambda: gzip.compress(tar(entry("run.json", RECORD))),
    "a record that is none": lambda: gzip.compress(tar(entry(f"{FOLDER}/run.json", b"{}"), LIST)),
    "a record of another run": lambda: gzip.compress(
        tar(entry("imagematrix-20260101T000000Z-aaaaaa/run.json", RECORD), LIST)
    ),
    "a record that is a link": lambda: gzip.compress(tar(entry(f"{FOLDER}/run.json", kind=tarfile.SYMTYPE))),
    "a record beyond all bounds": lambda: gzip.compress(tar(entry(f"{FOLDER}/run.json", size=100 << 20))),
}


@pytest.mark.parametrize("name", NO_BUNDLE)
def test_what_is_no_bundle_is_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / "bundle.tar.gz"
    path.write_bytes(NO_BUNDLE[name]())
    for read in (unbundle.check, unbundle.read_record):
        with pytest.raises(InputError, match=r"no bundle of a run|not a record|no record of a run") as caught:
            read(path)
        assert caught.value.exit_code == 2


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No such file"):
        unbundle.check(tmp_path / "none")


def test_a_bundle_that_unpacks_to_more_than_a_run_has_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unbundle, "WHOLE_LIMIT_BYTES", len(RECORD) + 3000)
    files = [entry(f"{FOLDER}/{number}", bytes(2000)) for number in range(3)]
    assert "more than a bundle holds" in faults(tmp_path, *files)
    monkeypatch.setattr(unbundle, "WHOLE_LIMIT_BYTES", 1 << 30)
    monkeypatch.setattr(unbundle, "MEMBERS_LIMIT", 3)
    assert "more than a bundle holds" in faults(tmp_path, *files, LIST)


def test_the_record_is_read_without_what_follows_it(tmp_path: Path) -> None:
    path = tmp_path / "bundle.tar.gz"
    path.write_bytes(gzip.compress(tar(HEAD) + b"what no tar has" * 1000))
    assert unbundle.read_record(path).id == RUN.id
    assert archive.resolve(tmp_path, str(path)).id == RUN.id


def test_a_record_of_a_bundle_says_no_more_than_one_from_anywhere(tmp_path: Path) -> None:
    raw = json.dumps(record.to_json(replace(RUN, tag="v1")) | {"seconds": "long"}).encode()
    path = written(tmp_path, tar(entry(f"{FOLDER}/run.json", raw), LIST))
    with pytest.raises(InputError, match="seconds: 'long' is not of type 'number'") as caught:
        archive.resolve(tmp_path, str(path))
    assert f"{FOLDER}/run.json" in caught.value.where
