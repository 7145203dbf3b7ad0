"""What planning looks at, in one value, and the questions every part of it asks."""

from __future__ import annotations

from collections.abc import Mapping

from meshwright.checks.spec import Evidence
from meshwright.diagnostics import Diagnostic
from meshwright.frozen import dataclass
from meshwright.plan.values import Desired, Observed, Resolution


@dataclass(frozen=True, kw_only=True, slots=True)
class PlanInputs:
    """The desired and the observed, resolved, with the caller's wish to test again."""

    desired: Desired
    observed: Observed
    resolution: Resolution
    retest: bool = False

    def in_scope(self, dataset: str) -> bool:
        """Whether this plan may build and publish the dataset."""
        return dataset in self.desired.scope

    def resolved(self, dataset: str) -> str | None:
        """The version that the dataset will have: resolved where in scope, else published; None if not known."""
        if dataset in self.desired.scope:
            return self.resolution.versions.get(dataset)
        return self.observed.datasets.get(dataset)


@dataclass(frozen=True, kw_only=True, slots=True)
class Blocker:
    """Why something cannot go on: where it began, in words, with the record behind it."""

    dataset: str
    words: str
    evidence: tuple[Evidence, ...] = ()
    problem: Diagnostic | None = None


#: A step names at most this many causes; the others are seen once these are gone.
_NAMED_CAUSES = 12


def merge_blockers(groups: Mapping[str, tuple[Blocker, ...]]) -> tuple[Blocker, ...]:
    """Return the causes of several blocked inputs, each once, in order of the inputs."""
    if len(groups) == 1:
        return next(iter(groups.values()))
    merged: dict[tuple[str, str], Blocker] = {}
    for blockers in groups.values():
        for blocker in blockers:
            merged.setdefault((blocker.dataset, blocker.words), blocker)
    return tuple(merged.values())[:_NAMED_CAUSES]


def evidence_of_blockers(blockers: tuple[Blocker, ...]) -> tuple[Evidence, ...]:
    """Return the recorded evidence behind causes."""
    return tuple(evidence for blocker in blockers for evidence in blocker.evidence)


def problem_of_blockers(blockers: tuple[Blocker, ...]) -> Diagnostic | None:
    """Return the first diagnostic behind causes, None where all are evidence."""
    return next((blocker.problem for blocker in blockers if blocker.problem is not None), None)
