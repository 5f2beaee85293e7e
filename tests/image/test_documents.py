from __future__ import annotations

import json

import pytest

from imagematrix.image.documents import images, refs
from imagematrix.image.tar import FormatError
from tests.image import exports

LAYERS = [exports.layer("a"), exports.empty_layer()]
DIFFS = tuple(exports.diff_id(layer) for layer in LAYERS)
CONFIG = exports.config(LAYERS, [("ADD rootfs", False), ("ENV A=1", True), ("WORKDIR /app", False)])


def docker(config: bytes = CONFIG, **entry: object) -> dict[str, bytes]:
    manifest = [{"Config": "c.json", "Layers": [], **entry}]
    return {"c.json": config, "manifest.json": json.dumps(manifest).encode()}


def test_an_image_is_told_by_its_config() -> None:
    (image,) = images(docker(RepoTags=["node:24", "node:latest"]))
    assert image.name == "node:24"
    assert image.config_digest == exports.diff_id(CONFIG)
    assert image.diff_ids == DIFFS
    assert image.lines == (("ADD rootfs", False), ("ENV A=1", True), ("WORKDIR /app", False))
    config = image.config
    assert (config.user, config.entrypoint, config.command) == ("node", ("node",), ("app.js",))
    assert (config.env, config.workdir, config.architecture) == (("A=1",), "/app", "amd64")


def test_an_image_is_what_an_engine_would_tell() -> None:
    (told,) = images(docker())
    image = told.image("a.tar", {DIFFS[0]: 1000, DIFFS[1]: 0})
    assert (image.ref, image.unpacked_bytes, image.engine_bytes) == ("a.tar", 1000, None)
    assert [(x.diff_id, x.bytes, x.created_by) for x in image.layers] == [
        (DIFFS[0], 1000, "ADD rootfs"),
        (DIFFS[1], 0, "WORKDIR /app"),
    ]
    assert [(x.bytes, x.empty) for x in image.history] == [(1000, False), (0, True), (0, False)]


@pytest.mark.parametrize("history", [[], [("one", False)], [("a", False), ("b", False), ("c", False)]])
def test_a_history_that_does_not_fit_the_layers_says_nothing(history: list[tuple[str, bool]]) -> None:
    (told,) = images(docker(exports.config(LAYERS, history)))
    image = told.image("a.tar", {DIFFS[0]: 1000, DIFFS[1]: 0})
    assert [(x.bytes, x.created_by) for x in image.layers] == [(1000, ""), (0, "")]


def test_an_oci_layout_leads_to_the_images_that_are_in_it() -> None:
    """Through a nested index; the platform that was not exported is left out."""
    (image,) = images(exports.oci(LAYERS, CONFIG, name="24-slim"))
    assert (image.name, image.config_digest, image.diff_ids) == ("24-slim", exports.diff_id(CONFIG), DIFFS)


def test_several_images_are_several() -> None:
    other = exports.config(LAYERS[:1], [("ADD", False)])
    manifest = [{"Config": "c.json", "RepoTags": ["a:1"]}, {"Config": "d.json", "RepoTags": None}]
    documents = {"c.json": CONFIG, "d.json": other, "manifest.json": json.dumps(manifest).encode()}
    assert [(image.name, len(image.diff_ids)) for image in images(documents)] == [("a:1", 2), ("", 1)]


def test_half_a_surrogate_pair_is_written_out() -> None:
    config = json.dumps({"config": {"User": "\ud800"}, "rootfs": {"diff_ids": []}}).encode()
    assert images(docker(config))[0].config.user == "\\ud800"


