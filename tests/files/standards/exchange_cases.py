"""Contracts for the tests of exchange: one of everything, and random ones."""

from __future__ import annotations

from types import MappingProxyType

from hypothesis import strategies as st

from meshwright.files.standards import DEFAULT_SEVERITIES, read_contract
from meshwright.files.standards.exchange.documents import Heading, contract_document
from meshwright.files.standards.exchange.outcome import Subject
from meshwright.files.standards.exchange.yamltext import yaml_document
from meshwright.model.shapes import Shape, TableShape

HOSTILE = (
    "select",
    'quo"te',
    "it's",
    "back\\slash",
    "semi;colon",
    "новый",
    "with space",
    "</td><script>alert(1)</script>",
    "{brace}",
    "new\nline",
    "Case",
    "--x",
    "%s",
    "😀",
    "{{ jinja }}",
    "{% x %}",
    "class",
    "model_x",
    "_private",
    "__init__",
    "int",
    "1st",
    "a.b",
    "a/b",
    "~0",
    "#",
    "$ref",
    "copy",
    "'''",
    '"""',
    "]]>",
    "&amp;",
    "on",
    "null",
)


def subject(*tables: TableShape, dialect: str = "duckdb", **further: object) -> Subject:
    """Return a contract of tables, which has gone through its document and is valid."""
    document = {**contract_document(tables, Heading(id="x", name="X")), **further}
    text = yaml_document(document)
    contract, findings = read_contract(text.encode(), "x.odcs.yaml", DEFAULT_SEVERITIES)
    assert contract is not None, findings
    assert not [finding for finding in findings if finding.severity == "error"], findings
    return Subject(document=document, tables=tables, dialect=dialect)


_NAMES = st.sampled_from(HOSTILE) | st.text(
    st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=8
).filter(lambda name: bool(name.strip()))
_WORDS = st.none() | st.sampled_from(HOSTILE)
_PATTERNS = st.sampled_from(["^a", "[0-9]+", "x|y", "\\d{3}", "'\"", "<b>"])


def _options(**values: st.SearchStrategy[object]) -> st.SearchStrategy[MappingProxyType[str, object]]:
    return st.fixed_dictionaries({}, optional=dict(values)).map(MappingProxyType)


_LEAVES = st.one_of(
    st.builds(
        Shape,
        logical=st.just("string"),
        options=_options(minLength=st.integers(0, 3), maxLength=st.integers(4, 9), pattern=_PATTERNS),
    ),
    st.builds(
        Shape,
        logical=st.just("string"),
        enum=st.lists(st.sampled_from(HOSTILE), min_size=1, max_size=4, unique=True).map(tuple),
    ),
    st.builds(Shape, logical=st.just("string"), options=_options(format=st.sampled_from(["email", "uuid", "uri"]))),
    st.builds(
        Shape,
        logical=st.just("integer"),
        options=_options(minimum=st.integers(-9, 0), maximum=st.integers(1, 9), multipleOf=st.just(2)),
    ),
    st.builds(
        Shape,
        logical=st.just("integer"),
        enum=st.lists(st.integers(-9, 9), min_size=1, max_size=4, unique=True).map(tuple),
    ),
    st.builds(
        Shape,
        logical=st.just("number"),
        options=_options(
            exclusiveMinimum=st.floats(-5, 0).map(lambda x: round(x, 2) or 0), exclusiveMaximum=st.just(7.5)
        ),
    ),
    st.builds(Shape, logical=st.sampled_from(["boolean", "date", "timestamp", "time"])),
    st.just(Shape()),
    st.just(Shape(physical="BLOB")),
)


def _named(shapes: st.SearchStrategy[Shape]) -> st.SearchStrategy[tuple[Shape, ...]]:
    from dataclasses import replace

    pairs = st.tuples(_NAMES, shapes, st.booleans(), _WORDS)
    lists = st.lists(pairs, min_size=1, max_size=5, unique_by=lambda pair: pair[0])
    return lists.map(
        lambda found: tuple(
            # What has no type can be null: a schema without a type says so.
            replace(shape, name=name, is_required=required and _has_type(shape), description=words)
            for name, shape, required, words in found
        )
    )


def _has_type(shape: Shape) -> bool:
    return shape.logical is not None or shape.physical is not None


def _inside(shapes: st.SearchStrategy[Shape]) -> st.SearchStrategy[Shape]:
    from dataclasses import replace

    item = st.tuples(shapes, st.booleans()).map(
        lambda pair: replace(pair[0], is_required=pair[1] and _has_type(pair[0]))
    )
    return st.one_of(
        st.builds(
            Shape,
            logical=st.just("array"),
            items=item,
            options=_options(minItems=st.integers(0, 2), maxItems=st.integers(3, 5), uniqueItems=st.just(True)),
        ),
        st.builds(Shape, logical=st.just("object"), properties=_named(shapes)),
        st.builds(Shape, logical=st.just("map"), key=st.just(Shape(logical="string")), value=item),
    )


SHAPES = st.recursive(_LEAVES, _inside, max_leaves=6)
TABLES = st.builds(TableShape, name=_NAMES, columns=_named(SHAPES), description=_WORDS)
CONTRACTS = st.lists(TABLES, min_size=1, max_size=3, unique_by=lambda table: table.name).map(tuple)
