"""All files of an image, each with where it comes from: what `origin` counts, told file by file."""

from __future__ import annotations

from imagematrix.image.packages import shown
from imagematrix.image.subject import Subject
from imagematrix.model import ListedFile, Listing


def listing(subject: Subject) -> Listing | None:
    """The regular files that a container of the image sees; None where they could not be read."""
    if subject.files is None:
        return None
    files = (
        ListedFile(shown(file.entry.path, limit=len(file.entry.path)), file.bytes, file.origin)
        for file in subject.placed
    )
    return Listing(config_digest=subject.image.config_digest, files=tuple(files))
