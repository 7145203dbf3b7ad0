"""`json.md` names every field of every document, and no other; documents are those that the command writes."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import shutil
import time
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from meshwright.app.apply import RunOptions, apply
from meshwright.app.environments import open_state_alone
from meshwright.app.outside_told import (
    list_jobs,
    list_outside_datasets,
    show_job,
    show_outside_dataset,
    show_outside_run,
)
from meshwright.app.outside_told_taking import Intake, take_lineage
from meshwright.app.run_stopping import StopReport
from meshwright.app.workspace import open_workspace
from meshwright.faces import status
from meshwright.faces.cli.main import main
from meshwright.faces.documents.outside_told import (
    job_document,
    jobs_document,
    outside_dataset_document,
    outside_datasets_document,
    outside_run_document,
    taken_document,
)
from meshwright.faces.documents.record import stop_document
from meshwright.faces.http.described import component_name, described
from meshwright.model.told import ToldName, dataset_id
from meshwright.state.records import InnerStepRecord, RunState
from tests.app.component_shop import BEST, BEST_SHOP, PIPELINE, RANKED, best_shop
from tests.app.contract_test_data import BAD_ROW, CONTRACT, ROWS, csv_text
from tests.app.incremental_mesh import write_air
from tests.app.test_calls import READ
from tests.app.test_run_record import state_of
from tests.app.varied_shop import varied_shop
from tests.app.versioned_shop import two_versions
from tests.docs.pages import ROOT, examples, page, sections, tables, ticked
from tests.events_mesh import LATE, LATER, drop, write_events
from tests.http.serving import serving
from tests.meshes import agree_to_changes, write_file, write_mesh
from tests.told_events import PARENT, dataset, facet, run_event, whole_event

PAGE = page("json.md")
_SCHEMA = re.compile(r"meshwright/[a-z-]+/\d+")
#: Sections that describe a value that stands in several documents, by the anchor of the link to them.
_PARTS = {
    "a-finding": "A finding",
    "a-test": "A test",
    "a-version": "A version",
    "a-recorded-run": "A recorded run",
    "a-policy": "A policy",
    "what-breaks": "What breaks",
    "a-rule": "A rule",
    "a-verdict": "A verdict",
    "an-edit": "An edit",
    "an-example": "An example",
    "a-component": "A component",
    "a-difference": "A difference",
    "a-subscription": "A subscription",
    "a-delivery": "A delivery",
    "an-inner-step": "An inner step",
    "an-outside-dataset": "An outside dataset",
    "an-outside-job": "An outside job",
    "an-outside-run": "An outside run",
    "a-note": "A note",
}
_LINK = re.compile(r"\]\(#([a-z-]+)\)")
_TICKED = re.compile(r"`([^`]+)`")


@dataclass(kw_only=True, slots=True)
class Documented:
    """The fields of one document: paths such as ``steps[].key``, and those whose inside is not described here."""

    paths: set[str] = field(default_factory=set)
    closed: set[str] = field(default_factory=set)
    #: What fields mean, in the page's words.
    told: dict[str, str] = field(default_factory=dict)

    def add(self, written: str, meaning: str = "") -> None:
        """Note a field as the page writes it."""
        path = written.removesuffix("{}")
        self.paths.add(path)
        if meaning:
            self.told.setdefault(path.removesuffix("[]"), meaning)
        if written.endswith("{}"):
            self.closed.add(path)


def _rows(section: str) -> list[list[str]]:
    return [row for header, rows in tables(sections(PAGE)[section]) if header[0] == "field" for row in rows]


def _take(rows: list[list[str]], prefix: str, into: Documented) -> None:
    """Add the fields of a table; a link to a part adds that part's fields below."""
    for row in rows:
        names = sorted(ticked(row[0]))
        parts = [_PARTS[anchor] for anchor in _LINK.findall(row[0] if not names else row[1]) if anchor in _PARTS]
        is_part = not names or row[1].startswith(("each [", "["))
        for name in names:
            into.add(prefix + name, row[1])
            if name == "sample[]":
                into.closed.add(prefix + name)
        for part in parts if is_part else ():
            below = prefix if not names else f"{prefix}{names[0]}."
            _take(_rows(part), below, into)


def _documented() -> dict[str, Documented]:
    """Schema, for `show` with the kind -> its fields."""
    found: dict[str, Documented] = {}
    for section in sections(PAGE).values():
        for header, rows in tables(section):
            names = _TICKED.findall(header[0])
            if not names or not _SCHEMA.fullmatch(names[0]):
                continue
            document = found.setdefault(" ".join(names), Documented())
            document.add("schema")
            _take(rows, "", document)
    found["meshwright/query/1"].closed.add("rows[]")
    return found


