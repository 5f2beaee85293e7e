from __future__ import annotations

import io
import tarfile
from collections.abc import Mapping
from typing import Any

from imagematrix.image import walk_container
from imagematrix.image.files import Kind
from imagematrix.image.walk_lines import Telling
from tests.image.test_walk_lines import encoded


def archive(members: Mapping[str, tuple[bytes, dict[str, Any]]]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for name, (content, fields) in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            for field, value in fields.items():
                setattr(member, field, value)
            tar.addfile(member, io.BytesIO(content))
    return out.getvalue()


def test_what_the_engine_has_made_is_told_from_what_the_image_has() -> None:
    packed = archive(
        {
            "dev": (b"", {"type": tarfile.DIRTYPE, "mode": 0o755, "mtime": 2000}),
            "dev/console": (b"", {"mtime": 2000}),
            "dev/\udcff": (b"hidden", {"mtime": 2000, "mode": 0o600, "uid": 7}),
            "dev/null": (b"", {"type": tarfile.CHRTYPE, "mtime": 10}),
            "dev/fd": (b"", {"type": tarfile.SYMTYPE, "linkname": "/proc/self/fd", "mtime": 10}),
        }
    )
    root = ["d", "/", 0, [], "", [], [], 0, {}, {}]
    telling = Telling()
    for line in (*encoded([["n", "8.0.0"], root, ["z", 0]]), *walk_container._told("/", packed, 1999.0)):
        telling.feed(line)
    entries = telling.end().entries
    assert set(entries) == {"/dev", "/dev/\udcff", "/dev/null", "/dev/fd"}
    assert entries["/dev/\udcff"][1:5] == (Kind.FILE, 6, 0o600, 7)
    assert entries["/dev/null"].kind is Kind.OTHER
    assert entries["/dev/fd"].target == "/proc/self/fd"
