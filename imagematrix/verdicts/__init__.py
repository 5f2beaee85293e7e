"""What results say together: pure functions over records."""

from imagematrix.verdicts.sharing import sharing

__all__ = ["sharing"]