DOCUMENTED = _documented()


def _name_of(document: dict[str, object]) -> str:
    schema = str(document["schema"])
    return f"{schema} {document['kind']}" if schema == "meshwright/show/1" else schema


def _paths(value: object, documented: Documented, prefix: str = "") -> Iterator[str]:
    """Yield the path of every field of a document, in the page's notation."""
    if prefix in documented.closed:
        return
    if isinstance(value, dict):
        for key, below in value.items():
            path = f"{prefix}.{key}" if prefix else key
            if isinstance(below, list):
                path += "[]"
                yield path
                for item in below:
                    yield from _paths(item, documented, path)
            else:
                yield path
                yield from _paths(below, documented, path)


@dataclass(kw_only=True, slots=True)
class _Shell:
    """Runs commands on one mesh and keeps the documents that they write, by schema and kind."""

    root: Path
    documents: dict[str, list[Mapping[str, object]]] = field(default_factory=dict)

    def __call__(self, *words: str, expect: int = 0) -> dict[str, object]:
        """Run ``mw -C ROOT WORDS --json`` and return its document."""
        written = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
        with contextlib.redirect_stdout(written), contextlib.redirect_stderr(io.StringIO()):
            assert main(["-C", str(self.root), *words, "--json"]) == expect, words
        written.seek(0)
        document: dict[str, object] = json.load(written)
        self.documents.setdefault(_name_of(document), []).append(document)
        return document


def _good_day(mw: _Shell) -> None:
    """Everything works."""
    mw("init", "new", "--template", "blank")
    mw("check")
    mw("contract", "lint", "domains/sales/orders/contracts/orders.odcs.yaml")
    mw("contract", "export", "domains/sales/orders/contracts/orders.odcs.yaml", "--to", "avro")
    (mw.root / "schema.sql").write_text("create table t (a int default 1)", encoding="utf-8")
    mw("contract", "import", "schema.sql")
    mw("contract", "import", "schema.sql", "-o", "t.odcs.yaml")
    mw("test")
    _test_contract(mw)
    mw("plan")
    mw("plan", "--only", "finance")
    mw("run")
    mw("test")
    for name in ("sales", "sales.orders", "sales.orders/orders"):
        mw("show", name)
    version = mw("show", "sales.orders.orders")["published"]
    assert isinstance(version, dict)
    mw("show", version["id"])
    mw("show", "finance.report.revenue")
    mw("query", "select * from sales.orders.orders order by order_id")
    for name in ("sales.orders.orders", "sales.orders", "currency", version["id"]):
        mw("explain", name)
    mw("lineage", "sales.totals.per_customer")
    mw("lineage", "sales.totals.per_customer.total")
    mw("verify")
    mw("state", "migrate")
    mw("state", "migrate", "--to", "sqlite:///copy.db")
    mw("doctor")
    _collect(mw)
    _vary(mw)
    _write_together(mw)
    write_file(mw.root, "domains/sales/totals/models/broken.sql", "select error('boom') as e from per_customer")
    failed = mw("run", "sales.totals", expect=2)
    mw("runs", "logs", str(failed["run_id"]))
    (mw.root / "domains/sales/totals/models/broken.sql").unlink()
    _break(mw)
    _govern(mw)
    mw("product", "new", "logistics.parcels", "--from", "data/orders.csv")


def _test_contract(mw: _Shell) -> None:
    """A contract on data that breaks it, with a warning, a note and an object without data."""
    folder = mw.root.parent / "alone"
    contract = CONTRACT.replace("decimal(10,2)", "NUMBER(10)") + "  - name: silent\n  - name: absent\n"
    write_file(folder, "orders.odcs.yaml", contract)
    write_file(folder, "orders.csv", csv_text((*ROWS, BAD_ROW)))
    words = ("--data", f"orders={folder}/orders.csv", "--data", f"silent={folder}/orders.csv")
    mw("contract", "test", str(folder / "orders.odcs.yaml"), *words, expect=1)


