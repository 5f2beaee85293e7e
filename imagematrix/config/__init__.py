"""The only reader of matrix files: text -> schema -> resolved, frozen `Matrix` -> selection."""

from __future__ import annotations

from pathlib import Path

from imagematrix.config.declared import RECIPES
from imagematrix.config.defaults import filled
from imagematrix.config.load import read
from imagematrix.config.resolve import resolve
from imagematrix.config.schema import schema_text
from imagematrix.config.select import select
from imagematrix.config.validate import validate
from imagematrix.model import Matrix

__all__ = ["RECIPES", "load_matrix", "schema_text", "select"]


def load_matrix(path: Path) -> Matrix:
    """Read a matrix file and resolve all of it.

    Raises `InputError` for the first thing that is wrong with it, with its line and column.
    """
    document = read(path)
    validate(document)
    return resolve(filled(document.value), document, path)
