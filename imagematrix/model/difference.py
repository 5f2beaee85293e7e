"""What differs between two images, and between two runs."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from imagematrix.model.finding import Finding
from imagematrix.model.measurement import Measurement


class Change(StrEnum):
    """How a thing of the new image stands to the one of the old."""

    NEW = "new"
    GONE = "gone"
    MORE = "more"
    LESS = "less"
    SAME = "same"  # of a layer: the same diff ID; of a package: another version of the same bytes
    NEW_OR_MORE = "new or more"  # the old record lists no such file, but it lists the largest alone
    GONE_OR_LESS = "gone or less"  # likewise of the new record


@dataclass(frozen=True, kw_only=True, slots=True)
class Sizes:
    """Bytes of a thing in the old image and in the new; 0 where the image has no such thing."""

    old_bytes: int
    new_bytes: int

    @property
    def more(self) -> int:
        """Bytes that the new has more; negative when it has less."""
        return self.new_bytes - self.old_bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class Unknown:
    """No figures are known, and why."""

    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class FigureDifference:
    """A figure of bytes, or a count, in both images; either may be there with a reason instead of a value."""

    name: str
    unit: str  # "bytes", "layers", "files", "packages"
    old: Measurement
    new: Measurement

    @property
    def more(self) -> int | Unknown:
        """What the new has more, in `unit`; negative when it has less."""
        old, new = self.old.value, self.new.value
        if self.old.measured and self.new.measured and isinstance(old, int) and isinstance(new, int):
            return new - old
        why = self.new if not self.new.measured else self.old
        return Unknown(reason=why.reason)


@dataclass(frozen=True, kw_only=True, slots=True)
class LayerDifference:
    """A layer that is in both, in one alone, or that the same instruction has made anew."""

    change: Change  # SAME: the same diff ID; MORE, LESS: the same instruction, another diff ID
    rebuilt: bool  # the same instruction, another diff ID, be the bytes the same or not
    created_by: str  # the instruction
    from_base: bool  # of the new image's layer, or of the old one's where that is gone
    old_diff_id: str  # "" where there is none
    new_diff_id: str
    sizes: Sizes


@dataclass(frozen=True, kw_only=True, slots=True)
class OriginDifference:
    """Bytes and files of one origin: "app", "node_modules", "waste" (which has no files: 0)."""

    origin: str
    sizes: Sizes
    old_files: int
    new_files: int


@dataclass(frozen=True, kw_only=True, slots=True)
class PackageDifference:
    """A package of that name that is new, gone, of other versions, or of other bytes."""

    system: str  # "dpkg", "apk", "npm", "npm's own": see verdicts/package_changes.py
    name: str
    change: Change
    old_versions: tuple[str, ...]  # sorted; those of all places where it lies
    new_versions: tuple[str, ...]
    sizes: Sizes | Unknown


@dataclass(frozen=True, kw_only=True, slots=True)
class FileDifference:
    """A file that is new, gone, larger or smaller.

    With NEW_OR_MORE and GONE_OR_LESS, `sizes` has the most that the file can have on the side that does not
    list it: it has changed by that at least.
    """

    path: str
    origin: str  # in the new image, or in the old where it is gone
    change: Change
    sizes: Sizes


@dataclass(frozen=True, kw_only=True, slots=True)
class FileDifferences:
    """The files that differ."""

    files: tuple[FileDifference, ...]  # most changed first
    complete: bool  # all files of both images are known
    method: str  # where they are known from, and what that leaves out


@dataclass(frozen=True, kw_only=True, slots=True)
class Cause:
    """Something that brought bytes, or took them away."""

    text: str  # "app file /app/big.bin: 30.0 MB new"
    bytes: int  # signed: what it adds


@dataclass(frozen=True, kw_only=True, slots=True)
class Differences:
    """All that differs between two images, in bytes."""

    figures: tuple[FigureDifference, ...]  # in the record's order, those that are equal too
    layers: tuple[
        LayerDifference, ...
    ]  # of the new image, bottom first, kept ones too; then those that are gone
    origins: tuple[OriginDifference, ...] | Unknown  # most changed first; those that differ
    packages: tuple[PackageDifference, ...]  # most changed first; those that differ
    packages_unknown: tuple[tuple[str, str], ...]  # (system, why its packages cannot be compared)
    files: FileDifferences | Unknown
    causes: tuple[Cause, ...]  # no byte in two of them; weightiest first

    def brought(self, n: int) -> tuple[str, ...]:
        """The n weightiest causes of what the new image has more: "package lodash 4.17.21: 1.4 MB new"."""
        return tuple(cause.text for cause in self.causes if cause.bytes > 0)[:n]

    def saved(self, n: int) -> tuple[str, ...]:
        """The n weightiest causes of what it has less: "layer `RUN npm ci`: 2.1 MB gone"."""
        return tuple(cause.text for cause in self.causes if cause.bytes < 0)[:n]


class TimeVerdict(StrEnum):
    """What may be said of a noisy figure."""

    MORE = "more"  # large enough and statistically sure
    LESS = "less"
    WITHIN = "no sure change"  # compared, and not both
    SAME = "the same measurement"  # it was measured once, and taken over from that run
    UNDECIDED = "cannot tell"  # too few samples for an answer
    NOT_COMPARED = "not compared"  # other machine, engine or image store; or not measured


@dataclass(frozen=True, kw_only=True, slots=True)
class NoisyDifference:
    """A time, or memory: a figure that differs from one measurement to the next of the same image."""

    name: str  # "start_seconds"
    unit: str  # "seconds", "bytes"
    old: Measurement
    new: Measurement
    verdict: TimeVerdict
    reason: str  # with the samples and the p-value where there are: "5 and 5 starts, p = 0.008"


@dataclass(frozen=True, kw_only=True, slots=True)
class AnswerDifference:
    """An answer in words that is another: shells, libc, user, verdicts, how the variant ended."""

    name: str
    old: str  # "bash, sh"; "none" for an empty list; "not applicable"
    new: str
    added: tuple[str, ...]  # of a list
    removed: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class OneSided:
    """Figures and answers that were measured on one side alone, for one reason."""

    names: tuple[str, ...]
    missing: str  # "old" or "new"
    reason: str  # why they are not there


@dataclass(frozen=True, kw_only=True, slots=True)
class FindingDifference:
    """A finding that is new, gone, or there in other words or accepted since (SAME)."""

    change: Change
    finding: Finding  # the new one, or the old one where it is gone
    was: str  # the old one's text, where it is another


@dataclass(frozen=True, kw_only=True, slots=True)
class BudgetDifference:
    """A budget that stands otherwise than before, or is broken still."""

    name: str
    text: str  # "60MB"
    old: str  # "kept", "broken", "undecided", "not set"
    new: str
    reason: str  # of the new one


@dataclass(frozen=True, kw_only=True, slots=True)
class Pair:
    """One variant then and now, or two variants, or two images."""

    label: str  # of the variant; "alpine against vanilla" where they are two
    differences: Differences
    noisy: tuple[NoisyDifference, ...]
    answers: tuple[AnswerDifference, ...]
    one_sided: tuple[OneSided, ...]
    findings: tuple[FindingDifference, ...]
    budgets: tuple[BudgetDifference, ...]
    same_image: bool  # by config digest


@dataclass(frozen=True, kw_only=True, slots=True)
class Compared:
    """One side of a comparison."""

    what: str  # "run", "variant", "image"
    name: str  # a run's id, a label, a reference
    facts: tuple[str, ...]  # "2026-11-24T02:40:00Z", "revision aaaaaaaaa", "tag v1"


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """Two runs, two variants of one run, or two images."""

    old: Compared
    new: Compared
    pairs: tuple[Pair, ...]
    only_old: tuple[str, ...]  # labels
    only_new: tuple[str, ...]
    remarks: tuple[str, ...]  # what limits the comparison: another machine, stand-in bases
    rule: str  # how noisy figures are judged; "" where none is compared
