"""Veils: what a sandbox hides of what it shows and builds from. Columns are hidden behind pseudonyms, rows by sampling.

A `Veil` is what holds in a whole sandbox, a `Sight` what is left to see of one version, and `Restricted` what a version
says that was built from less than everything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from types import MappingProxyType

from meshwright.frozen import dataclass
from meshwright.model.identity import canonical_json
from meshwright.model.names import plain_address

#: Shares are counted in millionths.
WHOLE_PPM = 1_000_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Sample:
    """Which rows are seen: a share of them, or so many. Which ones follows from their values alone."""

    #: Millionths of all rows; None where `rows` says how many.
    share_ppm: int | None = None
    rows: int | None = None

    def __post_init__(self) -> None:
        if (self.share_ppm is None) == (self.rows is None):
            raise ValueError("a sample is a share or a number of rows")
        if self.share_ppm is not None and not 0 < self.share_ppm <= WHOLE_PPM:
            raise ValueError(f"{self.share_ppm} is no share in millionths")
        if self.rows is not None and self.rows < 1:
            raise ValueError(f"{self.rows} is no number of rows to see")

    @property
    def words(self) -> str:
        """``1% of the rows``, ``at most 100 rows``."""
        if self.share_ppm is None:
            return f"at most {self.rows} row{'' if self.rows == 1 else 's'}"
        return f"{self.share_ppm / (WHOLE_PPM / 100):g}% of the rows"

    @property
    def rule(self) -> str:
        """``ppm:10000``, ``rows:100``: as it stands in identities and records."""
        return f"rows:{self.rows}" if self.share_ppm is None else f"ppm:{self.share_ppm}"

    @classmethod
    def of_rule(cls, rule: str) -> Sample:
        """Give back the sample of a rule."""
        kind, _, number = rule.partition(":")
        return cls(rows=int(number)) if kind == "rows" else cls(share_ppm=int(number))


@dataclass(frozen=True, kw_only=True, slots=True)
class Sight:
    """What is left to see of a version. Names of columns are without letter case, as engines compare them."""

    #: Columns behind pseudonyms, sorted.
    masked: tuple[str, ...] = ()
    #: The only columns that are not masked, sorted; None where every column is that `masked` does not name.
    clear: tuple[str, ...] | None = None
    #: How pseudonyms are made, by which salt; empty where nothing is masked.
    method: str = ""
    sample: Sample | None = None

    def hides(self, column: str) -> bool:
        """Whether a column is behind a pseudonym."""
        name = column.casefold()
        return name in self.masked or (self.clear is not None and name not in self.clear)

    @property
    def identity(self) -> str:
        """What the identity of an input gets added where it is seen like this."""
        # What may be seen says what is masked, and is the same whatever else a dataset may come to have.
        named: list[object] = ["clear", *self.clear] if self.clear is not None else ["masked", *self.masked]
        masked = f"~masked({canonical_json([self.method, *named])})" if self.method else ""
        return masked + (f"~sample({self.sample.rule})" if self.sample is not None else "")


@dataclass(frozen=True, kw_only=True, slots=True)
class Restricted:
    """Why a version may be shown by sandboxes alone: it was not built from everything that there is."""

    #: In words: ``masked: email of crm.customers.people (pii)``.
    reasons: tuple[str, ...]
    #: Input dataset -> what the build saw of its version; one that is absent was seen as it is.
    seen: Mapping[str, Sight] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, kw_only=True, slots=True)
class Veil:
    """What a sandbox hides of every version that is not restricted itself. Datasets are plain addresses here."""

    #: Dataset -> masked column, without letter case -> why.
    masked: Mapping[str, Mapping[str, str]] = field(default_factory=lambda: MappingProxyType({}))
    #: Dataset -> the columns that the base shows of it and that are not masked, sorted; only of those with masked ones.
    clear: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    #: As in `Sight`.
    method: str = ""
    sample: Sample | None = None
    #: Ids of versions that the base, or the sandbox, points to and that are not restricted: they are shown through the
    #: veil, and not built again from what is seen of their inputs.
    standing: frozenset[str] = frozenset()
    #: Ids of the restricted ones among what the sandbox points to.
    restricted: frozenset[str] = frozenset()

    def sight(self, dataset: str, *, is_sampled: bool = True) -> Sight | None:
        """Return what is left to see of a version of `dataset`; None where that is everything."""
        plain = plain_address(dataset)
        masked = self.masked.get(plain)
        sample = self.sample if is_sampled else None
        if not masked:
            return Sight(sample=sample) if sample is not None else None
        return Sight(masked=tuple(sorted(masked)), clear=self.clear.get(plain), method=self.method, sample=sample)

    def is_masking(self, dataset: str) -> bool:
        """Whether columns of `dataset` are masked."""
        return plain_address(dataset) in self.masked

    def words(self, dataset: str) -> tuple[str, ...]:
        """Say what is hidden of `dataset`: ``masked: email of crm.customers.people (pii)``."""
        plain = plain_address(dataset)
        masked = tuple(f"masked: {name} of {plain} ({why})" for name, why in sorted(self.masked.get(plain, {}).items()))
        return (*masked, f"sampled: {self.sample.words} of {plain}") if self.sample is not None else masked
