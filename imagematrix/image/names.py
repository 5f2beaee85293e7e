"""Names out of an image or an archive, fit to be shown: anything may stand in them, bytes that are no text too."""

from __future__ import annotations


def visible(name: str) -> str:
    r"""A name with all that is not printable as an escape: `\x1b`, `\u2028`; a byte that is not UTF-8 as `\xff`."""
    return name if name.isprintable() else "".join(map(_visible, name))


def _visible(character: str) -> str:
    if "\udc80" <= character <= "\udcff":  # such a byte, as `surrogateescape` reads it
        return f"\\x{ord(character) - 0xDC00:02x}"
    return character if character.isprintable() else ascii(character)[1:-1]
