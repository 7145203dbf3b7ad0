"""What outside tools told of is found beside what is ours, and shown by the names that it has."""

from __future__ import annotations

from pathlib import Path

import pytest

from meshwright.app.catalog_lists import Kind, PageWish, Question, find
from meshwright.app.outside_told import JobCard, OutsideDatasetCard
from meshwright.app.outside_told_taking import Intake, take_lineage
from meshwright.app.reports import DatasetCard
from meshwright.app.show import show, show_kind
from meshwright.app.workspace import Workspace, open_workspace
from meshwright.catalog.search import Hit
from meshwright.catalog.segments import Field
from meshwright.diagnostics import InputError
from meshwright.faces.documents.show import card_document
from meshwright.faces.text.show import card_lines
from meshwright.faces.text.terminal import Look
from tests.meshes import write_file, write_mesh
from tests.told_events import Event, body, dataset, dataset_event, facet, run_event

SNOW = ("snowflake://acme", "DB.SALES.DAILY_TOTALS")


@pytest.fixture
def mesh(tmp_path: Path) -> Workspace:
    workspace = open_workspace(write_mesh(tmp_path))
    described = dataset(
        *SNOW,
        documentation=facet(description="Revenue by weekday."),
        ownership=facet(owners=[{"name": "team:warehouse"}]),
        schema=facet(fields=[{"name": "WEEKDAY"}, {"name": "REVENUE_EUR"}]),
        symlinks=facet(identifiers=[{"namespace": "glue://x", "name": "lake.weekdays", "type": "TABLE"}]),
    )
    job = run_event(job=("airflow://prod", "reports.daily"), outputs=[described])
    job["job"]["facets"]["documentation"] = facet(description="Counts what was sold.")
    tell(workspace, job)
    return workspace


def tell(workspace: Workspace, *events: Event) -> None:
    for event in events:
        take_lineage(workspace, Intake(), body(event))


def hits(workspace: Workspace, text: str, kind: Kind | None = None) -> list[Hit]:
    question = Question(text=text, kinds=None if kind is None else [kind])
    return list(find(workspace, question, "prod", PageWish(limit=50)).answer.hits)


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("daily_totals", Field.NAME),
        ("snowflake", Field.DOMAIN),
        ("weekdays", Field.TITLE),
        ("warehouse", Field.OWNERS),
        ("weekday reven", Field.DESCRIPTION),
        ("revenue_eur", Field.COLUMNS),
        ("dialy_totals", Field.NAME),
    ],
)
def test_datasets_outside_are_found_by_what_is_told_of_them(mesh: Workspace, text: str, field: Field) -> None:
    [hit] = hits(mesh, text, Kind.OUTSIDE_DATASET)
    assert hit.address == "snowflake://acme/DB.SALES.DAILY_TOTALS"
    assert hit.id
    assert field in {each.field for each in hit.highlights}


def test_jobs_are_found_too_and_ours_come_first(mesh: Workspace) -> None:
    [job] = hits(mesh, "daily", Kind.OUTSIDE_JOB)
    assert (job.address, job.description) == ("airflow://prod/reports.daily", "Counts what was sold.")
    tell(mesh, run_event(inputs=[dataset("x", "per_customer")]))
    assert [hit.address for hit in hits(mesh, "per_customer")][:2] == ["sales.totals.per_customer", "x/per_customer"]


def test_ours_are_no_datasets_outside(mesh: Workspace) -> None:
    before = [hit.address for hit in hits(mesh, "per_customer")]
    tell(mesh, run_event(job=("a", "b"), inputs=[dataset("meshwright://shop", "sales.totals.per_customer")]))
    assert [hit.address for hit in hits(mesh, "per_customer")] == before


# -- shown -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    ["snowflake://acme/DB.SALES.DAILY_TOTALS", "SNOWFLAKE://ACME/DB.SALES.DAILY_TOTALS", "glue://x/lake.weekdays"],
)
def test_a_dataset_outside_is_shown_by_any_of_its_names(mesh: Workspace, name: str) -> None:
    card = show(mesh, name)
    assert isinstance(card, OutsideDatasetCard)
    assert card_document(card)["kind"] == "outside-dataset"
    assert "written by airflow://prod/reports.daily" in "\n".join(card_lines(card, Look(is_terminal=False)))
    assert show(mesh, card.node.key) == card


def test_a_job_is_shown_by_its_name(mesh: Workspace) -> None:
    card = show(mesh, "airflow://prod/reports.daily")
    assert isinstance(card, JobCard)
    assert card_document(card)["kind"] == "outside-job"
    assert "writes snowflake://" in "\n".join(card_lines(card, Look(is_terminal=False)))


def test_an_alias_of_ours_shows_ours(mesh: Workspace) -> None:
    write_file(mesh.root, "domains/sales/totals/pipeline.yaml", "aliases:\n  per_customer: ['s3://lake/totals']\n")
    tell(mesh, run_event(job=("a", "b"), inputs=[dataset("s3://lake", "totals")]))
    card = show(mesh, "s3://lake/totals")
    assert isinstance(card, DatasetCard)
    assert card.address == "sales.totals.per_customer"


def test_what_nobody_told_of_is_refused(mesh: Workspace) -> None:
    with pytest.raises(InputError, match="nothing is called 's3://lake/nowhere'"):
        show(mesh, "s3://lake/nowhere")
    with pytest.raises(InputError, match="is a name of outside tools, and no dataset"):
        show_kind(mesh, "dataset", "snowflake://acme/DB.SALES.DAILY_TOTALS")


def test_a_dataset_that_no_job_names_is_found_by_all_that_it_is_called(mesh: Workspace) -> None:
    links = facet(identifiers=[{"namespace": "a://first", "name": "zebra", "type": "TABLE"}])
    tell(mesh, dataset_event(dataset("z://last", "giraffe", symlinks=links, documentation=facet(description="Tall."))))
    for text in ("zebra", "giraffe", "tall", "first", "last"):
        assert [hit.address for hit in hits(mesh, text, Kind.OUTSIDE_DATASET)] == ["a://first/zebra"], text