def _break(mw: _Shell) -> None:
    """A plan of a change that breaks a column for its readers, who agreed; the mesh is left as it was."""
    agree_to_changes(mw.root, "sales")
    mw("impact", "sales.orders.orders.customer")
    mw("impact", "sales.orders.orders")
    edits = {
        "models/orders.sql": ("customer", "[customer] as customer"),
        "contracts/orders.odcs.yaml": ("customer, logicalType: string", "customer, logicalType: array"),
        # What breaks readers is refused without a new major version.
        "./contracts/orders.odcs.yaml": ("version: 1.0.0", "version: 2.0.0"),
    }
    for name, (old, new) in edits.items():
        path = mw.root / "domains/sales/orders" / name
        path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    mw("plan")
    mw("impact")
    for name, (old, new) in edits.items():
        path = mw.root / "domains/sales/orders" / name
        path.write_text(path.read_text(encoding="utf-8").replace(new, old, 1), encoding="utf-8")
    (mw.root / "policies/exemptions.yaml").unlink()


def _vary(mw: _Shell) -> None:
    """Variations of a mesh of their own, from a look at them to the drop."""
    shop = _Shell(root=varied_shop(mw.root.parent / "varied").root, documents=mw.documents)
    shop("plan", "--resolved", "sales.orders")
    shop("run")
    shop("run", "--variation", "canary")
    shop("plan", "--resolved", "--variation", "canary")
    shop("variation", "list")
    model = shop.root / "domains/sales/orders/models/daily.sql"
    text = model.read_text(encoding="utf-8")
    model.write_text(text.replace("count(*) as n", "count(*) as n, 1 as m"), encoding="utf-8")
    shop("run", "sales.orders.daily")
    shop("variation", "diff", "sales.orders@canary")
    model.write_text(text, encoding="utf-8")
    shop("run", "sales.orders.daily")
    shop("variation", "promote", "sales.orders@canary", "--dry-run")
    shop("variation", "promote", "sales.orders@canary")
    shop("variation", "drop", "sales.orders@canary")


def _collect(mw: _Shell) -> None:
    """A version that is needless, a sandbox, and a file of cut off work; the mesh is left as it was."""
    mesh = (mw.root / "mesh.yaml").read_text(encoding="utf-8")
    write_file(mw.root, "mesh.yaml", mesh + "retention: {generations: 0s, candidates: 0s}\n")
    mw("env", "create", "sample")
    mw("run", "finance", "--param", "currency=USD")
    stored = next((mw.root / ".meshwright/store").rglob("*-0.parquet"))
    shutil.copyfile(stored, stored.with_name(stored.name.replace("-0.parquet", "-7.parquet")))
    mw("gc", "--explain", "finance.report.revenue")
    mw("env", "delete", "sample")
    mw("gc")
    mw("gc", "--explain", "finance.report.revenue")
    left = mw.root / ".meshwright/jobs/mw-left"
    left.mkdir(parents=True)
    os.utime(left, (0, 0))
    mw("gc", "--dry-run")
    mw("gc", "--grace", "0s")
    write_file(mw.root, "mesh.yaml", mesh)
    mw("run", "finance")


def _write_together(mw: _Shell) -> None:
    """Small files of parts, in a mesh of their own."""
    air = _Shell(root=write_air(mw.root.parent / "air", 45), documents=mw.documents)
    apply(open_workspace(air.root), RunOptions())
    air("compact", "--dry-run")
    air("compact")


def _govern(mw: _Shell) -> None:
    """Policies and exemptions; the mesh is left as it was."""
    policy = "-- level: advise\n-- why: w\n-- fix: f\nselect port, 'no freshness' as message from mesh.ports"
    write_file(mw.root, "policies/ports_have_slo.sql", policy)
    mw("policy", "list")
    mw("policy", "test", "ports_have_slo", expect=1)
    _give_examples(mw)
    words = ("--owner", "team:sales", "--reason", "Soon.", "--expires", "2999-12-31")
    mw("exemption", "add", "ports_have_slo", "sales.orders", *words)
    mw("exemption", "list")
    mw("policy", "test", "ports_have_slo")
    write_file(mw.root, "draft.sql", "select port, 'x' as message from mesh.ports")
    mw("policy", "test", str(mw.root / "draft.sql"), expect=1)
    mw("domain", "new", "logistics", "--owner", "team:logistics")
    mw("product", "new", "logistics.letters")
    write_file(mw.root, "policies/wrong.sql", policy.replace("port,", "prot,"))
    mw("policy", "list")
    for name in ("policies/wrong.sql", "policies/ports_have_slo.sql", "policies/exemptions.yaml", "draft.sql"):
        (mw.root / name).unlink()


