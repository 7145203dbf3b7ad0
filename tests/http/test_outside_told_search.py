"""What outside tools told of is found by URL, as of now, and each hit leads to what it is."""

from __future__ import annotations

from tests.http.serving import Served
from tests.meshes import write_file
from tests.told_events import Event, dataset, dataset_event, facet, run_event

SNOW = ("snowflake://acme", "DB.SALES.DAILY_TOTALS")


def test_what_is_told_later_is_found_at_once_and_what_an_alias_makes_ours_no_more(shop: Served) -> None:
    def found(text: str) -> list[tuple[str, str]]:
        answer = shop.viewer.get("/api/v1/search", params={"q": text})
        assert answer.status_code == 200, answer.text
        return [(hit["kind"], hit["address"]) for hit in answer.json()["hits"] if hit["kind"].startswith("outside")]

    def post(event: Event) -> None:
        assert shop.administrator.post("/api/v1/lineage", json=event).status_code == 200

    assert found("warehouse") == []
    post(run_event(job=("j", "load"), outputs=[dataset("snowflake://acme", "WAREHOUSE.S.T")]))
    assert found("warehouse") == [("outside-dataset", "snowflake://acme/WAREHOUSE.S.T")]
    post(run_event(job=("j", "load"), outputs=[dataset("snowflake://acme", "ATTIC.S.T")]))
    assert found("attic") == [("outside-dataset", "snowflake://acme/ATTIC.S.T")]
    post(dataset_event(dataset("snowflake://acme", "WAREHOUSE.S.T", documentation=facet(description="Zebras."))))
    assert found("zebras") == [("outside-dataset", "snowflake://acme/WAREHOUSE.S.T")]
    post(
        dataset_event(
            dataset("snowflake://acme", "WAREHOUSE.S.T", documentation=facet(_deleted=True)), "2026-06-01T00:00:00Z"
        )
    )
    assert found("zebras") == []
    write_file(
        shop.root,
        "domains/sales/totals/pipeline.yaml",
        "aliases:\n  per_customer: [{namespace: 'snowflake://acme', name: WAREHOUSE.S.T}]\n",
    )
    shop.look()
    assert found("warehouse") == []


def test_a_hit_leads_to_what_it_is(shop: Served) -> None:
    assert shop.administrator.post("/api/v1/lineage", json=run_event(outputs=[dataset(*SNOW)])).status_code == 200
    answer = shop.viewer.get("/api/v1/search", params={"q": "snowflake", "kind": "outside-dataset"}).json()
    [hit] = answer["hits"]
    card = shop.viewer.get(answer["links"]["hits"][hit["address"]])
    assert card.json()["id"] == hit["id"]
    jobs = shop.viewer.get("/api/v1/search", params={"q": "nightly", "kind": "outside-job"}).json()
    assert shop.viewer.get(jobs["links"]["hits"][jobs["hits"][0]["address"]]).json()["schema"] == "meshwright/job/1"
    assert jobs["counts"]["outside-job"] == 1
    limited = shop.viewer.get("/api/v1/search", params={"q": "snowflake", "domain": "sales"}).json()
    assert limited["hits"] == []
