"""What differs between a sandbox and what it lies over, as values; `app.environment_diff` finds it."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

from meshwright.frozen import dataclass
from meshwright.model import Scalar
from meshwright.plan.compatibility import Change, Level, greatest
from meshwright.plan.version_changes import MakingChanges

if TYPE_CHECKING:  # what rows were compared by is known to the engine alone
    from meshwright.engines.protocol import Comparison
    from meshwright.state.records import Environment


class Presence(enum.StrEnum):
    """Where something stands: in the sandbox alone, in what it lies over alone, or in both and not alike."""

    NEW = "new"
    REMOVED = "removed"
    CHANGED = "changed"

    @staticmethod
    def of(before: object, after: object) -> Presence:
        """Tell by what stood and what stands, None for nothing."""
        return Presence.NEW if before is None else Presence.REMOVED if after is None else Presence.CHANGED


@dataclass(frozen=True, kw_only=True, slots=True)
class RuleAnswer:
    """What is recorded of one rule on one version."""

    #: ``pass``, ``error``, ``log``, ``warn``, ``stop``; None where nothing is recorded.
    verdict: str | None
    value: Scalar
    failing_rows: int | None
    #: What it does where it is broken.
    action: str
    #: In words; None for manifests of an older meshwright.
    rule: str | None
    #: Identity of what is measured and demanded; None as `rule`.
    check: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class RuleDifference:
    """A rule that is new, gone, demands something else, or has another verdict."""

    id: str
    before: RuleAnswer | None
    after: RuleAnswer | None

    @property
    def change(self) -> str:
        """``new``, ``removed``, ``changed`` for another demand or action, ``verdict`` for another answer."""
        if self.before is None or self.after is None:
            return Presence.of(self.before, self.after).value
        is_same = (self.before.check, self.before.action) == (self.after.check, self.after.action)
        return "verdict" if is_same else Presence.CHANGED.value


@dataclass(frozen=True, kw_only=True, slots=True)
class DatasetDifference:
    """How a dataset differs: its version, its contract, or what its rules say."""

    dataset: str
    #: Version ids; None where it does not stand.
    before: str | None
    after: str | None
    making: MakingChanges
    #: Of columns and types, then of the contract that holds it.
    columns: tuple[Change, ...] = ()
    contract: tuple[Change, ...] = ()
    #: None where rows were not compared.
    rows: Comparison | None = None
    #: Whether rows were read for it: equal digests, new and removed datasets need none.
    is_read: bool = False
    tests: tuple[RuleDifference, ...] = ()

    @property
    def change(self) -> Presence:
        """Whether it is new, gone or changed."""
        return Presence.of(self.before, self.after)

    @property
    def level(self) -> Level:
        """How much its schema asks of those who use it."""
        return greatest(change.level for change in (*self.columns, *self.contract))


@dataclass(frozen=True, kw_only=True, slots=True)
class PortDifference:
    """How a port differs."""

    port: str
    change: Presence
    changes: tuple[Change, ...]

    @property
    def level(self) -> Level:
        """The greatest of its changes."""
        return greatest(change.level for change in self.changes)


@dataclass(frozen=True, kw_only=True, slots=True)
class CodeState:
    """The code that a product was published from."""

    #: Digest of its files.
    code: str | None
    #: None where it was not published from clean git.
    commit: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class ProductDifference:
    """How a product differs."""

    product: str
    #: None where it does not stand.
    before: CodeState | None
    after: CodeState | None
    datasets: tuple[str, ...]
    ports: tuple[PortDifference, ...]

    @property
    def change(self) -> Presence:
        """Whether it is new, gone or changed."""
        return Presence.of(self.before, self.after)


@dataclass(frozen=True, kw_only=True, slots=True)
class PolicyDifference:
    """A violation that stands with the files of the sandbox and did not with those of its base."""

    policy: str
    level: str
    message: str
    #: Address of what it is about; None where it names nothing.
    object: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class EnvironmentDiff:
    """Answer of `env diff`."""

    sandbox: Environment
    datasets: tuple[DatasetDifference, ...]
    products: tuple[ProductDifference, ...]
    policies: tuple[PolicyDifference, ...]
    notes: tuple[str, ...]
    seconds: float

    @property
    def is_empty(self) -> bool:
        """Whether the sandbox shows what its base showed."""
        return not (self.datasets or self.products or self.policies)