def _give_examples(mw: _Shell) -> None:
    """A policy with examples that are not as expected, and one of the starter set."""
    wrong = "examples: [{name: n, given: {mesh.ports: [{port: a}]}, violations: [{object: b, message: m}]}]"
    write_file(mw.root, "policies/ports_have_slo.test.yaml", wrong)
    mw("policy", "test", "ports_have_slo", expect=1)
    mw("policy", "test", "--all", expect=1)
    mw("policy", "add", "products_are_tagged", "--level", "advise")
    mw("policy", "test", "--all", expect=1)
    mw("policy", "list", "--available")
    mw("policy", "add", "--all", "--domain", "finance")
    for file in ("ports_have_slo.test.yaml", "products_are_tagged.sql", "products_are_tagged.test.yaml"):
        (mw.root / "policies" / file).unlink()
    shutil.rmtree(mw.root / "domains/finance/policies")


def _beside_others(mw: _Shell) -> None:
    """Outside tools told of jobs and datasets, ours among them; their documents are answers to HTTP."""
    workspace, intake = open_workspace(mw.root), Intake()
    parent = facet(run={"runId": PARENT}, job={"namespace": "airflow", "name": "nightly"})
    ours = dataset("meshwright://shop", "sales.orders.orders") | whole_event()["inputs"][0]
    ours |= {"namespace": "meshwright://shop", "name": "sales.orders.orders"}
    source = dataset("file", str(mw.root / "data/orders.csv"))
    event = whole_event() | {"inputs": [ours, source], "outputs": [*whole_event()["outputs"], dataset("x", "y")]}
    event["run"]["facets"]["parent"] = parent
    event["outputs"][0]["facets"]["dataQualityAssertions"] = ours["inputFacets"]["dataQualityAssertions"]
    taken = take_lineage(workspace, intake, json.dumps(event).encode())
    back = run_event(job=("hand", "fix"), inputs=[dataset("x", "y")], outputs=[ours | {"inputFacets": {}}, source])
    take_lineage(workspace, intake, json.dumps(back).encode())
    mw("lineage", "sales.orders.orders")
    mw("show", "sales.orders.orders")
    mw("show", "sales.orders.raw_orders")
    jobs = list_jobs(workspace)
    [loaded] = [job for job in jobs if job.work.shown.endswith("nightly.load")]
    [node, *_] = [each for each in list_outside_datasets(workspace) if len(each.names) > 1]
    answers = [
        taken_document(taken),
        jobs_document(jobs, None),
        *(job_document(show_job(workspace, job.work.id)) for job in jobs),
        outside_run_document(show_outside_run(workspace, show_job(workspace, loaded.work.id).runs[0].id)),
        outside_datasets_document(list_outside_datasets(workspace), None),
        outside_dataset_document(show_outside_dataset(workspace, node.key)),
        outside_dataset_document(show_outside_dataset(workspace, dataset_id(ToldName(namespace="x", name="y")))),
    ]
    for document in json.loads(json.dumps(answers)):
        mw.documents.setdefault(document["schema"], []).append(document)


def _bad_day(mw: _Shell) -> None:
    """A test that stops, a refused candidate, a stray and a lost file, files with errors."""
    cheap = "select order_id, amount from orders where amount < 8"
    write_file(mw.root, "domains/sales/orders/tests/no_cheap_order.sql", cheap)
    bad = mw("run", expect=1)
    edited = "domains/sales/orders/contracts/orders.odcs.yaml"
    written = text = (mw.root / edited).read_text(encoding="utf-8")
    for before, after in (("mustBeGreaterThan: 2", "mustBeGreaterThan: 1"), ("id: enough", "id: plenty")):
        text = text.replace(before, after)
        write_file(mw.root, edited, text)
        mw("test", "sales.orders", expect=1)
    mw("show", str(mw("show", "sales.orders.orders")["published"]["id"]))  # type: ignore[index]
    mw("show", "sales.orders.orders", "--rules")
    mw("show", "sales.orders.orders", "--rule", "plenty")
    write_file(mw.root, edited, text.replace("mustBeGreaterThan: 1", "mustBeGreaterThan: 2"))
    mw("show", "sales.orders.orders", "--rules")
    mw("show", "sales.orders.orders", "--rule", "plenty")
    write_file(mw.root, edited, written)
    mw("runs", "list")
    _look_at_runs(mw, str(bad["run_id"]))
    mw("runs", "repeat", str(bad["run_id"]))
    with (mw.root / "data/orders.csv").open("a") as data:
        data.write("5,dora,1.0,2026-01-04\n")
    mw("runs", "repeat", str(bad["run_id"]), expect=1)
    mw("plan")
    first, *_, last = sorted((mw.root / ".meshwright" / "store").rglob("*.parquet"))
    first.with_name("stray.parquet").write_bytes(b"")
    last.unlink()
    mw("verify", expect=1)
    mw("verify", "--repair")
    write_file(mw.root, "domains/sales/orders/models/orders.sql", "select nope from raw_orders")
    mw("check", expect=2)
    mw("run", expect=2)
    contract = write_file(mw.root, "bad.odcs.yaml", "kind: DataContract")
    mw("contract", "lint", str(contract), expect=2)
    standing = "domains/sales/orders/contracts/orders.odcs.yaml"
    loose = (mw.root / standing).read_text(encoding="utf-8").replace("status: active", "status: retired")
    mw("contract", "diff", standing, str(write_file(mw.root, "loose.odcs.yaml", loose)), expect=1)


