"""What is read of an image, one file a subject."""

from imagematrix.image.addons import addon_findings, addon_paths
from imagematrix.image.deep import Layers, read_archive, read_layers
from imagematrix.image.examine import examine, kept_sizes, of_layers, subject
from imagematrix.image.inside import NODE_LIFETIME, node_lifetime
from imagematrix.image.listing import listing
from imagematrix.image.measures import measures
from imagematrix.image.metadata import read_image
from imagematrix.image.runs_on import runs_on
from imagematrix.image.sampling import ExactSampler, Sampler
from imagematrix.image.saving import save_image
from imagematrix.image.source import check_archive
from imagematrix.image.subject import Subject

__all__ = [
    "NODE_LIFETIME",
    "ExactSampler",
    "Layers",
    "Sampler",
    "Subject",
    "addon_findings",
    "addon_paths",
    "check_archive",
    "examine",
    "kept_sizes",
    "listing",
    "measures",
    "node_lifetime",
    "of_layers",
    "read_archive",
    "read_image",
    "read_layers",
    "runs_on",
    "save_image",
    "subject",
]
