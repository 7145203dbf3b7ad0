"""Version numbers of contracts: which one a change of a level demands, and whether the number rose that far.

Semantic versioning, as far as contracts are written so: `1.2.0`, `v2`, `2`; numbers that are not written count as 0. Below
1.0.0 the second number takes the place of the first. A version with a suffix (`2.0.0-rc.1`) stands before the one without,
and promises nothing yet: any rise from it will do.
"""

from __future__ import annotations

import enum
import re

from meshwright.frozen import dataclass
from meshwright.plan.compatibility.values import Level

#: Longer texts are no version numbers; reading very long digits is slow.
_LONGEST = 100
_FORM = re.compile(
    r"(?P<prefix>[vV]?)(?P<numbers>[0-9]+(?:\.[0-9]+)*)(?:-(?P<suffix>[0-9A-Za-z][0-9A-Za-z.-]*))?(?:\+[0-9A-Za-z.-]+)?",
    re.ASCII,
)
#: Level -> the place of the number that has to rise.
_PLACES = {Level.MAJOR: 0, Level.MINOR: 1, Level.PATCH: 2}


@dataclass(frozen=True, kw_only=True, slots=True)
class VersionNumber:
    """A version as numbers."""

    #: At least three.
    numbers: tuple[int, ...]
    #: Empty for a version as it is released.
    suffix: str = ""
    #: How it is written: ``v`` before it or nothing, and how many numbers.
    prefix: str = ""
    written: int = 3

    def __str__(self) -> str:
        """Return it with as many numbers as it was written with, where that will do."""
        numbers = list(self.numbers)
        while len(numbers) > self.written and numbers[-1] == 0:
            numbers.pop()
        return f"{self.prefix}{'.'.join(map(str, numbers))}{f'-{self.suffix}' if self.suffix else ''}"


class Rise(enum.Enum):
    """What became of a version number."""

    #: It rose as far as the change demands; or nothing is demanded, and it did not fall.
    ENOUGH = "enough"
    #: It stands, or did not rise far enough.
    SHORT = "short"
    #: It is lower than it was.
    FELL = "fell"
    #: One of the two is no number.
    UNKNOWN = "unknown"


def parse_version(text: str) -> VersionNumber | None:
    """Return a version as numbers; None for a text that is no sequence of numbers, such as a day with hyphens."""
    found = _FORM.fullmatch(text.strip()) if len(text) <= _LONGEST else None
    if found is None:
        return None
    numbers = tuple(int(part) for part in found["numbers"].split("."))
    suffix = found["suffix"] or ""
    if suffix[:1].isdecimal() and len(numbers) < 3:  # 2026-01-31
        return None
    padded = numbers + (0,) * (3 - len(numbers))
    return VersionNumber(numbers=padded, suffix=suffix, prefix=found["prefix"], written=len(numbers))


def least_version(standing: VersionNumber, level: Level) -> VersionNumber:
    """Return the least version that a change of `level` may have, written as `standing` is; itself where there is none."""
    if level is Level.NONE:
        return standing
    numbers = standing.numbers
    if not standing.suffix:
        place = _place(standing, level)
        numbers = (*numbers[:place], numbers[place] + 1, *[0] * (len(numbers) - place - 1))
    return VersionNumber(numbers=numbers, prefix=standing.prefix, written=standing.written)


def version_rise(standing: VersionNumber | None, version: VersionNumber | None, level: Level) -> Rise:
    """Say whether `version` rose from `standing` as far as changes of `level` demand."""
    if standing is None or version is None:
        return Rise.UNKNOWN
    if _key(version) < _key(standing):
        return Rise.FELL
    if level is Level.NONE:
        return Rise.ENOUGH
    if standing.suffix:
        return Rise.ENOUGH if _key(version) > _key(standing) else Rise.SHORT
    told = _place(standing, level) + 1
    # A fourth number is finer than a patch, and one that rises alone is a rise.
    whole = level is Level.PATCH and _key(version) > _key(standing)
    return Rise.ENOUGH if whole or version.numbers[:told] > standing.numbers[:told] else Rise.SHORT


def _place(standing: VersionNumber, level: Level) -> int:
    """Return the place of the number that has to rise: below 1.0.0 each level is one further, and a patch stays one."""
    return min(_PLACES[level] + (standing.numbers[0] == 0), 2)


def _key(version: VersionNumber) -> tuple[object, ...]:
    """Orders versions: of suffixes, numbers stand before words, and fewer parts before more; none comes last."""
    numbers = list(version.numbers)
    while len(numbers) > 3 and numbers[-1] == 0:
        numbers.pop()
    parts = tuple(
        (0, int(part), "") if part.isdecimal() else (1, 0, part) for part in version.suffix.split(".") if version.suffix
    )
    return tuple(numbers), not version.suffix, parts
