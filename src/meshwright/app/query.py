"""The verb `query`: one SELECT over what is published, over a generation of the past, or over one version."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from meshwright.app.observing import read_published
from meshwright.app.opened import OpenedMesh, open_mesh
from meshwright.app.readers import relations_of
from meshwright.app.show import find_version
from meshwright.app.standing import require_generation
from meshwright.app.veils import veil_of
from meshwright.app.workspace import Workspace
from meshwright.diagnostics import Diagnostic, InputError, SourceSpan, known_names_hint
from meshwright.engines.protocol import QueryAnswer
from meshwright.frozen import dataclass
from meshwright.model import Columns, Version, product_of
from meshwright.sql import ParsedStatement, parse_statement
from meshwright.state.records import ObjectKind

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, kw_only=True, slots=True)
class QueryOptions:
    """What `query` is asked for."""

    text: str
    environment: str = "prod"
    #: Read the environment as of this generation.
    generation: int | None = None
    #: Read one version (a candidate, or one of the past) under its dataset's name.
    version: str | None = None
    #: At most this many rows.
    limit: int | None = None


class OpenAnswer:
    """A query's answer together with the mesh it reads from; both are closed together."""

    def __init__(self, answer: QueryAnswer, stack: contextlib.ExitStack) -> None:
        self._answer = answer
        self._stack = stack

    @property
    def columns(self) -> Columns:
        """Columns in order."""
        return self._answer.columns

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the rows in batches; memory stays bounded."""
        return self._answer.batches()

    def close(self) -> None:
        """Release the engine and the mesh."""
        self._answer.close()
        self._stack.close()


def query(workspace: Workspace, options: QueryOptions) -> QueryAnswer:
    """Answer a SELECT. Datasets are named in full, or bare where the name is unique (with `version`: its product's).

    Raises InputError where the SQL is wrong or reads what is not there.
    """
    with contextlib.ExitStack() as stack:
        opened = stack.enter_context(open_mesh(workspace, options.environment))
        parsed = parse_statement(options.text, opened.mesh.dialect)
        if parsed.problems:
            raise InputError(*(_problem(parsed, index) for index in range(len(parsed.problems))))
        versions, product = _readable(opened, options)
        wanted = {address: versions[address] for address in _wanted(parsed, versions, product, opened)}
        relations = relations_of(opened, wanted, veil_of(opened))
        answer = opened.engine.query(options.text, relations, product=product, limit=options.limit)
        return OpenAnswer(answer, stack.pop_all())


def _readable(opened: OpenedMesh, options: QueryOptions) -> tuple[dict[str, Version], str | None]:
    """Return the versions that may be read, by dataset, and the product whose bare names hold."""
    reader = opened.state.reader
    if options.version is not None and options.generation is not None:
        raise InputError(
            Diagnostic(code="MW-R011", message="a query reads a version or a generation, not both", fix="give one")
        )
    if options.generation is not None:
        require_generation(reader, options.environment, options.generation)
    if options.generation is None:
        versions = dict(read_published(reader, options.environment).versions)
    else:
        pointers = reader.pointers(options.environment, options.generation)
        datasets = {name: found.revision for name, found in pointers.items() if found.kind is ObjectKind.DATASET}
        found = reader.versions(set(datasets.values()))
        versions = {name: found[revision] for name, revision in datasets.items() if revision in found}
    if options.version is None:
        return versions, None
    version = find_version(opened, options.version)
    versions[version.dataset] = version
    return versions, product_of(version.dataset)


def _wanted(
    parsed: ParsedStatement, versions: dict[str, Version], product: str | None, opened: OpenedMesh
) -> list[str]:
    """Return the addresses of the datasets that a statement names."""
    wanted: dict[str, None] = {}
    for table in parsed.tables:
        name = ".".join(table.parts)
        address = f"{product}.{name}" if product and len(table.parts) == 1 else name
        if address not in versions:
            raise InputError(_not_readable(name, address, versions, opened, line=table.line, column=table.column))
        wanted[address] = None
    return list(wanted)


def _not_readable(
    name: str, address: str, versions: dict[str, Version], opened: OpenedMesh, *, line: int, column: int
) -> Diagnostic:
    span = SourceSpan(file="query", line=line, column=column)
    if opened.mesh.node(address) is not None:
        return Diagnostic(
            code="MW-R012",
            message=f"{address} was never published in {opened.environment}",
            span=span,
            fix=f"mw run {address}",
        )
    same_stem = [known for known in versions if known.endswith(f".{name}")]
    fix = (
        f"write it in full: {' or '.join(sorted(same_stem))}"
        if same_stem
        else known_names_hint(name, versions, what="datasets")
    )
    return Diagnostic(code="MW-R011", message=f"no dataset {name!r}", span=span, fix=fix)


def _problem(parsed: ParsedStatement, index: int) -> Diagnostic:
    problem = parsed.problems[index]
    span = SourceSpan(file="query", line=problem.line, column=problem.column)
    return Diagnostic(code=problem.code, message=problem.message, span=span, fix=problem.fix)
