"""What `init` writes: an existing Node app, read; a starter matrix with its Dockerfiles, made of that."""

from imagematrix.starter.app import App, Fact
from imagematrix.starter.files import Placed, starter_files
from imagematrix.starter.read import read_app

__all__ = ["App", "Fact", "Placed", "read_app", "starter_files"]