def _look_at_runs(mw: _Shell, run: str) -> None:
    """Everything that there is to see of recorded runs: one with a tool's graph inside of a step, and a run below it."""
    with state_of(open_workspace(mw.root)) as state:
        record = state.reader.run(run)
        assert record is not None
        inner = InnerStepRecord(name="stg", kind="model", state="succeeded", after=("raw",))
        state.writer.record_inner_steps(run, "build:sales.orders.orders", [inner])
        elsewhere = record.infrastructure.replace('"host":"', '"host":"other-')
        verdicts = record.report.replace('"verdict":"pass"', '"verdict":"warn"')
        below = replace(record, id=f"{run}-below", parent=run, infrastructure=elsewhere, report=verdicts)
        state.writer.start_run(replace(below, parent_step="pipeline:a.b.c"), [], {})
        other = next(each.id for each in state.reader.runs(10) if each.id not in {run, f"{run}-below"})
    write_file(mw.root, "domains/sales/told/pipeline.yaml", "nodes: {note: {shell: 'echo {} > $MESHWRIGHT_VALUES'}}")
    told = str(mw("run", "sales.told")["run_id"])
    mw("gc", "--dry-run")
    with state_of(open_workspace(mw.root)) as state:
        state.writer.record_inner_steps(told, "build:sales.told.note", [inner])
    mw("show", "sales.told.note")
    mw("runs", "list", "--tree")
    mw("runs", "show", run)
    mw("runs", "diff", other, run)
    mw("runs", "diff", run, f"{run}-below")
    mw("runs", "cost")
    mw("runs", "openlineage", run)
    archive = mw.root / "run.zip"
    mw("runs", "export", run, str(archive))
    mw("runs", "export", "--check", str(archive))
    with zipfile.ZipFile(archive) as members:
        mw.documents.setdefault("meshwright/archive/1", []).append(json.loads(members.read("manifest.json")))
    archive.unlink()
    stopped = StopReport(run_id=run, state=RunState.INTERRUPTED, asked=(run,), seconds=1.0)
    mw.documents.setdefault("meshwright/runs-stop/1", []).append(stop_document(stopped))


def _environments(mw: _Shell) -> None:
    """A sandbox from its first day to its last, with everything in which it can differ; pins and a way back."""
    policy = "-- level: warn\n-- why: w\n-- fix: f\nselect dataset, 'no key' as message from mesh.datasets"
    write_file(mw.root, "policies/everything_is_wrong.sql", policy)
    mw("run")
    mw("env", "create", "box", "--expires", "2d")
    mw("env", "diff", "box")
    for name, old, new in (
        ("mesh.yaml", "currency: EUR", "currency: USD"),
        ("domains/sales/orders/contracts/orders.odcs.yaml", "{name: amount, ", "{name: amount, required: true, "),
        ("domains/sales/orders/pipeline.yaml", "mustBeGreaterThan: 0", "mustBeGreaterThan: 1"),
        ("domains/sales/orders/models/orders.sql", "amount > 0", "amount > 6"),
    ):
        path = mw.root / name
        path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    write_file(mw.root, "domains/sales/totals/models/days.sql", "select distinct placed from sales.orders.orders")
    write_file(
        mw.root, "domains/sales/totals/models/per_customer.sql", "select customer, 1 as total from sales.orders.orders"
    )
    mw("run", "--env", "box")
    mw("env", "diff", "box", "--key", "customer")
    mw("env", "diff", "box", "sales", "--no-data")
    mw("env", "extend", "box", "--expires", "never")
    mw("pin", "sales.orders.raw_orders", "--reason", "Being looked at.")
    mw("env", "list")
    mw("unpin", "sales.orders.raw_orders")
    mw("promote", "box")
    write_file(mw.root, "domains/sales/orders/models/orders.sql", "select * from raw_orders where amount > 5")
    mw("run", "--env", "box")
    with (mw.root / "data/orders.csv").open("a") as data:
        data.write("9,dora,1.0,2026-01-04\n")
    mw("run", "sales.orders.raw_orders")
    mw("env", "show", "box", "--history")
    mw("env", "rebase", "box")
    mw("pin", "sales.totals", "--reason", "Being looked at.")
    mw("env", "show", "prod")
    mw("rollback", "prod")
    mw("env", "delete", "box")
    mw("env", "create", "part", "--sample", "50%")
    mw("env", "show", "part")
    write_file(mw.root, "components/scratch/component.yaml", SCRATCH)
    with (mw.root / "mesh.yaml").open("a") as mesh:
        mesh.write("sandboxes: {provision: {scratch: {component: scratch@1}}}\n")
    mw("env", "create", "provided", "--param", "size=small")
    mw("env", "show", "provided")
    mw("env", "list")
    mw("env", "delete", "provided")


