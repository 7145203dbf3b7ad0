"""Queries of rules and test files, bound without data: what would fail at the gate is found before anything is built.

What binds is remembered in the parse cache, as models are: see `app.typed`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache as remembered

from meshwright.app.typed import bind_diagnostic, columns_identity
from meshwright.checks.spec import CheckSpec, Metric
from meshwright.diagnostics import Diagnostic, Severity, SourceSpan
from meshwright.engines.protocol import BindProblem, BindRequest, Engine
from meshwright.files.cache import ParseCache
from meshwright.model import Columns, identity, product_of

_KIND = "bind rule"
_QUERIES = frozenset({Metric.SQL, Metric.VIOLATIONS})


def bind_rules(
    checks: Mapping[str, tuple[CheckSpec, ...]],
    columns: Mapping[str, Columns],
    findings: Iterable[Diagnostic],
    engine: Engine,
    cache: ParseCache,
) -> tuple[Diagnostic, ...]:
    """Return why queries cannot be answered (MW-T001, MW-T002), those aside that `findings` has an error for already,
    and those that read a dataset without known `columns`."""
    keys = _keys(_sound(checks, columns, findings), columns, engine)
    found = cache.get_many(_KIND, keys)
    missing = {key: specs for key, specs in keys.items() if key not in found}
    if not missing:
        return ()
    # A double underscore stands in no name of a dataset.
    names = {key: f"{product_of(specs[0].dataset)}.__rule_{at}" for at, (key, specs) in enumerate(missing.items())}
    answers = engine.bind([_request(names[key], specs[0]) for key, specs in missing.items()], columns)
    problems: list[Diagnostic] = []
    good: dict[str, str] = {}
    for key, specs in missing.items():
        answer = answers.get(names[key])
        if answer is None:
            continue  # what it reads has columns that the engine does not understand
        problem = answer if isinstance(answer, BindProblem) else _shape_problem(specs[0], answer)
        if problem is None:
            good[key] = "bound"
        else:
            problems += [_finding(spec, problem, columns) for spec in specs]
    cache.put_many(_KIND, good)
    return tuple(problems)


def _sound(
    checks: Mapping[str, tuple[CheckSpec, ...]], columns: Mapping[str, Columns], findings: Iterable[Diagnostic]
) -> list[CheckSpec]:
    """Return the specs whose queries can be bound and have no error yet."""
    spans = {found.span for found in findings if found.severity is Severity.ERROR and found.span is not None}
    files = {span.file for span in spans}
    return [
        spec
        for specs in checks.values()
        for spec in specs
        if spec.metric in _QUERIES
        and spec.query
        and all(read in columns for read in _reads(spec))
        and not (spec.span in spans or (spec.origin == "file" and spec.span is not None and spec.span.file in files))
    ]


def _keys(
    specs: Iterable[CheckSpec], columns: Mapping[str, Columns], engine: Engine
) -> dict[str, tuple[CheckSpec, ...]]:
    """Return the specs by what their binding depends on."""

    @remembered
    def of_columns(dataset: str) -> str:
        return columns_identity(columns[dataset])

    found: dict[str, tuple[CheckSpec, ...]] = {}
    for spec in specs:
        key = identity(
            "mwrulebind1",
            product_of(spec.dataset),
            spec.metric,
            spec.query,
            dict(spec.params),
            dict(spec.param_types),
            engine.identity,
            engine.release,
            [[read, of_columns(read)] for read in _reads(spec)],
        )
        found[key] = (*found.get(key, ()), spec)
    return found


def _reads(spec: CheckSpec) -> tuple[str, ...]:
    return (spec.dataset, *spec.reads)


def _request(name: str, spec: CheckSpec) -> BindRequest:
    assert spec.query is not None  # `_sound` looked
    return BindRequest(
        dataset=name,
        text=spec.query,
        dialect="duckdb",
        reads=_reads(spec),
        params=spec.params,
        param_types=spec.param_types,
        is_stored=False,
        span=spec.span,
    )


def _shape_problem(spec: CheckSpec, answer: Columns) -> BindProblem | None:
    if spec.metric is Metric.VIOLATIONS or len(answer) == 1:
        return None
    return BindProblem(message=f"the query gives {len(answer)} columns; it must give one value")


def _finding(spec: CheckSpec, problem: BindProblem, columns: Mapping[str, Columns]) -> Diagnostic:
    """A test file is told at the line; the text of a rule does not stand in its file as it is, so the rule is."""
    span = spec.span
    if span is not None and spec.origin == "file":
        span = SourceSpan(file=span.file, line=problem.line, column=problem.column)
    kind = "test" if spec.origin == "file" else "rule"
    offered = {column.name for read in _reads(spec) for column in columns[read]}
    reader = f"{kind} '{spec.id.removeprefix('file:')}' on {spec.dataset}"
    return bind_diagnostic(problem, reader=reader, offered=offered, span=span, address=spec.dataset)
