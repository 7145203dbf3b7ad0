"""The values of impact: who uses what breaks, and where."""

from __future__ import annotations

from meshwright.diagnostics import SourceSpan
from meshwright.frozen import dataclass
from meshwright.model import Consumer, Exemption
from meshwright.plan.compatibility import Change

#: `Use.kind` of a product; those of declared consumers are as `consumers.yaml` writes them.
PRODUCT = "product"
#: `Use.kind` of a job of an outside tool.
OUTSIDE = "outside job"
#: Statuses of a contract that promise nothing yet: what uses such a port knew that it would change.
UNPROMISING = frozenset({"draft", "proposed"})
RETIRED = "retired"
#: Statuses of a product in which its consumers may rely on it.
_PROMISING = frozenset({"active", "deprecated"})


def is_promising(status: str | None) -> bool:
    """Whether consumers of a product of that status may rely on it."""
    return (status or "").casefold() in _PROMISING


@dataclass(frozen=True, kw_only=True, slots=True)
class Use:
    """One live consumer's use of something that breaks."""

    #: `PRODUCT`, `OUTSIDE`, or the type of a declared consumer: ``dashboard``, ``report``, ``model``, ``application``.
    kind: str
    #: Address of the product, or name of the job or declared consumer.
    consumer: str
    owners: tuple[str, ...]
    #: Of a product: its dataset that reads; of others the dataset that is read, empty where it is the whole port.
    dataset: str
    #: Columns that break and that it uses, ``domain.product.dataset.column``; empty where it uses what is about no column.
    columns: tuple[str, ...] = ()
    #: Of a product: the text of the model or function; None where it has none.
    query: str | None = None
    #: Where the query is written, at the name of the first of `columns` where that is found; of a declared consumer, its entry.
    span: SourceSpan | None = None
    url: str | None = None
    #: Whether `consumers.yaml` has it no more, while the published product does.
    is_struck: bool = False
    #: Id of a job outside.
    job: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Impact:
    """What breaks of one port, and which live consumers use it."""

    #: Address of the port as it stands; it may be gone from the mesh.
    port: str
    #: What breaks: of its contract, of the datasets that it holds, of its product.
    changes: tuple[Change, ...]
    #: By kind, products first, then by consumer and dataset.
    uses: tuple[Use, ...] = ()
    #: Status of the contract as it stands, empty where it has none.
    status: str = ""
    #: Who may agree to it: the owners of the port's domain and those of its consumers, sorted.
    approvers: tuple[str, ...] = ()
    #: The agreement to it, where there is one that holds.
    approval: Exemption | None = None

    @property
    def is_promised(self) -> bool:
        """Whether the contract as it stands promised anything: one that is a draft, or proposed, did not."""
        return self.status.casefold() not in UNPROMISING


@dataclass(frozen=True, kw_only=True, slots=True)
class StandingProduct:
    """What the published manifest of a product tells."""

    status: str | None = None
    #: Its declared consumers; None in a manifest that does not tell them.
    consumers: tuple[Consumer, ...] | None = None
