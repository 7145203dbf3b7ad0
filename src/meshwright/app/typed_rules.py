"""Queries of rules and test files, bound without data: what would fail at the gate is found before anything is built.

What binds is remembered in the parse cache, as models are: see `app.typed`.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from functools import cache as remembered
from typing import TypeVar

from meshwright.app.typed import bind_diagnostic, columns_identity
from meshwright.checks.queries import Parse, parse_query
from meshwright.checks.spec import CheckSpec, Metric
from meshwright.diagnostics import Diagnostic, Severity, SourceSpan
from meshwright.engines.protocol import BindProblem, BindRequest, Engine
from meshwright.files.cache import ParseCache
from meshwright.model import Columns, identity, product_of
from meshwright.sql import fingerprint_with_names

_KIND = "bind rule"
_QUERIES = frozenset({Metric.SQL, Metric.VIOLATIONS})
#: Stands for the dataset that a query guards; nothing in SQL has this name.
_OWN = "."

_Name = TypeVar("_Name", bound=Hashable)


def bind_rules(
    checks: Mapping[str, tuple[CheckSpec, ...]],
    columns: Mapping[str, Columns],
    findings: Iterable[Diagnostic],
    engine: Engine,
    cache: ParseCache,
    parse: Parse,
) -> tuple[Diagnostic, ...]:
    """Return why queries cannot be answered (MW-T001, MW-T002), those aside that `findings` has an error for already,
    and those that read a dataset without known `columns`.

    Of queries that bind alike one is bound for all; where it does not bind, so are the others, for their own words.
    """
    keys = _keys(_sound(checks, columns, findings), columns, engine, parse)
    found = cache.get_many(_KIND, keys)
    missing = {key: specs for key, specs in keys.items() if key not in found}
    if not missing:
        return ()
    first = _bound({key: specs[0] for key, specs in missing.items()}, columns, engine)
    cache.put_many(_KIND, {key: "bound" for key, answer in first.items() if not isinstance(answer, BindProblem)})
    failed = [(key, answer) for key, answer in first.items() if isinstance(answer, BindProblem)]
    others = {(key, at): spec for key, _ in failed for at, spec in enumerate(missing[key]) if at}
    answers = [*(((key, 0), answer) for key, answer in failed), *_bound(others, columns, engine).items()]
    return tuple(
        _finding(missing[key][at], answer, columns) for (key, at), answer in answers if isinstance(answer, BindProblem)
    )


def _bound(
    specs: Mapping[_Name, CheckSpec], columns: Mapping[str, Columns], engine: Engine
) -> dict[_Name, Columns | BindProblem]:
    """Bind queries; what reads columns that the engine does not understand is left out."""
    if not specs:
        return {}
    # A double underscore stands in no name of a dataset.
    names = {name: f"{product_of(spec.dataset)}.__rule_{at}" for at, (name, spec) in enumerate(specs.items())}
    answers = engine.bind([_request(names[name], spec) for name, spec in specs.items()], columns)
    found = {name: (spec, answers.get(names[name])) for name, spec in specs.items()}
    return {name: _shaped(spec, answer) for name, (spec, answer) in found.items() if answer is not None}


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
    specs: Iterable[CheckSpec], columns: Mapping[str, Columns], engine: Engine, parse: Parse
) -> dict[str, tuple[CheckSpec, ...]]:
    """Return the specs by what their binding depends on."""

    @remembered
    def of_columns(dataset: str) -> str:
        return columns_identity(columns[dataset])

    found: dict[str, tuple[CheckSpec, ...]] = {}
    for spec in specs:
        key = identity(
            "mwrulebind2",
            _meaning(spec, parse),
            spec.metric,
            dict(spec.params),
            dict(spec.param_types),
            engine.identity,
            engine.release,
            of_columns(spec.dataset),
            [[read, of_columns(read)] for read in spec.reads],
        )
        found[key] = (*found.get(key, ()), spec)
    return found


def _meaning(spec: CheckSpec, parse: Parse) -> list[str]:
    """Return what the query asks: rules that are made from one template ask the same, each of its own dataset."""
    assert spec.query is not None  # `_sound` looked
    product = product_of(spec.dataset)
    if spec.origin != "file" and not spec.reads:
        parsed = parse_query(spec.query, spec.dataset, parse)
        own = {reference.parts: _OWN for reference in parsed.tables}
        canonical, _ = fingerprint_with_names(parsed, own)
        if canonical:
            return [canonical]
    return [product, spec.dataset, spec.query]


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


def _shaped(spec: CheckSpec, answer: Columns | BindProblem) -> Columns | BindProblem:
    """Return the answer, or what is wrong with its shape."""
    if isinstance(answer, BindProblem) or spec.metric is Metric.VIOLATIONS or len(answer) == 1:
        return answer
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
