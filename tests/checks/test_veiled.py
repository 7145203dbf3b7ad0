"""What a sandbox shows of evidence on parts of columns and on keys: no value of a masked column, whatever it is named by."""

from __future__ import annotations

import pytest

from meshwright.checks.spec import CheckSpec, Evidence, Into, Metric, Outcome, PathStep
from meshwright.checks.veiled import MASKED, veiled_evidence
from meshwright.model import Veil

CITY = (PathStep(into=Into.FIELD, name="city"),)
ROW = {"id": 1, "address": "{'city': Ulm}", "mail": "a@b.c"}
VALUE = {"address.city": "Ulm"}


def shown(spec: CheckSpec, sample: dict[str, object], masked: dict[str, dict[str, str]]) -> dict[str, object]:
    evidence = Evidence(
        version="v", check=spec.fingerprint, others="", outcome=Outcome.FAIL, failing_rows=1, sample=(sample,)
    )
    veil = Veil(masked=masked, method="hash")
    (row,) = veiled_evidence(spec, evidence, veil).sample
    return dict(row)


@pytest.mark.parametrize(
    ("sample", "hidden", "expected"),
    [
        (ROW, "address", {**ROW, "address": MASKED}),
        (ROW, "mail", {**ROW, "mail": MASKED}),
        (ROW, "other", ROW),
        (VALUE, "address", {"address.city": MASKED}),
        (VALUE, "mail", VALUE),
    ],
)
def test_values_inside_of_a_masked_column_are_masked(
    sample: dict[str, object], hidden: str, expected: dict[str, object]
) -> None:
    spec = CheckSpec(id="r", dataset="a.b.c", metric=Metric.NULL_VALUES, columns=("address",), path=CITY)
    assert shown(spec, sample, {"a.b.c": {hidden: "pii"}}) == expected


def test_a_foreign_key_shows_its_own_rows_where_only_the_other_dataset_is_masked() -> None:
    spec = CheckSpec(id="r", dataset="a.b.c", metric=Metric.FOREIGN_KEY, columns=("id",), reads=("a.b.d",))
    assert shown(spec, ROW, {"a.b.d": {"id": "pii"}}) == ROW
    assert shown(spec, ROW, {"a.b.c": {"mail": "pii"}}) == {**ROW, "mail": MASKED}
