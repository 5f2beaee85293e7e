from __future__ import annotations

import os
import threading
import time
import zlib
from dataclasses import replace
from pathlib import Path

import pytest

from imagematrix.errors import MachineError
from imagematrix.image.files import Compressed, Elf, LayerFiles, Packed
from imagematrix.image.store import LayerStore
from tests import made
from tests.image.exports import file, folder, hard, link, read, tar

LAYER = replace(
    read(
        tar(
            folder("etc", mode=0o1777),
            file("etc/passwd", bytes(range(256)), uid=1000),
            hard("etc/shells", "etc/passwd"),
            hard("below", "elsewhere"),
            file("etc/passwd", b"twice"),
            link("häßlich\udcff", "target\udcfe"),
            file(".wh.gone"),
            file("etc/.wh..wh..opq"),
        )
    ),
    elves={
        "/x.node": Elf(
            machine="x86_64",
            interpreter="/lib/ld",
            needed=("a", "b"),
            versions=("GLIBC_2.34",),
            searched=("$ORIGIN",),
        )
    },
    compressed=Compressed(1230, 12),
    packed=(Packed("sha256:" + "b" * 64, "gzip", 1234),),
)


@pytest.fixture
def store(tmp_path: Path) -> LayerStore:
    return LayerStore(folder=tmp_path / "layers")


def numbered(number: int, *, names: int = 1) -> LayerFiles:
    layer = read(tar(*(file(f"{number}-{os.urandom(8).hex()}", 1) for _ in range(names))))
    return replace(layer, diff_id=f"sha256:{number:064x}")


def test_a_layer_comes_back_as_it_was(store: LayerStore) -> None:
    store.save(LAYER)
    assert store.load(LAYER.diff_id) == LAYER
    assert len(LAYER.texts) == 2
    assert len({entry.kind for entry in LAYER.entries}) == 5


def test_sizes_are_had_without_reading_the_whole(store: LayerStore) -> None:
    many = numbered(1, names=5000)
    store.save(LAYER)
    store.save(many)
    lost = f"sha256:{2:064x}"
    kept = store.sizes([LAYER.diff_id, lost, many.diff_id])
    assert kept == {LAYER.diff_id: LAYER.sizes, many.diff_id: many.sizes}
    assert LAYER.sizes == (LAYER.content_bytes, (1230, 12), LAYER.packed)


@pytest.mark.parametrize(
    "content", [b"", b"no zlib", zlib.compress(b"[]"), zlib.compress(b'{"version":1,"paths":')]
)
def test_sizes_of_a_damaged_file_are_not_there(store: LayerStore, content: bytes) -> None:
    store.save(LAYER)
    next(store.folder.glob("*.layer")).write_bytes(content)
    assert store.sizes([LAYER.diff_id]) == {}


def test_what_was_never_kept_is_not_there(store: LayerStore) -> None:
    assert store.load(LAYER.diff_id) is None


def test_an_estimated_size_does_not_do_where_exact_ones_are_asked_for(store: LayerStore) -> None:
    store.save(LAYER)
    assert store.load(LAYER.diff_id, exact_sizes=True) is None
    store.save(replace(LAYER, compressed=Compressed(1234, 0)))
    assert store.load(LAYER.diff_id, exact_sizes=True) is not None


def test_a_size_that_is_estimated_too_loosely_does_not_do(store: LayerStore) -> None:
    for bound, there in ((40, True), (41, False)):  # of 1000 bytes: 1 % more is the encoder's
        store.save(replace(LAYER, compressed=Compressed(1000, bound)))
        assert (store.load(LAYER.diff_id) is not None) is there


def test_the_blobs_that_a_layer_was_found_in_are_all_remembered(store: LayerStore) -> None:
    store.save(LAYER)
    other = Packed("sha256:" + "c" * 64, "zstd", 999)
    assert store.save(replace(LAYER, packed=(other,))).packed == (*LAYER.packed, other)
    assert store.save(replace(LAYER, packed=())).packed == (*LAYER.packed, other)
    for number in range(9):
        store.save(replace(LAYER, packed=(Packed(f"sha256:{number:064x}", "gzip", 10**15),)))
    (sizes,) = store.sizes([LAYER.diff_id]).values()
    assert len(sizes.packed) == 4
    assert store.load(LAYER.diff_id) == replace(LAYER, packed=sizes.packed)


def test_a_torn_file_counts_as_not_there(store: LayerStore) -> None:
    store.save(LAYER)
    (path,) = store.folder.iterdir()
    whole = path.read_bytes()
    for end in range(len(whole)):
        path.write_bytes(whole[:end])
        assert store.load(LAYER.diff_id) is None
    path.write_bytes(whole)
    assert store.load(LAYER.diff_id) == LAYER


