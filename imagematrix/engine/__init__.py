"""Where a Docker engine comes from: the user's own, or a private one that is brought up here."""

from imagematrix.engine.client import connect
from imagematrix.engine.discovery import find, look
from imagematrix.engine.embedded import EmbeddedStatus, down, status, up
from imagematrix.engine.requirements import Condition, conditions

__all__ = ["Condition", "EmbeddedStatus", "conditions", "connect", "down", "find", "look", "status", "up"]
