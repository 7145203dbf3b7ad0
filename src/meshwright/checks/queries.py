"""Queries of rules: their placeholders filled in, what they read, what they mean."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

from meshwright.checks.spec import Into, PathStep
from meshwright.diagnostics import Diagnostic, InputError
from meshwright.frozen import dataclass
from meshwright.model import QualityRule, dataset_name, product_of
from meshwright.sql import ParsedStatement, TableReference, fingerprint_with_names, quote_identifier, render_rule_query

#: Of a quoted address: each of its three parts is quoted, and dots stand between them.
_QUOTES_AND_DOTS = 8


class Parse(Protocol):
    """`meshwright.sql.parse_statement`, or a caller's remembering twin."""

    def __call__(self, text: str, dialect: str, /) -> ParsedStatement:
        """Read one SELECT; problems are in the answer."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadQuery:
    """A rule's query, read."""

    #: SQL with ``{object}`` and ``{property}`` filled in; bare names are the product's datasets.
    text: str
    #: Semantic fingerprint with full addresses; empty where the query cannot be read.
    meaning: str = ""
    #: Addresses that it reads, sorted; references to nothing are among them.
    reads: tuple[str, ...] = ()
    params: tuple[str, ...] = ()
    #: As parsed; None where the placeholders could not be filled in.
    parsed: ParsedStatement | None = None
    #: Why the placeholders could not be filled in.
    problem: Diagnostic | None = None


def read_query(rule: QualityRule, dataset: str, parse: Parse, path: tuple[PathStep, ...] = ()) -> ReadQuery:
    """Fill in a rule's placeholders and find out what it reads. Never raises: what is wrong is in the answer.

    `path` leads from the rule's column to the field that the rule is about.
    """
    assert rule.query is not None  # the caller looked
    try:
        text = render_rule_query(
            rule.query,
            object_name=quoted_address(dataset),
            column=_column_text(rule.column, path) if rule.column is not None else None,
        )
    except InputError as error:
        return ReadQuery(text=rule.query, problem=error.first)
    parsed = parse_query(text, dataset, parse)
    product = product_of(dataset)
    resolved = {reference.parts: resolve_reference(reference, product) for reference in parsed.tables}
    reads = tuple(sorted(set(resolved.values())))
    _, meaning = fingerprint_with_names(parsed, resolved)
    return ReadQuery(text=text, meaning=meaning, reads=reads, params=parsed.params, parsed=parsed)


def _column_text(column: str, path: tuple[PathStep, ...]) -> str | None:
    """Write a column, or a field inside of it, as SQL; None where a row can hold several of it."""
    text = quote_identifier(column)
    for step in path:
        if step.into is not Into.FIELD:
            return None
        name = step.name.replace("'", "''")
        text = f"struct_extract({text}, '{name}')"
    return text


def parse_query(text: str, dataset: str, parse: Parse) -> ParsedStatement:
    """Read a query about `dataset`; those that differ in its name alone, as rules of one template do, are parsed once."""
    own = quoted_address(dataset)
    # No name begins like this. It is as long as the one that it stands for: every place in the text is the same.
    stand_in = ("_", "_", "_" * (len(own) - _QUOTES_AND_DOTS - 2))
    shared = text.replace(own, quoted_address(".".join(stand_in)))
    if shared == text or '"_' in text or dataset_name(dataset) in shared.casefold():
        return parse(text, "duckdb")
    parsed = parse(shared, "duckdb")
    canonical, fingerprint = fingerprint_with_names(parsed, {stand_in: dataset})
    # A column, a text or a finding that holds the name must hold the dataset's own.
    if stand_in[-1] in canonical or not canonical or parsed.problems or parsed.impure or parsed.warnings:
        return parse(text, "duckdb")
    parts = tuple(dataset.split("."))
    tables = (replace(table, parts=parts) if table.parts == stand_in else table for table in parsed.tables)
    return replace(parsed, text=text, canonical=canonical, fingerprint=fingerprint, tables=tuple(tables))


def resolve_reference(reference: TableReference, product: str) -> str:
    """The address that a reference means: a bare name is the product's own dataset."""
    return f"{product}.{reference.parts[0]}" if len(reference.parts) == 1 else ".".join(reference.parts)


def quoted_address(dataset: str) -> str:
    """A dataset's address with each part quoted."""
    return ".".join(quote_identifier(part) for part in dataset.split("."))
