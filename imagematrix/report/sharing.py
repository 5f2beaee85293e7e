"""What the variants take together, under their table."""

from __future__ import annotations

from imagematrix.model import Sharing
from imagematrix.report.console import Look, grid
from imagematrix.report.figures import in_common, plain
from imagematrix.units import size


def sharing_table(sharing: Sharing, *, look: Look) -> str:
    """One row a variant: how much of it others have too, and what it costs where they are there."""
    rows = [
        (
            plain(share.label),
            size(share.bytes),
            size(share.shared_bytes),
            size(share.marginal_bytes),
            "; ".join(in_common(share)) or "none",
        )
        for share in sharing.variants
    ]
    headings = ("variant", "layers", "shared", "alone", "in common with")
    alone = sum(share.bytes for share in sharing.variants)
    total = (
        f" together on one host: {size(sharing.union_bytes)}, each layer once; apart: {size(alone)}\n"
        " alone: what adding the variant last costs, and removing it saves\n"
    )
    return grid(headings, rows, look=look, right=headings[1:4]) + total