def _in_parts(mw: _Shell) -> None:
    """Incremental datasets: built, late, asked for by interval, forward only, with gaps, repaired."""
    mw("plan", "web.clicks.raw", "web.clicks.daily")
    mw("run", "web.clicks.raw")
    mw("run", "web.clicks.daily", "--only", "--interval", "2026-01-01..2026-01-02")
    mw("run", "web.clicks.daily", "--only", "--interval", "2026-01-03..2026-01-04")
    mw("show", "web.clicks.daily", "--intervals")
    drop(mw.root, "05", LATER)
    drop(mw.root, "06", LATE)
    mw("run", "web.clicks.raw")
    mw("plan", "web.clicks.daily", "--only")
    pipeline = mw.root / "domains/web/clicks/pipeline.yaml"
    pipeline.write_text(
        pipeline.read_text(encoding="utf-8").replace("lookback: 1d", "forward_only: true, lookback: 1d"),
        encoding="utf-8",
    )
    write_file(mw.root, "domains/web/clicks/models/daily.sql", "select t, who, n + 0 as n from raw")
    mw("show", "web.clicks.daily", "--intervals")
    run = mw("run")
    mw("runs", "show", str(run["run_id"]))
    version = mw("show", "web.clicks.daily")["published"]
    assert isinstance(version, dict)
    mw("show", version["id"])
    mw("show", version["id"], "--intervals")
    for name in ("daily", "raw", "monthly"):
        mw("show", f"web.clicks.{name}", "--intervals")
    mw("show", "web.clicks.last", "--intervals", expect=2)
    mw("verify")


def _by_itself(mw: _Shell) -> None:
    """Triggers of every kind, an event that starts a run, one that cannot, a pause, data that is late."""
    pipeline = mw.root / "domains/sales/totals/pipeline.yaml"
    fires = "{event: org.example.closed, params: {day: data.day}, late_after: 1s, name: closed}"
    text = f"params: {{day: {{type: date, default: 2026-01-01}}}}\ntriggers: [{{on: sales.orders}}, {fires}]\n"
    write_file(mw.root, "domains/sales/totals/pipeline.yaml", f"{text}schedule: {{every: 1s}}\n")
    contract = mw.root / "domains/sales/orders/contracts/orders.odcs.yaml"
    level = "slaProperties: [{property: freshness, value: 1, unit: d, element: orders.placed}]\n"
    contract.write_text(contract.read_text(encoding="utf-8") + level, encoding="utf-8")
    mw("run")
    mw("worker", "--once")
    mw("schedule", "pause", "sales.totals:schedule", "--reason", "Being looked at.")
    mw("schedule", "list")
    time.sleep(1.1)
    mw("schedule", "resume", "sales.totals:schedule")
    mw("schedule", "pause", "sales.totals:schedule", "--reason", "Being looked at.")
    events = [
        {"specversion": "1.0", "id": str(number), "source": "/pos", "type": "org.example.closed", "data": data}
        for number, data in enumerate(({"day": "2026-01-05"}, {}))
    ]
    write_file(mw.root, "events.json", json.dumps(events))
    mw("event", "send", str(mw.root / "events.json"))
    mw("event", "list")
    mw("worker", "--until-idle", expect=1)
    mw("schedule", "list")
    mw("schedule", "list", "sales.totals:closed", "--next", "3")
    mw("event", "list")
    _called(mw)
    pipeline.unlink()


def _called(mw: _Shell) -> None:
    """A call between domains, as a server records it."""
    with open_state_alone(open_workspace(mw.root)) as opened:
        opened.state.calls.record([READ])
    mw("calls", "list")
    mw("calls", "summary")


