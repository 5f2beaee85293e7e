"""What is read of an image, one file a subject."""

from imagematrix.image.measures import measures
from imagematrix.image.metadata import read_image

__all__ = ["measures", "read_image"]
