"""What is about to land, as built-in policies see it: what changes, beside what stands and what is wanted.

A built-in policy (`checks.built_in`) is kept or not by a plain function from a `Landing` to breaches. It is asked only where
something differs.
"""

from __future__ import annotations

from meshwright.frozen import dataclass
from meshwright.plan.changes import differing_ports
from meshwright.plan.compatibility import ObjectChange
from meshwright.plan.values import Desired, Observed


@dataclass(frozen=True, kw_only=True, slots=True)
class Landing:
    """A change before it lands."""

    #: What differs for those who use it, the greatest level first.
    changes: tuple[ObjectChange, ...]
    desired: Desired
    observed: Observed

    @property
    def moving_ports(self) -> tuple[str, ...]:
        """The ports whose contract or datasets differ from what stands and may move, sorted; `changes` has those that promise
        something else."""
        return tuple(sorted(differing_ports(self.desired, self.observed)))

    @property
    def is_empty(self) -> bool:
        """Whether nothing of it could be judged."""
        return not self.changes and not self.observed.port_documents
