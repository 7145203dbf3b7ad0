"""Building a Python node: its inputs to a worker process, what comes back into the store."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any  # values of users

from meshwright.diagnostics import SourceSpan
from meshwright.engines.protocol import BuiltTable, HandedRead, Relation, Window
from meshwright.engines.python.protocol import HandedTable, LogSink, ModuleText, PythonBuild
from meshwright.model import Frame, PythonModel, Scalar
from meshwright.model.parameters import secret_names
from meshwright.plan.nodes import node_key
from meshwright.plan.values import DesiredNode
from meshwright.run.secretparams import secret_values
from meshwright.run.world import RunWorld
from meshwright.state.records import LogLine


def build_python(
    desired: DesiredNode,
    inputs: Mapping[str, Relation],
    target: str,
    world: RunWorld,
    window: Window | None = None,
) -> BuiltTable:
    """Call the node's function and store what it returns, or what of it lies in `window`.

    `inputs` is dataset -> relation, by plain addresses.
    """
    node, model = desired.node, desired.node.python
    assert model is not None
    with _called(desired, model, inputs, world) as (call, handed):
        read = HandedRead(
            dataset=node.address,
            file=handed.file,
            schema=handed.schema,
            table=handed.table,
            maker=f"{model.function}()",
            columns=node.columns,
            window=window,
            span=SourceSpan(file=model.file, line=max(1, call.line)),
        )
        return world.session.build_handed(read, target)


def call_python(desired: DesiredNode, inputs: Mapping[str, Relation], world: RunWorld) -> Mapping[str, Any]:
    """Call the function of a node that yields no dataset, and return the values that it gave."""
    model = desired.node.python
    assert model is not None
    with _called(desired, model, inputs, world) as (_, handed):
        return handed.values


@contextmanager
def _called(
    desired: DesiredNode, model: PythonModel, inputs: Mapping[str, Relation], world: RunWorld
) -> Iterator[tuple[PythonBuild, HandedTable]]:
    """Call a node's function with its inputs; what it handed over is there while the context lasts."""
    assert world.workers is not None  # an opened mesh brings them
    log = _log_of(desired, world)
    with world.workers.scratch(desired.node.address) as folder:
        frames = {
            given.argument: (given.frame, _as_files(given.dataset, inputs[given.dataset], folder, world))
            for given in model.inputs
        }
        call = _call({**desired.params, **secret_values(desired, world)}, desired, model, frames)
        yield call, world.workers.call(call, folder, log, world.meter.charge)


def _call(
    params: Mapping[str, Scalar],
    desired: DesiredNode,
    model: PythonModel,
    frames: Mapping[str, tuple[Frame, Relation]],
) -> PythonBuild:
    """Return the call as a value: what runs are the texts of the definition, not the files as they are now."""
    made_of = json.loads(model.definition)
    return PythonBuild(
        dataset=desired.node.address,
        modules=tuple(ModuleText(path=module["path"], text=module["text"]) for module in made_of["modules"]),
        roots=tuple(made_of["roots"]),
        function=model.function,
        line=made_of["line"],
        inputs=frames,
        params={
            name: (desired.param_types.get(name, "string"), params[name]) for name in model.params if name in params
        },
        requires=model.requires,
        timeout_s=desired.node.timeout_s,
        memory_bytes=desired.node.memory_bytes,
        is_none=desired.node.is_none,
        span=desired.node.span,
    )


def _as_files(dataset: str, relation: Relation, folder: Path, world: RunWorld) -> Relation:
    """Return the relation as files that a worker can read; what a view, or a window, shows is written out for it."""
    if relation.is_plain and relation.files:
        return relation
    file = str(folder / f"{dataset}.parquet")
    world.session.hand_over(dataset, relation, file)
    return Relation(columns=relation.columns, files=(file,))


def _log_of(desired: DesiredNode, world: RunWorld) -> LogSink:
    """Return where lines of the worker go: to the run's log, under the step."""
    step = node_key(desired.node.address)
    is_hiding = world.secrets is not None and bool(secret_names(desired.param_types))

    def note(level: str, text: str) -> None:
        shown = world.secrets.hidden(text) if is_hiding and world.secrets is not None else text
        world.lines.put(LogLine(at=world.now(), level=level, step=step, text=shown))

    return note
