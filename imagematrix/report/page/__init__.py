"""A run as one HTML page that opens offline: nothing of it is fetched, and nothing in it is run but our own."""

from imagematrix.report.page.render import page

__all__ = ["page"]
