"""Column lineage through the graph of a tool, from what real runs of dbt and SQLMesh left (`recorded/`), and by hand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from meshwright.model.outside import JobOutcome, LeftSource, outcome_of, outcome_text
from meshwright.run.innerlineage import inner_lineage, joined_lineage
from meshwright.tools.artefacts import left_outcome
from meshwright.tools.protocol import InnerTable, Outcome
from tests.tools.driving import job_of

INPUTS = ("departures", "hourly")
RECORDED = Path(__file__).parent / "recorded"


def recorded(tmp_path: Path, tool: str) -> Outcome:
    found = json.loads((RECORDED / f"{tool}_inside.json").read_text())
    job = job_of(tmp_path, {})
    (job.scratch / "result.json").write_text(json.dumps({"tables": {}, "tests": [], **found}))
    return left_outcome(job)


def sources(lineage: object, dataset: str, column: str) -> dict[str, bool]:
    """Return the columns that a column comes of, inputs marked with ``<``; and whether directly."""
    assert isinstance(lineage, dict)
    return {
        f"{'<' if each.is_input else ''}{each.name}.{each.column}": each.is_direct
        for each in lineage[dataset]
        if each.output == column
    }


def table(name: str, *columns: str, query: str | None = None, **more: object) -> InnerTable:
    return InnerTable(name=("w", "main", name), columns=columns, query=query, **more)  # type: ignore[arg-type]


def test_columns_of_dbt_go_through_ephemeral_models_ctes_windows_and_stars(tmp_path: Path) -> None:
    outcome = recorded(tmp_path, "dbt")
    found = inner_lineage(outcome, inputs=INPUTS, datasets=("fct_delays", "dim_carriers", "worst_hours"))
    filters = {"<departures.carrier": False, "<departures.dep_delay": False, "<departures.dest": False}
    assert sources(found, "fct_delays", "dep_delay") == filters | {"<departures.dep_delay": True}
    assert sources(found, "fct_delays", "origin") == filters | {"<departures.origin": True}
    # A window orders and parts by columns, and none of their values is in a place.
    assert sources(found, "fct_delays", "place") == filters
    assert sources(found, "dim_carriers", "distance_km") == {
        "<departures.distance": True, "<departures.dest": False, "<departures.carrier": False,
    }  # fmt: skip
    # Another dataset of the node is an end: its own lineage goes on from there.
    assert sources(found, "worst_hours", "wind") == {
        "<hourly.wind": True, "<hourly.time_hour": False, "fct_delays.time_hour": False,
    }  # fmt: skip


def test_datasets_that_are_not_yielded_are_gone_through(tmp_path: Path) -> None:
    found = inner_lineage(recorded(tmp_path, "dbt"), inputs=INPUTS, datasets=("worst_hours",))
    assert set(found) == {"worst_hours"}
    assert sources(found, "worst_hours", "worst") == {
        "<departures.dep_delay": True, "<departures.time_hour": False, "<hourly.time_hour": False,
        "<departures.carrier": False, "<departures.dest": False,
    }  # fmt: skip


def test_columns_of_sqlmesh_go_through_embedded_models(tmp_path: Path) -> None:
    found = inner_lineage(recorded(tmp_path, "sqlmesh"), inputs=INPUTS, datasets=("late_by_day", "dim_carriers"))
    assert sources(found, "late_by_day", "worst") == {
        "<departures.dep_delay": True, "<departures.time_hour": False, "<departures.carrier": False,
        "<hourly.time_hour": False,
    }  # fmt: skip
    assert sources(found, "dim_carriers", "miles")["<departures.distance"] is True


def test_code_that_is_no_sql_may_carry_any_column_into_any() -> None:
    inside = (
        table("orders", "id", "total", input="departures"),
        table("scored", "id", "score", reads=(("w", "main", "orders"),)),
        table("best", "score", dataset="best", query="select score from main.scored where id > 3"),
    )
    found = inner_lineage(Outcome(inside=inside), inputs=INPUTS, datasets=("best",))
    assert sources(found, "best", "score") == {"<departures.id": True, "<departures.total": True}


def test_a_name_that_could_be_two_tables_is_neither() -> None:
    inside = (
        InnerTable(name=("w", "a", "orders"), columns=("id",), input="departures"),
        InnerTable(name=("w", "b", "orders"), columns=("id",), input="hourly"),
        table("short", "id", dataset="short", query="select id from orders"),
        table("long", "id", dataset="long", query='select id from "W"."B".Orders'),
    )
    found = inner_lineage(Outcome(inside=inside), inputs=INPUTS, datasets=("short", "long"))
    assert set(found) == {"long"}
    assert sources(found, "long", "id") == {"<hourly.id": True}


@pytest.mark.parametrize(
    "query",
    ["", "this is no sql", "select 1; select 2", "insert into x select * from orders", "select id from nowhere"],
)
def test_a_query_that_cannot_be_followed_fails_nothing(query: str) -> None:
    inside = (
        table("orders", "id", input="departures"),
        table("made", "id", dataset="made", query=query),
        table("fine", "id", dataset="fine", query="select id from orders"),
    )
    found = inner_lineage(Outcome(inside=inside), inputs=INPUTS, datasets=("made", "fine"))
    assert set(found) == {"fine"}


def test_what_comes_of_nothing_is_known(tmp_path: Path) -> None:
    found = inner_lineage(recorded(tmp_path, "dbt"), inputs=INPUTS, datasets=("carriers",))
    assert found == {"carriers": ()}
    inside = (
        table("one", "a", dataset="one", query="select 1 as a"),
        table("code", "a", dataset="code", reads=(("x",),)),
    )
    assert inner_lineage(Outcome(inside=inside), inputs=INPUTS, datasets=("one", "code")) == {"one": ()}
    assert outcome_of(outcome_text(JobOutcome(job="a", lineage={"one": ()}))).lineage == {"one": ()}


def test_tables_that_read_one_another_end() -> None:
    inside = (
        table("orders", "id", input="departures"),
        table("one", "id", dataset="one", query="select id from orders union all select id from two"),
        table("two", "id", query="select id from one"),
        table("own", "id", dataset="own", query="select o.id from orders o left join own using (id)"),
    )
    found = inner_lineage(Outcome(inside=inside), inputs=INPUTS, datasets=("one", "own"))
    assert sources(found, "one", "id")["<departures.id"] is True
    assert sources(found, "own", "id") == {"<departures.id": True}


def test_a_tool_that_knows_its_lineage_has_the_last_word() -> None:
    given = {"made": {"id": (("departures", "carrier"), ("other", "key"), ("nobody", "x"))}, "unasked": {"a": ()}}
    inside = (table("made", "id", dataset="made", query="select 1 as id"),)
    found = inner_lineage(Outcome(inside=inside, lineage=given), inputs=INPUTS, datasets=("made", "other"))
    assert found == {
        "made": (
            LeftSource(output="id", name="departures", is_input=True, column="carrier"),
            LeftSource(output="id", name="other", is_input=False, column="key"),
        )
    }


def test_a_thousand_models_in_a_chain_are_followed() -> None:
    chain = [table("m0", "id", "n", input="departures")]
    chain += [
        table(f"m{place}", "id", "n", dataset=f"m{place}", query=f"select id, n from w.main.m{place - 1} where n > 0")
        for place in range(1, 1001)
    ]
    found = inner_lineage(Outcome(inside=tuple(reversed(chain))), inputs=INPUTS, datasets=("m1000",))
    assert sources(found, "m1000", "id") == {"<departures.id": True, "<departures.n": False}


def test_what_is_kept_of_lineage_is_read_again(tmp_path: Path) -> None:
    lineage = inner_lineage(
        recorded(tmp_path, "dbt"), inputs=INPUTS, datasets=("fct_delays", "dim_carriers", "worst_hours")
    )
    kept = JobOutcome(job="a", lineage=lineage)
    assert outcome_of(outcome_text(kept)) == kept
    assert "lineage" not in json.loads(outcome_text(JobOutcome(job="a")))  # as releases before wrote it


def test_jobs_of_several_items_are_one_lineage() -> None:
    one = LeftSource(output="id", name="departures", is_input=True, column="id")
    two = LeftSource(output="id", name="departures", is_input=True, column="carrier", is_direct=False)
    indirect = LeftSource(output="id", name="departures", is_input=True, column="id", is_direct=False)
    assert joined_lineage([{"a": (one,)}, {"a": (two, indirect), "b": (two,)}]) == {"a": (two, one), "b": (two,)}
