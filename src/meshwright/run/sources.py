"""Reads a source through its reader and the engine, and makes sure that what was read is what was seen.

A source with snapshots (a table version, a database's transaction) says itself what exactly was read. Every other one
is looked at again afterwards: what changed under the reading is not taken.
"""

from __future__ import annotations

import itertools

from meshwright.diagnostics import Diagnostic, WorldError
from meshwright.engines.protocol import BuiltTable, SourceRead
from meshwright.frozen import dataclass
from meshwright.model import FileSource, SourceObservation
from meshwright.plan.values import DesiredNode
from meshwright.run.world import RunWorld

_ATTEMPTS = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadSource:
    """A source that was read."""

    table: BuiltTable
    #: What was seen of exactly these rows.
    seen: SourceObservation
    attempts: int
    #: Reading of the run's clock when the last attempt began.
    started: float


def read_source(
    desired: DesiredNode, seen: SourceObservation, target: str, world: RunWorld, *, is_subset: bool = False
) -> ReadSource:
    """Read a source into ``{target}-<n>.parquet``. Raises MeshwrightError; nothing is left behind then.

    With `is_subset` only the files that `seen` names are read, which are not all that its key is of: what changed under the
    reading is not read a second time.
    """
    for attempt in itertools.count(1):
        started = world.clock()
        table, told = _read(desired, seen, target, world)
        again = told or observe_node(desired, world)
        if told is not None or again.key == seen.key:
            return ReadSource(table=table, seen=again, attempts=attempt, started=started)
        world.store.discard(table.files)
        if again.problem is not None:
            raise WorldError(again.problem)
        if attempt == _ATTEMPTS or is_subset:
            raise WorldError(_kept_changing(desired, seen))
        seen = again
    raise AssertionError  # the loop ends by returning or raising


def observe_node(desired: DesiredNode, world: RunWorld) -> SourceObservation:
    """Observe a source anew; files that stand as they stood at planning are not hashed twice."""
    now_ns = int(world.now().timestamp() * 1e9)
    return world.sources.observe([desired.node], world.files, now_ns).sources[desired.node.address]


def source_words(observation: SourceObservation) -> str:
    """Say what was seen of a source, for example ``1 file, 8.0 MB``."""
    if observation.words:
        return observation.words
    count = len(observation.files)
    return f"{count} file{'' if count == 1 else 's'}, {observation.size_bytes / 1e6:.1f} MB"


def _read(
    desired: DesiredNode, seen: SourceObservation, target: str, world: RunWorld
) -> tuple[BuiltTable, SourceObservation | None]:
    node = desired.node
    with world.sources.fetch(node, seen, world.stop) as fetched:
        read = SourceRead(
            dataset=node.address,
            source=fetched.source,
            files=fetched.files,
            names=fetched.names,
            columns=node.columns,
            span=node.span,
        )
        return world.session.build_source(read, target), fetched.seen


def _kept_changing(desired: DesiredNode, seen: SourceObservation) -> Diagnostic:
    source = desired.node.source
    if isinstance(source, FileSource):
        what = seen.files[0].rpartition("/")[2] if len(seen.files) == 1 else source.path
    else:
        what = "the source"
    return Diagnostic(
        code="MW-R003",
        message=f"{what} changed while it was read for {desired.node.address}",
        span=desired.node.span,
        fix="run again when whatever writes it has finished",
        object=desired.node.address,
    )
