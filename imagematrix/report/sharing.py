"""What variants, or other images, take together, under their table."""

from __future__ import annotations

from collections.abc import Collection

from imagematrix.model import Sharing
from imagematrix.report.console import Look, grid
from imagematrix.report.figures import in_common, plain
from imagematrix.units import size


def sharing_table(sharing: Sharing, *, look: Look, of: str = "variant", near: Collection[str] = ()) -> str:
    """One row a variant: how much of it others have too, and what it costs where they are there.

    `of` is what they are called; `near` are the labels of those whose bytes are estimated.
    """
    rows = [
        (
            plain(share.label),
            mark + size(share.bytes),
            mark + size(share.shared_bytes),
            mark + size(share.marginal_bytes),
            "; ".join(mark + each for each in in_common(share)) or "none",
        )
        for share in sharing.variants
        for mark in ["~" if share.label in near else ""]
    ]
    headings = (of, "layers", "shared", "alone", "in common with")
    alone = sum(share.bytes for share in sharing.variants)
    mark = "~" if near else ""
    total = (
        f" together on one host: {mark}{size(sharing.union_bytes)}, each layer once; apart: {mark}{size(alone)}\n"
        f" alone: what adding the {of} last costs, and removing it saves\n"
    )
    return grid(headings, rows, look=look, right=headings[1:4]) + total
