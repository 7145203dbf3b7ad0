"""Policies: rules on the mesh's own description, and the exemptions from them."""

from __future__ import annotations

import datetime as dt
import enum

from meshwright.diagnostics import SourceSpan
from meshwright.frozen import dataclass


class PolicyLevel(enum.StrEnum):
    """What a violation does: it is noted, it warns, or it refuses `check`, `plan` and `run`."""

    ADVISE = "advise"
    WARN = "warn"
    BLOCK = "block"


@dataclass(frozen=True, kw_only=True, slots=True)
class Policy:
    """A SELECT over the tables `mesh.*`, each row of which is a violation."""

    #: File stem, unique among the policies of the mesh and of any one domain.
    name: str
    #: The domain that it belongs to and whose objects it judges; None for a policy of the whole mesh.
    domain: str | None
    level: PolicyLevel
    why: str
    fix: str
    #: Empty for one that is built in.
    text: str
    #: Names of the tables of schema `mesh` that the text reads, sorted.
    reads: tuple[str, ...]
    #: Whether the text uses ``$today``.
    uses_today: bool = False
    span: SourceSpan | None = None

    @property
    def is_built_in(self) -> bool:
        """Whether no file has it: it judges what changes, and not the tables."""
        return not self.text

    @property
    def address(self) -> str:
        """What commands and messages call it: its name, of a domain's policy ``domain.name``."""
        return f"{self.domain}.{self.name}" if self.domain else self.name


@dataclass(frozen=True, kw_only=True, slots=True)
class Exemption:
    """An agreed violation: until the end of a day, one policy does not hold for an object and what lies in it."""

    policy: str
    #: Address of a domain, product, dataset, port or column (``dataset.column``).
    object: str
    #: ``team:<name>`` or ``user:<name>``: who answers for it.
    owner: str
    reason: str
    #: Last day on which it holds, UTC.
    expires: dt.date
    #: Whose policies it is about: a domain's, or with None those of the whole mesh.
    domain: str | None
    span: SourceSpan | None = None

    def holds_on(self, day: dt.date) -> bool:
        """Whether it has not expired."""
        return day <= self.expires

    def covers(self, address: str) -> bool:
        """Whether `address` is its object, or lies in it. A version of a port does not lie in the first one (``d.p/orders``)."""
        inside = (f"{self.object}.",) if "/" in self.object else (f"{self.object}.", f"{self.object}/")
        return address == self.object or address.startswith(inside)