def _told(mw: _Shell) -> None:
    """A subscription whose receiver does not answer, one that starts a product, and what was tried; the mesh is left as it was."""
    mesh = (mw.root / "mesh.yaml").read_text(encoding="utf-8")
    write_file(mw.root, "mesh.yaml", mesh + "http: {allow: [127.0.0.1/32]}\n")
    words = ("--type", "org.example.*", "--attempts", "1", "--owner", "sales", "--description", "tests")
    made = str(mw("subscription", "create", "--sink", "http://127.0.0.1:9/hook", *words)["id"])
    ordered = str(mw("subscription", "create", "--type", "org.example.told", "--run", "sales.orders")["id"])
    event = {"specversion": "1.0", "id": "told", "source": "/pos", "type": "org.example.told"}
    write_file(mw.root, "events.json", json.dumps(event))
    mw("event", "send", str(mw.root / "events.json"))
    mw("worker", "--until-idle")
    mw("delivery", "list")
    [dead] = mw("delivery", "list", "--state", "dead")["deliveries"]  # type: ignore[misc]
    mw("delivery", "show", str(dead["id"]))  # type: ignore[index]
    mw("delivery", "replay", str(dead["id"]))  # type: ignore[index]
    mw("delivery", "skip", str(dead["id"]))  # type: ignore[index]
    mw("delivery", "replay", "--subscription", str(dead["subscription"]), "--state", "skipped")  # type: ignore[index]
    mw("subscription", "pause", made, "--reason", "tests")
    mw("subscription", "resume", made)
    mw("subscription", "rotate", made)
    mw("subscription", "show", made)
    mw("subscription", "list")
    mw("subscription", "delete", made)
    mw("subscription", "delete", ordered)
    (mw.root / "events.json").unlink()
    write_file(mw.root, "mesh.yaml", mesh)


def _served(mw: _Shell, folder: Path) -> None:
    """Tokens, and a server that begins."""
    made = mw("token", "create", "--role", "viewer", "--domain", "sales", "--purpose", "tests")
    mw("token", "list")
    mw("token", "revoke", str(made["id"]))
    with serving(mw.root, folder=folder) as server:
        mw.documents.setdefault("meshwright/serve/1", []).append(server.said)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("XDG_CONFIG_HOME", str(folder))
            mw("login", server.login)
            mw("logout", server.url)


def _in_versions(mw: _Shell) -> None:
    """A port of two versions, one of which calls its dataset by another name."""
    mw("show", "sales.orders/orders/v2")
    mw("show", "sales.totals.per_customer")


def _of_components(mw: _Shell) -> None:
    """A component that is locked, changed and moved to."""
    mw("component", "list")
    mw("component", "lock")
    mw("run")
    mw("show", "sales.totals.best_orders")
    for version in ("1.1.0", "2.0.0"):
        write_file(mw.root, BEST, BEST_SHOP[BEST].replace("1.0.0", version))
        write_file(mw.root, RANKED, BEST_SHOP[RANKED].replace("desc", "asc"))
        mw("plan")
        mw("component", "update", "best")
    mw("component", "show", "best")
    write_file(mw.root, PIPELINE, "nodes: {}")
    (mw.root / "domains/sales/totals/models/leftover.sql").unlink()
    mw("component", "update")


@pytest.fixture(scope="module")
def documents(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, list[Mapping[str, object]]]:
    """Every document that the commands write over a small mesh, in good days and bad ones."""
    mw = _Shell(root=write_mesh(tmp_path_factory.mktemp("json")))
    consumer = "consumers: [{name: board, type: report, owner: 'team:sales', ports: [orders]}]"
    write_file(mw.root, "domains/sales/orders/consumers.yaml", consumer)
    _good_day(mw)
    _bad_day(mw)
    _environments(_Shell(root=write_mesh(tmp_path_factory.mktemp("boxed")), documents=mw.documents))
    _in_parts(_Shell(root=write_events(tmp_path_factory.mktemp("parts")), documents=mw.documents))
    _by_itself(_Shell(root=write_mesh(tmp_path_factory.mktemp("itself")), documents=mw.documents))
    _told(_Shell(root=write_mesh(tmp_path_factory.mktemp("told")), documents=mw.documents))
    _served(mw, tmp_path_factory.mktemp("served"))
    _in_versions(_Shell(root=write_mesh(tmp_path_factory.mktemp("versions"), two_versions()), documents=mw.documents))
    _beside_others(_Shell(root=write_mesh(tmp_path_factory.mktemp("beside")), documents=mw.documents))
    _of_components(_Shell(root=best_shop(tmp_path_factory.mktemp("components")), documents=mw.documents))
    return mw.documents


