"""What may be read of old generations, old versions and sandboxes: rows by URL and queries decide it alike."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from meshwright.access.datasets import DataScope
from meshwright.app.apply import RunOptions, apply
from meshwright.app.data import DataOptions, find_data
from meshwright.app.query_apart import ApartOptions, open_queries, query_apart
from meshwright.app.sandboxes import SandboxWish, create_sandbox
from meshwright.app.workspace import Workspace, open_workspace
from meshwright.diagnostics import InputError
from meshwright.engines.duckdb.consumers.pool import ConsumerQueries
from meshwright.state.records import RunState
from tests.meshes import agree_to_changes, write_file, write_mesh

VIEWER = DataScope(caller="token:viewer")
BOOKS = DataScope(caller="token:books", domain="books")
OTHERS = DataScope(caller="token:others", domain="others")
ADMINISTRATOR = DataScope(caller="token:admin", is_all=True)
STOCK = "domains/books/stock"


def _contract(port: str, dataset: str, columns: Sequence[str], major: int = 1) -> str:
    listed = "".join(f"      - {{name: {name}, logicalType: integer}}\n" for name in columns)
    return (
        f"apiVersion: v3.2.0\nkind: DataContract\nid: stock-{port}\nversion: {major}.0.0\nstatus: active\n"
        f"schema:\n  - name: {dataset}\n    properties:\n{listed}"
    )


def _product(*ports: str, major: int = 1) -> str:
    outputs = "".join(f"  - {{name: {port}, version: {major}.0.0, contractId: stock-{port}}}\n" for port in ports)
    return (
        f"apiVersion: v1.1.0\nkind: DataProduct\nid: stock\nname: Stock\nversion: {major}.0.0\nstatus: active\n"
        f"outputPorts:\n{outputs}"
    )


def _model(*columns: str) -> str:
    return f"select {', '.join(f'{place} as {name}' for place, name in enumerate(columns, 1))}\n"


BEFORE = {
    "mesh.yaml": "meshwright: 1\nname: library\n",
    "domains/books/domain.yaml": "name: books\npurpose: Lending.\nowners: [team:books]\n",
    f"{STOCK}/product.odps.yaml": _product("narrowed", "widened", "removed", "left", "held"),
    f"{STOCK}/models/narrowed.sql": _model("id", "shelf", "secret"),
    f"{STOCK}/contracts/narrowed.odcs.yaml": _contract("narrowed", "narrowed", ["id", "shelf", "secret"]),
    f"{STOCK}/models/widened.sql": _model("id"),
    f"{STOCK}/contracts/widened.odcs.yaml": _contract("widened", "widened", ["id"]),
    f"{STOCK}/models/removed.sql": _model("id", "price"),
    f"{STOCK}/contracts/removed.odcs.yaml": _contract("removed", "removed", ["id", "price"]),
    # One dataset in two ports, of which one goes.
    f"{STOCK}/models/shared.sql": _model("id", "count"),
    f"{STOCK}/contracts/left.odcs.yaml": _contract("left", "shared", ["id", "count"]),
    f"{STOCK}/contracts/held.odcs.yaml": _contract("held", "shared", ["id", "count"]),
    f"{STOCK}/models/notes.sql": _model("id", "note"),
    # In no port yet.
    f"{STOCK}/models/late.sql": _model("id", "line"),
}
AFTER = {
    f"{STOCK}/product.odps.yaml": _product("narrowed", "widened", "held", "late", major=2),
    f"{STOCK}/contracts/late.odcs.yaml": _contract("late", "late", ["id", "line"], major=2),
    f"{STOCK}/models/narrowed.sql": _model("id", "shelf"),
    f"{STOCK}/contracts/narrowed.odcs.yaml": _contract("narrowed", "narrowed", ["id", "shelf"], major=2),
    f"{STOCK}/models/widened.sql": _model("id", "more"),
    f"{STOCK}/contracts/widened.odcs.yaml": _contract("widened", "widened", ["id", "more"], major=2),
}
GONE = (f"{STOCK}/contracts/removed.odcs.yaml", f"{STOCK}/contracts/left.odcs.yaml")


def _run(root: Path, environment: str = "prod") -> Workspace:
    workspace = open_workspace(root)
    report = apply(workspace, RunOptions(environment=environment))
    assert report.state is RunState.SUCCEEDED, report
    return workspace


class Library:
    """The mesh after its ports changed, and the generation before."""

    def __init__(self, workspace: Workspace, generation: int, versions: dict[str, str]) -> None:
        self.workspace = workspace
        self.generation = generation
        self.versions = versions


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    """Published, changed, and published again."""
    root = write_mesh(tmp_path_factory.mktemp("library") / "mesh", BEFORE)
    agree_to_changes(root, "books")
    workspace = _run(root)
    ports = {"narrowed": "narrowed", "widened": "widened", "removed": "removed", "held": "shared"}
    found = {ports[port]: find_data(workspace, _of(port, ADMINISTRATOR)) for port in ports}
    for name in GONE:
        (root / name).unlink()
    write_mesh(root, AFTER)
    return Library(
        _run(root),
        max(each.generation for each in found.values()),
        {name: each.version for name, each in found.items()},
    )


@pytest.fixture(scope="module")
def queries(library: Library) -> Iterator[ConsumerQueries]:
    found = open_queries(library.workspace)
    yield found
    found.close()


def _of(port: str, scope: DataScope, **asked: object) -> DataOptions:
    return DataOptions(product="books.stock", scope=scope, words=(port,), **asked)  # type: ignore[arg-type]


def by_rows(workspace: Workspace, port: str, scope: DataScope, **asked: object) -> list[str] | str:
    """Return the columns that a port gives, or the code with which it is refused."""
    try:
        return [column.name for column in find_data(workspace, _of(port, scope, **asked)).columns]
    except InputError as error:
        return error.first.code


def by_query(
    workspace: Workspace, queries: ConsumerQueries, dataset: str, scope: DataScope, **asked: object
) -> list[str] | str:
    """Return the columns that `select *` gives, or the code with which it is refused."""
    options = ApartOptions(text=f"from books.stock.{dataset}", scope=scope, **asked)  # type: ignore[arg-type]
    try:
        answer = query_apart(workspace, options, queries)
    except InputError as error:
        return error.first.code
    try:
        return [column.name for column in answer.columns]
    finally:
        answer.close()


@pytest.mark.parametrize(
    ("port", "dataset", "viewer", "domain"),
    [
        # A column that left the contract is not read of the past either.
        ("narrowed", "narrowed", ["id", "shelf"], ["id", "shelf", "secret"]),
        # One that came is not there yet.
        ("widened", "widened", ["id"], ["id"]),
        # What no port holds any more is read by its domain alone.
        ("removed", "removed", None, ["id", "price"]),
        # A port that is gone is read as long as another one holds its dataset.
        ("left", "shared", ["id", "count"], ["id", "count"]),
        ("held", "shared", ["id", "count"], ["id", "count"]),
    ],
)
def test_what_is_promised_now_bounds_what_is_read_of_an_old_generation(
    library: Library,
    queries: ConsumerQueries,
    port: str,
    dataset: str,
    viewer: list[str] | None,
    domain: list[str],
) -> None:
    workspace, generation = library.workspace, library.generation
    for scope, wanted in ((VIEWER, viewer), (OTHERS, viewer), (BOOKS, domain), (ADMINISTRATOR, domain)):
        assert by_rows(workspace, port, scope, generation=generation) == (wanted or "MW-H115")
        assert by_query(workspace, queries, dataset, scope, generation=generation) == (wanted or "MW-H202")


@pytest.mark.parametrize(
    ("port", "dataset", "viewer", "domain"),
    [
        ("narrowed", "narrowed", ["id", "shelf"], ["id", "shelf", "secret"]),
        ("widened", "widened", ["id"], ["id"]),
        ("held", "shared", ["id", "count"], ["id", "count"]),
    ],
)
def test_an_old_version_is_read_as_the_generation_in_which_it_stood(
    library: Library, queries: ConsumerQueries, port: str, dataset: str, viewer: list[str], domain: list[str]
) -> None:
    version = library.versions[dataset]
    for scope, wanted in ((VIEWER, viewer), (BOOKS, domain), (ADMINISTRATOR, domain)):
        for text in (version, version[:10]):
            assert by_rows(library.workspace, port, scope, version=text) == wanted
            assert by_query(library.workspace, queries, dataset, scope, version=text) == wanted


def test_what_was_not_promised_then_is_not_read_of_then(library: Library, queries: ConsumerQueries) -> None:
    workspace, then = library.workspace, library.generation
    for scope, wanted in ((VIEWER, "MW-H202"), (OTHERS, "MW-H202"), (BOOKS, ["id", "line"])):
        assert by_query(workspace, queries, "late", scope, generation=then) == wanted
        assert by_query(workspace, queries, "late", scope) == ["id", "line"]
        assert by_rows(workspace, "late", scope, generation=then) == "MW-H107"  # there was no such port
        assert by_rows(workspace, "late", scope) == ["id", "line"]


def test_what_is_promised_no_more_is_not_read_by_its_version(library: Library, queries: ConsumerQueries) -> None:
    version = library.versions["removed"]
    assert by_query(library.workspace, queries, "removed", VIEWER, version=version) == "MW-H211"
    assert by_query(library.workspace, queries, "removed", BOOKS, version=version) == ["id", "price"]
    asked = {"version": version, "generation": library.generation}
    assert by_rows(library.workspace, "removed", VIEWER, **asked) == "MW-H115"
    assert by_rows(library.workspace, "removed", BOOKS, **asked) == ["id", "price"]
    # A version of which there is nothing tells no ids of others.
    with pytest.raises(InputError) as error:
        find_data(library.workspace, _of("removed", VIEWER, version="0" * 32, generation=library.generation))
    assert version not in str(error.value)


def test_only_who_needs_no_promise_may_keep_what_was_read(library: Library) -> None:
    for scope, is_immutable in ((VIEWER, False), (OTHERS, False), (BOOKS, True), (ADMINISTRATOR, True)):
        found = find_data(library.workspace, _of("narrowed", scope, generation=library.generation))
        assert found.is_immutable is is_immutable


def test_a_filter_or_an_order_by_what_is_promised_no_more_is_refused_without_naming_it(library: Library) -> None:
    for asked in ({"filter": "secret = 1"}, {"order": "secret"}, {"columns": "secret"}):
        with pytest.raises(InputError) as error:
            find_data(library.workspace, _of("narrowed", VIEWER, generation=library.generation, **asked))
        assert error.value.first.code == "MW-H102"
        assert "secret" not in (error.value.first.fix or "")


def test_a_deleted_product_is_read_of_the_past_by_its_domain_alone(
    library: Library, queries: ConsumerQueries, tmp_path: Path
) -> None:
    root = Path(shutil.copytree(library.workspace.root, tmp_path / "mesh"))
    (root / STOCK).rename(tmp_path / "stock")
    write_file(root, "domains/books/other/models/one.sql", "select 1 as id\n")
    workspace = _run(root)
    assert by_rows(workspace, "held", VIEWER, generation=library.generation) == "MW-H115"
    assert by_query(workspace, queries, "shared", VIEWER, generation=library.generation) == "MW-H202"
    assert by_rows(workspace, "held", BOOKS, generation=library.generation) == ["id", "count"]
    assert by_query(workspace, queries, "shared", BOOKS, generation=library.generation) == ["id", "count"]


def test_a_sandbox_promises_no_more_than_its_base(library: Library, queries: ConsumerQueries, tmp_path: Path) -> None:
    root = Path(shutil.copytree(library.workspace.root, tmp_path / "mesh"))
    create_sandbox(open_workspace(root), SandboxWish(name="box"))
    write_mesh(
        root,
        {
            f"{STOCK}/product.odps.yaml": _product("narrowed", "widened", "held", "late", "notes", major=2),
            f"{STOCK}/contracts/notes.odcs.yaml": _contract("notes", "notes", ["id", "note"]),
            f"{STOCK}/models/narrowed.sql": _model("id", "shelf", "secret"),
            f"{STOCK}/contracts/narrowed.odcs.yaml": _contract("narrowed", "narrowed", ["id", "shelf", "secret"], 2),
        },
    )
    workspace = _run(root, "box")
    for port, viewer, domain in (
        ("notes", None, ["id", "note"]),
        ("narrowed", ["id", "shelf"], ["id", "shelf", "secret"]),
    ):
        for scope, wanted in ((VIEWER, viewer), (BOOKS, domain)):
            assert by_rows(workspace, port, scope, environment="box") == (wanted or "MW-H115")
            assert by_query(workspace, queries, port, scope, environment="box") == (wanted or "MW-H202")
