"""Whether what is published belongs together: what several things were made from is the same for all of them."""

from __future__ import annotations

from collections.abc import Mapping

from meshwright.frozen import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Disagreement:
    """A dataset of which several things were made from different versions."""

    dataset: str
    #: Version -> what stands on it, sorted.
    versions: Mapping[str, tuple[str, ...]]

    @property
    def words(self) -> str:
        """``weather.raw.hourly: 3f2a9c stands beneath a.b.c, 77d01e beneath a.b.d``."""
        told = (f"{version[:8]} beneath {', '.join(above)}" for version, above in sorted(self.versions.items()))
        return f"{self.dataset}: {'; '.join(told)}"


def disagreements(stands_on: Mapping[str, Mapping[str, frozenset[str]]]) -> tuple[Disagreement, ...]:
    """Return the datasets on whose version things disagree. `stands_on` is thing -> dataset -> versions beneath it."""
    found: dict[str, dict[str, set[str]]] = {}
    for thing, beneath in stands_on.items():
        for dataset, versions in beneath.items():
            for version in versions:
                found.setdefault(dataset, {}).setdefault(version, set()).add(thing)
    return tuple(
        Disagreement(
            dataset=dataset, versions={version: tuple(sorted(things)) for version, things in by_version.items()}
        )
        for dataset, by_version in sorted(found.items())
        if len(by_version) > 1
    )
