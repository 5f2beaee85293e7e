"""`clean`, and `clean --keep`: older builds go before the newest, and nothing that is not this matrix's."""

from __future__ import annotations

from pathlib import Path

import docker
import pytest

from imagematrix.model import LABEL_KIND, LABEL_OWNER
from tests.integration.apps import SERVES, tiny
from tests.integration.cli import invoke

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("engine")]

TAG = "imagematrix.local/kept:tiny-node24"


def test_older_builds_go_first(tmp_path: Path, client: docker.DockerClient) -> None:
    folder = tiny(tmp_path)
    matrix = folder / "variants.yml"
    matrix.write_text(matrix.read_text().replace("name: tiny", "name: kept"), encoding="utf-8")
    built = []
    for number in range(3):
        (folder / "app" / "index.js").write_text(SERVES + f" // {number}", encoding="utf-8")
        assert invoke(folder, "build").code == 0
        built.append(client.images.get(TAG))
    owner = built[0].labels[LABEL_OWNER]
    strangers = {image.id for image in client.images.list(all=True)} - {image.id for image in built}

    def left() -> list[str | None]:
        found = client.images.list(filters={"label": [f"{LABEL_OWNER}={owner}", f"{LABEL_KIND}=variant"]})
        return [image.id for image in built if image.id in {each.id for each in found}]

    size = int(built[-1].attrs["Size"])
    assert invoke(folder, "clean", f"--keep={2 * size}B").out.startswith("nothing is over it: ")
    assert left() == [image.id for image in built]
    # Three apps on one base: without the oldest, some bytes fewer than all three take.
    own = sum(len(SERVES) + len(" // 0") for _ in built)
    base = size - own // 3
    assert invoke(folder, "clean", f"--keep={base + own - 1}B", "--dry").out.startswith(
        "would remove variant"
    )
    assert left() == [image.id for image in built]
    assert invoke(folder, "clean", f"--keep={base + own - 1}B").out.startswith("removed variant sha256:")
    assert left() == [image.id for image in built[1:]]
    assert invoke(folder, "clean", f"--keep={size}B").code == 0
    assert left() == [built[-1].id]
    assert invoke(folder, "clean", "--keep=0B").out == f"removed variant {TAG}, {TAG}-{owner}\n"
    assert left() == []
    assert strangers <= {image.id for image in client.images.list(all=True)}


def test_what_a_user_made_of_ours_stays(tmp_path: Path, client: docker.DockerClient) -> None:
    """Their tag on our image, their image built from it, and their container of that: all have our labels."""
    folder = tiny(tmp_path)
    matrix = folder / "variants.yml"
    matrix.write_text(matrix.read_text().replace("name: tiny", "name: made-of"), encoding="utf-8")
    assert invoke(folder, "build").code == 0
    image = client.images.get("imagematrix.local/made-of:tiny-node24")
    image.tag("imagematrix-test/release", "1.0")
    container = client.containers.create("imagematrix-test/release:1.0")
    theirs = container.commit("imagematrix-test/own", "1")
    try:
        assert LABEL_OWNER in theirs.labels
        told = invoke(folder, "clean")
        assert (told.code, told.out.count("\n")) == (0, 1)
        assert "imagematrix-test" not in told.out
        assert client.images.get("imagematrix-test/release:1.0").id == image.id
        assert client.images.get("imagematrix-test/own:1").id == theirs.id
        container.reload()
        # What it needs is kept, and told, also where no tag of theirs is on it.
        assert invoke(folder, "build").code == 0
        client.images.remove("imagematrix-test/release:1.0")
        told = invoke(folder, "clean")
        assert told.code == 0
        assert told.out.startswith("left variant imagematrix.local/made-of:tiny-node24")
        assert told.out.endswith(": a container uses it\n")
        container.reload()
    finally:
        container.remove()
        client.images.remove("imagematrix-test/own:1")
    assert invoke(folder, "clean").out.startswith("removed variant ")


@pytest.mark.parametrize("text", ["5", "GB", "5 XB", "-1GB", "1e9B"])
def test_what_is_no_size_is_told(tmp_path: Path, text: str) -> None:
    done = invoke(tiny(tmp_path), "clean", f"--keep={text}")
    assert done.code == 2
    assert done.err.startswith(f"imagematrix: --keep: this is no size: {text!r}\n")