#: Without a mesh there is nobody: the lists are there, and nothing is in them.
#: Provisions a sandbox with a value.
SCRATCH = """
    name: scratch
    version: 1.0.0
    params: {size: {type: string}}
    nodes: {value: {shell: "echo '{\\"size\\": \\"${param:size}\\"}' > $MESHWRIGHT_VALUES"}}
    undo: {value: none}
"""
_NOBODY = {"meshwright/contract-test/1": ("tests[].supplier[].", "tests[].consumers[].")}


def _produced(name: str, found: list[Mapping[str, object]]) -> list[set[str]]:
    return [set(_paths(document, DOCUMENTED[name])) for document in found]


def test_every_schema_in_the_code_has_its_table() -> None:
    # What is answered by URL only has a page of its own.
    source = ROOT / "src/meshwright"
    by_url = (source / "faces/http", source / "faces/documents/shapes", source / "client")
    files = (path for path in source.rglob("*.py") if not any(path.is_relative_to(folder) for folder in by_url))
    sources = (path.read_text(encoding="utf-8") for path in files)
    in_code = {name for text in sources for name in _SCHEMA.findall(text)}
    assert in_code == {name.partition(" ")[0] for name in DOCUMENTED}


@pytest.mark.parametrize("name", sorted(DOCUMENTED))
def test_top_level_fields_are_those_of_the_table(
    name: str, documents: Mapping[str, list[Mapping[str, object]]]
) -> None:
    """Every document of the shape has all of them, and no other."""
    top = {path for path in DOCUMENTED[name].paths if "." not in path}
    assert documents[name], "no command of the fixture writes it"
    for document, paths in zip(documents[name], _produced(name, documents[name]), strict=True):
        assert {path for path in paths if "." not in path} == top, document


@pytest.mark.parametrize("name", sorted(DOCUMENTED))
def test_inner_fields_are_those_of_the_table(name: str, documents: Mapping[str, list[Mapping[str, object]]]) -> None:
    """Nothing is written that is not described, nothing is described that was never seen."""
    produced = set().union(*_produced(name, documents[name]))
    assert sorted(produced - DOCUMENTED[name].paths) == []
    unseen = {path for path in DOCUMENTED[name].paths - produced if not path.startswith(_NOBODY.get(name, ()))}
    assert sorted(unseen) == []


#: What only answers by URL have.
_BY_URL = frozenset({"links", "next", "history", "next_after"})


@pytest.mark.parametrize("component", sorted(described("schemas.json")))
def test_documents_are_as_the_openapi_document_says(
    component: str, documents: Mapping[str, list[Mapping[str, object]]]
) -> None:
    """Its schemas are made of documents like these: none of today's has a type, or a field, of which they do not know."""
    schemas = _closed(described("schemas.json"))
    schema = {**schemas[component], "components": {"schemas": schemas}}
    schema["required"] = [name for name in schema["required"] if name not in _BY_URL]
    validator = jsonschema.Draft202012Validator(schema)
    for document in (each for many in documents.values() for each in many if component_name(each) == component):
        assert [error.message for error in validator.iter_errors(document)] == []


def _closed(schema: Any) -> Any:
    """Return a schema whose objects have no fields but those that it names."""
    if isinstance(schema, list):
        return [_closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {key: _closed(each) for key, each in schema.items()}
    return {**closed, "additionalProperties": False} if "properties" in schema and "type" in schema else closed


EXAMPLES = [json.loads(example.text) for example in examples(PAGE) if example.language == "json"]


@pytest.mark.parametrize("example", EXAMPLES, ids=_name_of)
def test_examples_have_the_fields_of_their_table(example: dict[str, object]) -> None:
    documented = DOCUMENTED[_name_of(example)]
    paths = set(_paths(example, documented))
    assert sorted(paths - documented.paths) == []
    assert {path for path in documented.paths if "." not in path} <= paths


def test_every_schema_has_an_example() -> None:
    assert {str(example["schema"]) for example in EXAMPLES} == {name.partition(" ")[0] for name in DOCUMENTED}


def test_exit_statuses_are_those_of_the_code() -> None:
    [(_, rows)] = tables(sections(PAGE)["Exit statuses"])
    told = {int(row[0]) for row in rows}
    assert told == {status.DONE, status.NO, status.WRONG_INPUT, status.WORLD_FAILED, status.INTERRUPTED}