def test_a_damaged_file_counts_as_not_there(store: LayerStore) -> None:
    store.save(LAYER)
    (path,) = store.folder.iterdir()
    whole = path.read_bytes()
    for at in range(0, len(whole), 7):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :])
        assert store.load(LAYER.diff_id) is None


def test_a_file_that_is_nested_too_deep_counts_as_not_there(store: LayerStore) -> None:
    store.save(LAYER)
    (path,) = store.folder.iterdir()
    path.write_bytes(zlib.compress(b"[" * 100_000))
    assert store.load(LAYER.diff_id) is None


def test_a_file_under_another_layers_name_counts_as_not_there(store: LayerStore) -> None:
    store.save(LAYER)
    (path,) = store.folder.iterdir()
    path.rename(path.with_stem("a" * 64))
    assert store.load(made.digest("a")) is None


def test_a_file_of_another_version_counts_as_not_there(
    store: LayerStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.save(LAYER)
    monkeypatch.setattr("imagematrix.image.store._VERSION", 999)
    assert store.load(LAYER.diff_id) is None


def test_the_folder_stays_within_its_bound_and_what_was_used_last_stays(tmp_path: Path) -> None:
    layers = [numbered(n, names=300) for n in range(6)]
    free = LayerStore(folder=tmp_path / "free")
    free.save(layers[0])
    one = sum(path.stat().st_size for path in free.folder.iterdir())
    store = LayerStore(folder=tmp_path / "layers", limit_bytes=4 * one + one // 2)
    for age, layer in enumerate(layers[:4]):
        store.save(layer)
        moment = time.time() - 1000 + age
        os.utime(store.folder / f"{age:064x}.layer", (moment, moment))
    assert store.load(layers[0].diff_id) is not None  # used just now
    store.save(layers[4])
    store.save(layers[5])
    assert [n for n, layer in enumerate(layers) if store.load(layer.diff_id) is not None] == [0, 3, 4, 5]
    assert sum(path.stat().st_size for path in store.folder.iterdir()) <= store.limit_bytes


def test_a_layer_that_is_larger_than_the_bound_is_kept_until_the_next(tmp_path: Path) -> None:
    store = LayerStore(folder=tmp_path / "layers", limit_bytes=1)
    store.save(LAYER)
    assert store.load(LAYER.diff_id) == LAYER


def test_what_a_killed_writer_left_is_swept_once_it_is_old(store: LayerStore) -> None:
    store.folder.mkdir()
    old, new = store.folder / "old.tmp", store.folder / "new.tmp"
    old.write_bytes(b"x")
    new.write_bytes(b"x")
    os.utime(old, (time.time() - 7200,) * 2)
    store.save(LAYER)
    assert not old.exists()
    assert new.exists()


def test_a_writer_that_is_interrupted_leaves_nothing(
    store: LayerStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", interrupt)
    with pytest.raises(KeyboardInterrupt):
        store.save(LAYER)
    assert list(store.folder.iterdir()) == []


def test_many_may_write_and_read_at_once(tmp_path: Path) -> None:
    """Over the bound all the time, so that each also removes what others write and read."""
    layers = [numbered(n, names=20) for n in range(6)]
    store = LayerStore(folder=tmp_path / "layers", limit_bytes=2000)
    failures: list[BaseException] = []

    def work(first: int) -> None:
        try:
            for turn in range(40):
                layer = layers[(first + turn) % len(layers)]
                store.save(layer)
                assert store.load(layer.diff_id) in (layer, None)
        except (MachineError, OSError, AssertionError) as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(MachineError, match="cannot be kept") as caught:
        LayerStore(folder=tmp_path / "file" / "layers").save(LAYER)
    assert caught.value.where == str(tmp_path / "file" / "layers")


def test_which_layer_a_compressed_blob_holds_is_remembered(store: LayerStore) -> None:
    assert store.diff_id_of(made.digest("b")) == ""
    store.save_blob(made.digest("b"), LAYER.diff_id)
    assert store.diff_id_of(made.digest("b")) == LAYER.diff_id
    (store.folder / f"{'b' * 64}.blob").write_text("sha256:torn")
    assert store.diff_id_of(made.digest("b")) == ""


@pytest.mark.parametrize("digest", ["", "sha256:", "sha256:../../x", f"md5:{'a' * 64}", f"sha256:{'A' * 64}"])
def test_no_other_name_leads_to_a_file(store: LayerStore, digest: str) -> None:
    with pytest.raises(ValueError, match="no digest"):
        store.load(digest)
