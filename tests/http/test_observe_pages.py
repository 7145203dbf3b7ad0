"""What the pages on outside tools say is sent is taken in."""

from __future__ import annotations

import json
import re

from tests.docs.pages import ROOT, examples, page
from tests.http.serving import Served


def test_examples_of_the_reference_are_taken_in(shop: Served) -> None:
    first, several = [json.loads(each.text) for each in examples(page("observe.md")) if each.language == "json"]
    body = first | {"status": "succeeded"}
    assert shop.administrator.post("/api/v1/observe/run-status", json=body).status_code == 200
    answer = shop.administrator.post("/api/v1/observe", json=several)
    assert answer.status_code == 200, answer.text
    assert {each["event"] for each in several} == {
        "run-status", "dataset-operation", "metric-log", "message-log", "test-outcomes",
    }  # fmt: skip


def test_the_command_of_the_how_to_page_is_taken_in(shop: Served) -> None:
    text = (ROOT / "docs/how-to/outside-tools.md").read_text(encoding="utf-8")
    [(path, body)] = re.findall(r"http://127\.0\.0\.1:8080(\S+) \\\s+-d '(.*?)'", text, re.DOTALL)
    answer = shop.administrator.post(path, json=json.loads(body))
    assert answer.status_code == 200, answer.text
    [job] = shop.viewer.get("/api/v1/jobs").json()["jobs"]
    assert job["writes"] == ["s3://lake/landing/orders"]


def test_every_bound_of_the_reference_is_that_of_the_code() -> None:
    from meshwright.faces.http.limits import LimitSettings
    from meshwright.files.standards.openlineage import bounds

    openlineage = page("openlineage.md")
    assert f"up to {bounds.MOST_EVENTS:,}" in openlineage
    assert bounds.MOST_EVENT_BYTES == 5 * 1024 * 1024
    assert bounds.MOST_BYTES == 8 * 1024 * 1024 == LimitSettings().larger["/openlineage"]
    for words in (
        f"{bounds.MOST_DEPTH} levels",
        f"{bounds.MOST_DATASETS:,} datasets",
        f"{bounds.MOST_COLUMNS:,} columns",
        f"{bounds.MOST_FACETS} facets",
        f"{bounds.MOST_FACET_BYTES // 1024} KiB",
        "5 MiB at most, a batch 8 MiB",
    ):
        assert words in openlineage, words
