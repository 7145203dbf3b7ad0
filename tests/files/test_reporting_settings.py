"""`prices` and `openlineage` as they are read."""

from __future__ import annotations

from pathlib import Path

import pytest
from loader_cases import MESH
from mesh_folders import GOOD, write_mesh

from meshwright.files.loader import load_mesh
from meshwright.model import Mesh
from meshwright.model.prices import NO_PRICES
from meshwright.model.reporting import NO_LINEAGE


def load(root: Path, more: str) -> Mesh:
    loaded = load_mesh(write_mesh(root, {**GOOD, "mesh.yaml": f"{MESH}{more}\n"}))
    assert loaded.diagnostics == ()
    assert loaded.mesh is not None
    return loaded.mesh


def test_prices_are_of_one_unit_whatever_they_are_written_for(tmp_path: Path) -> None:
    text = "prices: {currency: EUR, cpu_s: 0.00002, bytes_read: {price: 5, per: 1TB}, credits: {price: 3, per: 2}, free: 0}"
    prices = load(tmp_path, text).prices
    assert prices.currency == "EUR"
    assert dict(prices.each) == pytest.approx({"cpu_s": 2e-5, "bytes_read": 5e-12, "credits": 1.5, "free": 0.0})
    assert prices.amount({"cpu_s": 10, "bytes_read": 10**12, "unknown": 7}) == pytest.approx(5.0002)
    assert prices.amount({"unknown": 7}) is None


def test_where_events_go_is_kept_as_written(tmp_path: Path) -> None:
    text = (
        "openlineage: {url: '${env:OL}', api_key: '${env:KEY}', headers: {X-A: b}, file: x.ndjson, namespace: 'a://b', "
        "endpoint: in}"
    )
    found = load(tmp_path, text).openlineage
    assert (found.url, found.api_key, dict(found.headers)) == ("${env:OL}", "${env:KEY}", {"X-A": "b"})
    assert (found.file, found.namespace, found.endpoint, found.is_on) == ("x.ndjson", "a://b", "in", True)


@pytest.mark.parametrize("url", ["${vault:kv/ol#url}", "https://${aws:ol#host}/x", "https://ana:${file:key}@host"])
def test_where_events_go_may_be_any_secret(tmp_path: Path, url: str) -> None:
    rest = "api_key: '${keyring:ol/key}', headers: {A: 'b ${gcp:projects/p/secrets/s}'}"
    found = load(tmp_path, f"openlineage: {{url: '{url}', {rest}}}").openlineage
    assert (found.url, found.api_key, dict(found.headers)) == (
        url,
        "${keyring:ol/key}",
        {"A": "b ${gcp:projects/p/secrets/s}"},
    )


def test_a_mesh_says_nothing_of_either_by_default(tmp_path: Path) -> None:
    mesh = load(tmp_path, "")
    assert (mesh.prices, mesh.openlineage) == (NO_PRICES, NO_LINEAGE)
    assert not mesh.openlineage.is_on
