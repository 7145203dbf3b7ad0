"""How the intervals of a node depend on each of its inputs, with why: from the files, and from a plan where there is one.

`plan.timelines.dependence` decides; here is what can be said of it without looking at versions.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from meshwright.frozen import dataclass
from meshwright.model import EVERY_INPUT, ByInterval, Depends, VersionClass
from meshwright.plan.values import Desired, DesiredNode


@dataclass(frozen=True, kw_only=True, slots=True)
class InputDependence:
    """How intervals depend on one input."""

    dataset: str
    depends: Depends
    #: In words.
    why: str


def input_dependences(
    desired: Desired, node: DesiredNode, windowed: Collection[str] | None = None
) -> Iterator[InputDependence]:
    """Yield how intervals of a node depend on each input; nothing where it is not cut into intervals.

    `windowed` are the inputs that a plan looks at in windows; without a plan the files tell what will be.
    """
    spec = node.node.intervals
    if spec is None:
        return
    for read in node.node.reads:
        said = spec.depends.get(read)
        if said is not None:
            yield InputDependence(dataset=read, depends=said, why="said under depends")
            continue
        obstacle = _obstacle(desired, spec, read)
        if obstacle is None if windowed is None else read in windowed:
            column = spec.time_columns.get(read, spec.by)
            why = f"its '{column}' becomes '{spec.by}', and it is made of parts"
            yield InputDependence(dataset=read, depends=Depends.INTERVAL, why=why)
            continue
        general = spec.depends.get(EVERY_INPUT)
        why = "said under depends, of every input" if general is not None else obstacle or "it was built in one piece"
        yield InputDependence(dataset=read, depends=general or Depends.AS_OF, why=why)


def _obstacle(desired: Desired, spec: ByInterval, read: str) -> str | None:
    """Say why intervals cannot depend on a window of an input; None where they can."""
    column = spec.time_columns.get(read)
    if column is None:
        return f"no column of it is seen to become '{spec.by}'"
    found = desired.nodes.get(read)
    if found is None or not (found.node.is_appending or found.node.intervals is not None):
        return "it is not made of parts"
    theirs = found.node.intervals
    if theirs is not None and theirs.by.casefold() != column.casefold():
        return f"its parts are cut by '{theirs.by}', and its '{column}' becomes '{spec.by}'"
    return None


def expected_class(desired: Desired, node: DesiredNode) -> VersionClass:
    """Return what versions of a node that is built in parts will equal, as the files say."""
    if node.node.is_stateful:
        return VersionClass.STATEFUL
    depends = {each.depends for each in input_dependences(desired, node)}
    return VersionClass.AS_OF if Depends.AS_OF in depends else VersionClass.PURE
