"""The tasks of this repository: imagematrix's own collection."""

from imagematrix.tasks import ns

__all__ = ["ns"]