def several(*platforms: str, name: str = "app:1") -> dict[str, bytes]:
    """An OCI layout that has an image for each of these."""
    documents: dict[str, bytes] = {}

    def blob(told: object) -> dict[str, object]:
        text = json.dumps(told).encode()
        digest = exports.diff_id(text)
        documents[digest.replace("sha256:", "blobs/sha256/")] = text
        return {"digest": digest}

    def image(number: int, platform: str) -> dict[str, object]:
        told = dict(zip(("os", "architecture", "variant"), platform.split("/"), strict=False))
        rootfs = {"diff_ids": [f"sha256:{number:064x}"]}
        return {**blob({"config": blob({**told, "rootfs": rootfs})}), "platform": told}

    inner = blob({"manifests": [image(number, each) for number, each in enumerate(platforms)]})
    notes = {"annotations": {"io.containerd.image.name": name}} if name else {}
    documents["index.json"] = json.dumps({"manifests": [{**inner, **notes}]}).encode()
    return documents


def test_images_of_one_name_are_told_apart_by_their_platforms_in_the_order_of_the_archive() -> None:
    platforms = ("linux/amd64", "linux/arm64/v8", "linux/arm/v7")
    for name, called in (("app:1", "app:1"), ("", "a.tar")):
        told = images(several(*platforms, name=name))
        assert refs(told, otherwise="a.tar") == [f"{called} ({platform})" for platform in platforms]
    assert refs(images(several("linux/arm64")), otherwise="a.tar") == ["app:1"]


def test_images_of_one_name_and_one_platform_are_told_apart_by_their_digests() -> None:
    told = images(several("linux/amd64", "linux/amd64", "linux/arm64"))
    digests = [each.config_digest.removeprefix("sha256:")[:12] for each in told]
    assert refs(told, otherwise="a.tar") == [
        f"app:1 ({digests[0]})",
        f"app:1 ({digests[1]})",
        "app:1 (linux/arm64)",
    ]


@pytest.mark.parametrize(
    ("documents", "why"),
    [
        (docker(CONFIG[:40]), "'c.json' in it is damaged: no JSON from line 1, column 38 on"),
        (docker(b"null"), "'c.json' in it is damaged: it has null in the place of an object"),
        ({"manifest.json": b"[{}]"}, "'manifest.json' in it is damaged: it names no Config of an image"),
        ({"manifest.json": b"\xff"}, "'manifest.json' in it is damaged: no JSON that can be read"),
        (
            {"manifest.json": b'[{"Config": "gone\x1b.json"}]'.replace(b"\x1b", b"\\u001b")},
            r"there is no image in it: it lacks 'gone\x1b.json', which describes it",
        ),
        ({"index.json": b"["}, "'index.json' in it is damaged: no JSON from line 1, column 2 on"),
    ],
)
def test_a_damaged_document_is_named_and_what_is_wrong_with_it(documents: dict[str, bytes], why: str) -> None:
    with pytest.raises(FormatError) as caught:
        images(documents)
    assert str(caught.value) == why


LOOP = [{"digest": "sha256:loop"}] * 1000


@pytest.mark.parametrize(
    ("documents", "why"),
    [
        ({}, "no image archive"),
        ({"manifest.json": b"[]"}, "no image in it"),
        ({"manifest.json": b"{}"}, "in the place of a list"),
        ({"manifest.json": b"[1]"}, "in the place of an object"),
        ({"manifest.json": b"[" * 100_000}, "no JSON"),
        ({"manifest.json": b"\xff"}, "no JSON"),
        (docker(RepoTags=5), "in the place of a list"),
        (docker(b"[]"), "in the place of an object"),
        (docker(b'{"rootfs": 3}'), "in the place of an object"),
        (docker(b'{"rootfs": {"diff_ids": ["../x"]}}'), "other than a digest"),
        (docker(b'{"history": [0]}'), "in the place of an object"),
        ({"index.json": b'{"manifests": [{}]}'}, "no image in it"),
        ({"index.json": b'{"manifests": 7}'}, "in the place of a list"),
        (
            {
                "index.json": json.dumps({"manifests": LOOP}).encode(),
                "blobs/sha256/loop": json.dumps({"manifests": LOOP}).encode(),
            },
            "no image in it",
        ),
    ],
)
def test_a_hostile_document_is_refused(documents: dict[str, bytes], why: str) -> None:
    with pytest.raises(FormatError, match=why):
        images(documents)
