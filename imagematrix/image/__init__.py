"""What is read of an image, one file a subject."""

from imagematrix.image.addons import addon_findings, addon_paths
from imagematrix.image.deep import Layers, read_archive, read_layers
from imagematrix.image.examine import examine, kept_sizes, of_layers, subject
from imagematrix.image.measures import measures
from imagematrix.image.metadata import read_image
from imagematrix.image.runs_on import runs_on
from imagematrix.image.sampling import ExactSampler, Sampler

__all__ = [
    "ExactSampler",
    "Layers",
    "Sampler",
    "addon_findings",
    "addon_paths",
    "examine",
    "kept_sizes",
    "measures",
    "of_layers",
    "read_archive",
    "read_image",
    "read_layers",
    "runs_on",
    "subject",
]
