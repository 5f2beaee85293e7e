"""Names out of an image or an archive, fit to be shown: anything may stand in them, bytes that are no text too."""

from __future__ import annotations

from imagematrix.text import escaped


def visible(name: str) -> str:
    r"""A name with all that is not printable as an escape: `\x1b`, `\u2028`; a byte that is not UTF-8 as `\xff`."""
    return (
        name
        if name.isprintable()
        else "".join(character if character.isprintable() else escaped(character) for character in name)
    )
