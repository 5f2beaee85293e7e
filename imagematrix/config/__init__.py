"""The only reader of matrix files: text -> schema -> resolved, frozen `Matrix` -> selection."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from imagematrix.config.budgets import check_accepted
from imagematrix.config.declared import RECIPES
from imagematrix.config.defaults import filled
from imagematrix.config.load import read
from imagematrix.config.resolve import check_expected, resolve
from imagematrix.config.schema import schema_text
from imagematrix.config.select import select
from imagematrix.config.validate import validate
from imagematrix.model import Matrix

__all__ = ["RECIPES", "load_matrix", "schema_text", "select"]


def load_matrix(path: Path, *, expectable: Sequence[str] = (), acceptable: Sequence[str] = ()) -> Matrix:
    """Read a matrix file and resolve all of it.

    `expectable` are the measurements that `expect` may name, `acceptable` the rules that `accept` may; () leaves
    them unchecked.
    Raises `InputError` for the first thing that is wrong with it, with its line and column.
    """
    document = read(path)
    validate(document)
    declared = filled(document.value)
    if expectable:
        check_expected(declared, document, expectable)
    check_accepted(declared, document, acceptable)
    return resolve(declared, document, path)
