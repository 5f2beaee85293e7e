"""What is ours on a disk, counted by hand, and in which order it goes."""

from __future__ import annotations

import pytest

from imagematrix.engine.disk import Held, going, union_bytes
from imagematrix.engine.owned import Owned


def image(name: str, created: str, *, tagged: bool = True, kind: str = "variant", **layers: int) -> Held:
    return Held(
        owned=Owned(kind=kind, id=name, name=name, tags=(name,) if tagged else ()),
        created=created,
        layers=dict(layers),
    )


BASE = image("base", "2026-01-01", kind="stand-in", a=100)
OLD = image("old", "2026-01-02", tagged=False, a=100, b=10)
OLDER = image("older", "2026-01-01", tagged=False, a=100, c=5)
NEW = image("new", "2026-01-04", a=100, d=20)
OTHER = image("other", "2026-01-03", a=100, e=30)
ALL = [BASE, NEW, OLD, OTHER, OLDER]


def test_a_layer_that_images_share_is_counted_once() -> None:
    assert union_bytes(ALL) == 100 + 20 + 10 + 30 + 5
    assert union_bytes([]) == 0


@pytest.mark.parametrize(
    ("limit", "goes", "cache_left"),
    [
        (165 + 50, [], 50),
        (165 + 49, ["older"], 50),
        (150 + 49, ["older", "old"], 49),
        (150, ["older", "old"], 0),
        (149, ["older", "old", "other"], 0),
        (119, ["older", "old", "other", "new"], 0),
        (99, ["older", "old", "other", "new", "base"], 0),
        (0, ["older", "old", "other", "new", "base"], 0),
    ],
)
def test_what_goes_first(limit: int, goes: list[str], cache_left: int) -> None:
    go, left = going(ALL, cache_bytes=50, limit_bytes=limit)
    assert [each.owned.name for each in go] == goes
    assert left == cache_left
    assert union_bytes([each for each in ALL if each not in go]) + left <= limit
