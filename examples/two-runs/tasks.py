"""The tasks of this example: imagematrix's own collection."""

from imagematrix.tasks import ns

__all__ = ["ns"]
