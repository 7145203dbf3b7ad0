"""What a command takes over from the one before never shows: findings and plans are those of a command that knows nothing."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from meshwright.app.apply import RunOptions, apply
from meshwright.app.check import check
from meshwright.app.planning import PlanOptions, plan
from meshwright.app.workspace import open_workspace
from meshwright.diagnostics import MeshwrightError
from meshwright.files import marks
from meshwright.plan.documents import plan_document
from tests.meshes import SHOP, write_file, write_mesh

#: What a command remembers of the files; all else under `.meshwright` is the mesh's state.
REMEMBERED = ("mesh.snapshot", "judged.snapshot", "cache.db", "cache.db-wal", "cache.db-shm")
_ORDERS, _TOTALS, _REPORT = "domains/sales/orders", "domains/sales/totals", "domains/finance/report"

#: More of a mesh: Python, rules and tests that read elsewhere, consumers, a variation, a policy, a unit test.
WHOLE: Mapping[str, str] = {
    **SHOP,
    f"{_ORDERS}/consumers.yaml": """
        consumers:
          - {name: board, type: dashboard, owner: "team:bi", ports: [sales.orders/orders]}
        """,
    f"{_TOTALS}/pipeline.yaml": """
        params: {least: 0}
        nodes:
          scored: {python: "code.py:score", inputs: {rows: per_customer}, columns: {total: DOUBLE}}
        tests:
          per_customer:
            - {type: sql, query: "select count(*) from sales.orders.orders where amount < $least", mustBe: 0}
        variations:
          strict: {params: {least: 1}, nodes: [per_customer]}
        """,
    f"{_TOTALS}/code.py": """
        import json
        import weights

        def score(rows):
            return rows
        """,
    f"{_TOTALS}/weights.py": "WEIGHT = 1\n",
    f"{_TOTALS}/tests/per_customer.unit.yaml": """
        dataset: per_customer
        given: {sales.orders.orders: [{customer: ana, amount: 1.0}]}
        expect: [{customer: ana, total: 1.0, orders: 1}]
        """,
    f"{_REPORT}/pipeline.yaml": """
        tests:
          revenue: [{type: sql, query: "select count(*) from sales.orders.orders where amount is null", mustBe: 0}]
        """,
    f"{_REPORT}/product.odps.yaml": SHOP[f"{_ORDERS}/product.odps.yaml"].replace("orders", "revenue"),
    f"{_REPORT}/contracts/revenue.odcs.yaml": """
        apiVersion: v3.2.0
        kind: DataContract
        id: sales-revenue-revenue
        version: 1.0.0
        status: active
        schema:
          - name: revenue
            properties:
              - {name: placed, logicalType: date}
              - {name: revenue, physicalType: DOUBLE}
              - {name: currency, logicalType: string}
        """,
    "policies/described.sql": """
        -- level: warn
        -- why: Who reads it should know what it is.
        -- fix: Describe it.
        select product as object, 'no description' as message from mesh.products where description is null
        """,
}

#: What may be written where, each also absent.
TEXTS: Mapping[str, tuple[str, ...]] = {
    f"{_ORDERS}/models/orders.sql": (
        SHOP[f"{_ORDERS}/models/orders.sql"],
        "select order_id, customer, amount, placed\nfrom raw_orders where amount > 1",
        "select order_id, customer, cast(amount as integer) as amount, placed from raw_orders",
        "select order_id, customer, placed from raw_orders",
        "\n\n  select order_id, nothing from raw_orders",
        "select from",
    ),
    f"{_ORDERS}/models/more.sql": ("select 1 as one", "select * from finance.report.revenue", "select * from orders"),
    f"{_ORDERS}/contracts/orders.odcs.yaml": (
        SHOP[f"{_ORDERS}/contracts/orders.odcs.yaml"],
        SHOP[f"{_ORDERS}/contracts/orders.odcs.yaml"].replace("{name: amount, logicalType: number}", "{name: amount}"),
        SHOP[f"{_ORDERS}/contracts/orders.odcs.yaml"].replace("name: orders\n", "name: raw_orders\n"),
    ),
    f"{_ORDERS}/product.odps.yaml": (
        SHOP[f"{_ORDERS}/product.odps.yaml"],
        SHOP[f"{_ORDERS}/product.odps.yaml"].replace("version: 1.0.0", "version: 1.1.0"),
    ),
    f"{_ORDERS}/consumers.yaml": (
        WHOLE[f"{_ORDERS}/consumers.yaml"],
        WHOLE[f"{_ORDERS}/consumers.yaml"].replace("sales.orders/orders", "sales.orders/gone"),
    ),
    f"{_ORDERS}/notes.txt": ("stray",),
    f"{_TOTALS}/models/per_customer.sql": (
        SHOP[f"{_TOTALS}/models/per_customer.sql"],
        "select customer, max(amount) as total, count(*) as orders from sales.orders.orders group by customer",
        "select customer from sales.orders.orders",
    ),
    f"{_TOTALS}/pipeline.yaml": (
        WHOLE[f"{_TOTALS}/pipeline.yaml"],
        WHOLE[f"{_TOTALS}/pipeline.yaml"].replace("least: 0", "least: 2"),
        WHOLE[f"{_TOTALS}/pipeline.yaml"].replace("amount < $least", "missing < $most"),
        "\n" + WHOLE[f"{_TOTALS}/pipeline.yaml"].replace("DOUBLE", "INTEGER"),
        "params: {unused: 1}",
    ),
    f"{_TOTALS}/weights.py": ("WEIGHT = 1\n", "WEIGHT = 2\n"),
    "domains/sales/json.py": ("HIDES = 1\n",),
    "domains/sales/domain.yaml": (
        SHOP["domains/sales/domain.yaml"],
        SHOP["domains/sales/domain.yaml"] + "        params: {currency: CHF}\n",
    ),
    "mesh.yaml": (
        SHOP["mesh.yaml"],
        SHOP["mesh.yaml"].replace("EUR", "USD"),
        SHOP["mesh.yaml"].replace("params: {currency: EUR}", "severity: {stop: warn}"),
        SHOP["mesh.yaml"] + "        environments: {prod: {params: {currency: GBP}}}\n",
    ),
    f"{_REPORT}/models/revenue.sql": (
        SHOP[f"{_REPORT}/models/revenue.sql"],
        "select placed, $currency as currency from sales.orders.raw_orders",
    ),
    "domains/finance/policies/owned.sql": (
        "-- level: warn\n-- why: So.\n-- fix: Do.\nselect address as object, 'x' as message from mesh.datasets where false",
    ),
    "data/orders.csv": (
        SHOP["data/orders.csv"],
        "order_id,customer,amount,placed\n1,ana,many,2026-01-01\n2,ben,few,2026-01-01\n3,cem,none,2026-01-01\n",
        "order_id,customer,placed\n1,ana,2026-01-01\n",
    ),
}
WRITES = st.sampled_from(
    [(path, text) for path, texts in TEXTS.items() for text in (*texts, *((None,) * (path != "mesh.yaml")))]
)
MOVES = st.sampled_from(
    [(_TOTALS, "domains/finance/totals"), (_REPORT, "domains/sales/report"), (f"{_ORDERS}/models", f"{_ORDERS}/modles")]
)
EDITS = st.one_of(WRITES, WRITES, WRITES, WRITES, MOVES.map(lambda move: ("move", move)), st.just(("run", "")))
#: A rule reads past a port that no longer holds what it reads, and nothing else of its product does.
PAST_A_PORT = [
    (f"{_REPORT}/product.odps.yaml", None),
    (f"{_REPORT}/contracts/revenue.odcs.yaml", None),
    (f"{_REPORT}/models/revenue.sql", "select 1 as one"),
    (f"{_ORDERS}/contracts/orders.odcs.yaml", TEXTS[f"{_ORDERS}/contracts/orders.odcs.yaml"][2]),
]
#: Only the types of what is read change, then only what an import finds.
ELSEWHERE = [
    (f"{_ORDERS}/models/orders.sql", TEXTS[f"{_ORDERS}/models/orders.sql"][2]),
    ("domains/sales/json.py", "A = 1"),
]


@example(edits=PAST_A_PORT)
@example(edits=ELSEWHERE)
@given(edits=st.lists(EDITS, min_size=4, max_size=8))
@settings(max_examples=3, deadline=None)
def test_whatever_was_edited_a_command_says_what_one_says_that_remembers_nothing(
    edits: list[tuple[str, object]],
) -> None:
    hold(edits)


@pytest.mark.slow
@given(edits=st.lists(EDITS, min_size=4, max_size=12))
@settings(max_examples=60, deadline=None)
def test_many_edits_are_seen_as_by_a_command_that_remembers_nothing(edits: list[tuple[str, object]]) -> None:
    hold(edits)


def hold(edits: Sequence[tuple[str, object]]) -> None:
    """Hold what commands say after each edit against what those say that remember nothing."""
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        # Files are edited faster here than marks are trusted; no two edits fall into one tick of this file system.
        patch.setattr(marks, "_TICK_NS", -60_000_000_000)
        root = write_mesh(Path(folder).resolve() / "mesh", WHOLE)
        said(root)
        for kind, what in edits:
            _edit(root, kind, what)
            warm = said(root)
            with forgotten(root):
                assert warm == said(root), (kind, what)


def said(root: Path) -> list[object]:
    """What `check` and `plan` say."""
    workspace = open_workspace(root)
    return [_told(lambda: check(workspace)), _told(lambda: plan_document(plan(workspace, PlanOptions())))]


def _told(ask: Callable[[], object]) -> object:
    try:
        return ask()
    except MeshwrightError as error:
        return error.diagnostics


@contextmanager
def forgotten(root: Path) -> Iterator[None]:
    """Let nothing be remembered of the files, and afterwards all that was."""
    private = root / ".meshwright"
    aside = root.with_name("aside")
    aside.mkdir()
    for name in REMEMBERED:
        if (private / name).exists():
            (private / name).rename(aside / name)
    yield
    for name in REMEMBERED:
        (private / name).unlink(missing_ok=True)
    for each in aside.iterdir():
        each.rename(private / each.name)
    aside.rmdir()


def _edit(root: Path, kind: str, what: object) -> None:
    if kind == "run":
        _told(lambda: apply(open_workspace(root), RunOptions()))
    elif kind == "move":
        assert isinstance(what, tuple)
        source, target = (root / place for place in what)
        if source.exists():
            shutil.rmtree(target, ignore_errors=True)
            source.rename(target)
    elif what is None:
        (root / kind).unlink(missing_ok=True)
    else:
        write_file(root, kind, str(what))
