"""Unit tests: each node on the rows of its test, beside no data at all."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from meshwright.app.judged_mesh import Judged
from meshwright.app.opened import OpenedMesh
from meshwright.app.workers import open_workers
from meshwright.app.worlds import unleased_world
from meshwright.diagnostics import MeshwrightError
from meshwright.engines.protocol import BindRequest, Limits, Rehearsal, RehearsalAnswer, Relation
from meshwright.model import Column, Columns, ExampleRow, Node, Scalar, UnitTest, example_columns, product_of
from meshwright.model.parameters import parameter_types, with_interval
from meshwright.plan.identities import node_definition
from meshwright.plan.values import DesiredNode
from meshwright.run.pythonsteps import build_python
from meshwright.run.report import TestOutcome
from meshwright.run.world import RunWorld
from meshwright.sql import quote_identifier

#: Differing rows that an outcome carries, of each side.
_SHOWN_ROWS = 5


def unit_outcomes(opened: OpenedMesh, judged: Judged, scope: frozenset[str]) -> tuple[TestOutcome, ...]:
    """Run the unit tests of the datasets in `scope`, in the order of products and files."""
    tests = [
        test
        for product in opened.mesh.products()
        for test in product.unit_tests
        if test.dataset in scope and product_of(test.dataset) == product.address
    ]
    pairs = [(test, _node(opened, test)) for test in tests]
    rehearsals = [_rehearsal(test, node, opened, judged) for test, node in pairs if node.sql is not None]
    answers = iter(opened.engine.rehearse(rehearsals))
    called = iter(_python_answers([pair for pair in pairs if pair[1].sql is None], opened, judged))
    return tuple(_outcome(test, next(called if node.sql is None else answers)) for test, node in pairs)


def _node(opened: OpenedMesh, test: UnitTest) -> Node:
    node = opened.mesh.node(test.dataset)
    assert node is not None  # the loader keeps no test of a node that is not there
    return node


def _rehearsal(test: UnitTest, node: Node, opened: OpenedMesh, judged: Judged) -> Rehearsal:
    assert node.sql is not None
    params, types = _parameters(test, node, opened, judged)
    return Rehearsal(
        model=BindRequest(
            dataset=node.address,
            text=node.sql.text,
            dialect=node.sql.dialect,
            reads=node.reads,
            params=params,
            param_types=types,
            span=node.span,
        ),
        inputs=_inputs(test, node, judged),
        expected=test.expected,
        now=test.now,
        tolerance=test.tolerance,
    )


def _inputs(test: UnitTest, node: Node, judged: Judged) -> Mapping[str, tuple[Columns, tuple[ExampleRow, ...]]]:
    given = {each.dataset: each.rows for each in test.given}
    return {read: (_columns(read, given[read], judged), given[read]) for read in node.reads}


def _python_answers(
    pairs: Sequence[tuple[UnitTest, Node]], opened: OpenedMesh, judged: Judged
) -> Iterator[RehearsalAnswer]:
    """Call the functions of Python nodes on their example rows, each in a process as in a run."""
    if not pairs:
        return
    with opened.engine.open(Limits()) as session, open_workers(opened, threading.Event()) as workers:
        world = unleased_world(opened, session, "unit-tests", workers)
        for test, node in pairs:
            started = time.monotonic()
            try:
                answer = _called(test, node, opened, judged, world)
            except MeshwrightError as error:
                answer = RehearsalAnswer(problem=error.first)
            yield replace(answer, seconds=time.monotonic() - started)


def _called(test: UnitTest, node: Node, opened: OpenedMesh, judged: Judged, world: RunWorld) -> RehearsalAnswer:
    assert world.workers is not None  # the mesh has a Python node
    fingerprint, definition = node_definition(node)
    params, types = _parameters(test, node, opened, judged)
    desired = DesiredNode(
        node=node,
        fingerprint=fingerprint,
        definition=definition,
        params=params,
        param_types=types,
        engine=opened.engine.identity,
    )
    with world.workers.scratch(node.address) as folder:
        relations = {
            read: opened.engine.write_examples(columns, rows, str(folder / f"{read}.parquet"))
            for read, (columns, rows) in _inputs(test, node, judged).items()
        }
        built = build_python(desired, relations, str(folder / "result"), world)
        stored = Relation(columns=built.columns, files=tuple(file for file, _ in built.files))
        text = "select * from " + ".".join(quote_identifier(part) for part in node.address.split("."))
        rehearsal = Rehearsal(
            model=BindRequest(dataset=node.address, text=text, dialect="duckdb", reads=(node.address,), span=node.span),
            inputs={},
            stored={node.address: stored},
            expected=test.expected,
            tolerance=test.tolerance,
        )
        return opened.engine.rehearse([rehearsal])[0]


def _parameters(
    test: UnitTest, node: Node, opened: OpenedMesh, judged: Judged
) -> tuple[Mapping[str, Scalar], Mapping[str, str]]:
    """Return values and types of the node's parameters as the test says."""
    params = {**judged.params[node.address], **test.params}
    types = parameter_types(opened.mesh, node)
    return (params, types) if test.interval is None else with_interval(node, test.interval, params, types)


def _columns(dataset: str, rows: tuple[ExampleRow, ...], judged: Judged) -> Columns:
    """Return the columns of an input: as they are known, else as the rows of the test suggest."""
    known = judged.typed.columns.get(dataset)
    if known is not None:
        return known
    return tuple(Column(name=name, type=_suggested_type(name, rows)) for name in example_columns(rows)) or (
        Column(name="no_column_is_known", type="INTEGER"),
    )


def _suggested_type(name: str, rows: Sequence[ExampleRow]) -> str:
    texts = [value.text for row in rows if (value := row.values.get(name)) is not None and value.text is not None]
    for kind, fits in (("BIGINT", _is_whole), ("DOUBLE", _is_number), ("BOOLEAN", _is_boolean)):
        if texts and all(fits(text) for text in texts):
            return kind
    return "VARCHAR"


def _is_whole(text: str) -> bool:
    return text.removeprefix("-").isdecimal()


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _is_boolean(text: str) -> bool:
    return text in {"true", "false"}


def _outcome(test: UnitTest, answer: RehearsalAnswer) -> TestOutcome:
    """Say what came of a test in the form of every test's outcome."""
    differing = len(answer.missing) + len(answer.unexpected)
    wanted = len(test.expected)
    demand = f"must give {'no row' if wanted == 0 else f'the {wanted} expected row' + ('' if wanted == 1 else 's')}"
    words = f"unit test {test.name}"
    finding = words
    if differing:
        finding = f"{words}: {len(answer.missing)} expected missing, {len(answer.unexpected)} unexpected"
    verdict = "error" if answer.problem else "stop" if differing else "pass"
    problem = answer.problem
    return TestOutcome(
        id=f"unit:{test.name}",
        dataset=test.dataset,
        action="stop",
        verdict=verdict,
        value=None if problem else differing,
        operator="mustBe",
        bound=0,
        demand=demand,
        finding=finding,
        failing_rows=None if problem else differing,
        words=words,
        version="",
        sample=_sample(answer),
        error=f"{problem.code} {problem.span or test.span} {problem.message}" if problem else None,
        seconds=answer.seconds,
    )


def _sample(answer: RehearsalAnswer) -> tuple[Mapping[str, object], ...]:
    missing = ({"row": "missing", **row} for row in answer.missing[:_SHOWN_ROWS])
    unexpected = ({"row": "unexpected", **row} for row in answer.unexpected[:_SHOWN_ROWS])
    return (*missing, *unexpected)
