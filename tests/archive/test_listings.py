from __future__ import annotations

import gzip
import json
import subprocess
import time
from dataclasses import replace
from pathlib import Path

import pytest

from imagematrix import archive
from imagematrix.archive import listings
from imagematrix.model import Listing
from tests import made
from tests.archive.made_runs import listing, of_image, run_id, saved


def test_a_run_keeps_the_files_of_its_images_and_the_record_does_not(tmp_path: Path) -> None:
    saved(tmp_path, run_id(1), result=of_image("d", listed=True))
    assert archive.listed(tmp_path, made.digest("d"))
    assert archive.listing(tmp_path, made.digest("d")) == listing("d")
    assert "index.js" not in (tmp_path / run_id(1) / "run.json").read_text()
    assert [path.name for path in (tmp_path / "files").iterdir()] == [f"{'d' * 64}.json.gz"]


def test_an_image_that_was_not_listed_has_no_listing(tmp_path: Path) -> None:
    saved(tmp_path, run_id(1), result=of_image("d"))
    assert not archive.listed(tmp_path, made.digest("d"))
    assert archive.listing(tmp_path, made.digest("d")) is None


def test_files_are_kept_once(tmp_path: Path) -> None:
    listings.keep(tmp_path, listing("d"))
    (path,) = (tmp_path / "files").iterdir()
    path.write_bytes(b"as it was")
    listings.keep(tmp_path, listing("d", ("/other", 1, "app")))
    assert path.read_bytes() == b"as it was"


def test_the_same_files_are_the_same_bytes_at_any_time(monkeypatch: pytest.MonkeyPatch) -> None:
    first = listings.pack(listing("d"))
    monkeypatch.setattr(time, "time", lambda: 4_000_000_000.0)
    assert listings.pack(listing("d")) == first


def test_zcat_reads_what_is_kept_as_json(tmp_path: Path) -> None:
    files = (('/a\\x01"b', 1, "app"), ("/ü", 2, "node"))
    path = tmp_path / "x.json.gz"
    path.write_bytes(listings.pack(listing("d", *files)))
    told = json.loads(subprocess.run(["gzip", "-dc", str(path)], capture_output=True, check=True).stdout)
    assert told == {"config_digest": made.digest("d"), "files": [list(file) for file in files]}


def test_an_image_without_files_is_listed_as_that() -> None:
    empty = Listing(config_digest=made.digest("d"), files=())
    assert listings.parse(gzip.decompress(listings.pack(empty))) == empty


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no gzip",
        listings.pack(listing("d"))[:-9],
        gzip.compress(b"[]", mtime=0),
        gzip.compress(b'{"config_digest": "x", "files": [["/a"]]}', mtime=0),
        gzip.compress(b'{"config_digest": "x", "files": [["/a", "many", "app"]]}', mtime=0),
        gzip.compress(b'{"config_digest": "x", "files": [["/a", 1, []]]}', mtime=0),
    ],
    ids=["nothing", "no gzip", "cut off", "no mapping", "no rows", "no bytes", "no origin"],
)
def test_a_listing_that_is_torn_counts_as_not_there(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "files" / f"{'d' * 64}.json.gz"
    path.parent.mkdir()
    path.write_bytes(content)
    assert archive.listing(tmp_path, made.digest("d")) is None


def test_a_listing_is_unpacked_up_to_a_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    listings.keep(tmp_path, listing("d"))
    monkeypatch.setattr(listings, "LIMIT_BYTES", 50)
    assert archive.listing(tmp_path, made.digest("d")) is None


@pytest.mark.parametrize("digest", ["", "sha256:", "sha256:../../x", "sha512:" + "a" * 64, "../" * 20])
def test_a_digest_that_is_none_leads_nowhere(tmp_path: Path, digest: str) -> None:
    assert not archive.listed(tmp_path, digest)
    assert archive.listing(tmp_path, digest) is None
    listings.keep(tmp_path, replace(listing("d"), config_digest=digest))
    assert list(tmp_path.iterdir()) == []
