"""Broken `prices` and `openlineage` of mesh.yaml, and every finding that must come of each."""

# fmt: off

from __future__ import annotations

from loader_cases import MESH, Case, one


def _mesh(name: str, line: str, code: str, column: int, fix: str) -> Case:
    """Return a case with one line more in mesh.yaml, which is the fourth, and one finding in it."""
    return one(name, {"mesh.yaml": f"{MESH}{line}\n"}, code, f"mesh.yaml:4:{column}", fix)


REPORTING = (
    _mesh("prices are no mapping", "prices: 3", "MW-M103", 9, "write a mapping"),
    _mesh("prices without a currency", "prices: {cpu_s: 0.1}", "MW-M102", 9, "currency: EUR"),
    _mesh("currency of words", "prices: {currency: euro, cpu_s: 0.1}", "MW-M104", 20, "EUR"),
    _mesh("currency is a number", "prices: {currency: 12, cpu_s: 0.1}", "MW-M103", 20, "write text"),
    _mesh("unit of words", "prices: {currency: EUR, CPU seconds: 0.1}", "MW-R077", 25, "cpu_s"),
    _mesh("price below zero", "prices: {currency: EUR, cpu_s: -1}", "MW-M104", 32, "a price"),
    _mesh("price is text", "prices: {currency: EUR, cpu_s: cheap}", "MW-M104", 32, "a price"),
    _mesh("price is a truth", "prices: {currency: EUR, cpu_s: true}", "MW-M104", 32, "a price"),
    _mesh("price is infinite", "prices: {currency: EUR, cpu_s: .inf}", "MW-M104", 32, "a price"),
    _mesh("price without an amount", "prices: {currency: EUR, bytes_read: {price: 5}}", "MW-M102", 37, "per"),
    _mesh("price for nothing", "prices: {currency: EUR, bytes_read: {price: 5, per: 0}}", "MW-M104", 53, "above zero"),
    _mesh("price for a word", "prices: {currency: EUR, bytes_read: {price: 5, per: lots}}", "MW-M104", 53, "above zero"),
    _mesh("price with a further key", "prices: {currency: EUR, bytes_read: {price: 5, per: 1TB, of: x}}", "MW-M101", 58, "price"),
    _mesh("price is a secret", "prices: {currency: EUR, cpu_s: '${env:PRICE}'}", "MW-M404", 32, "write the value"),
    _mesh("events go nowhere", "openlineage: {namespace: acme}", "MW-R078", 14, "url: http"),
    _mesh("events have a key and no url", "openlineage: {file: x.ndjson, api_key: abc}", "MW-R078", 14, "add url"),
    _mesh("openlineage has a further key", "openlineage: {file: x.ndjson, uri: http://x}", "MW-M101", 31, "url"),
    _mesh("url of another kind", "openlineage: {url: kafka://host}", "MW-R079", 20, "http://localhost:5000"),
    _mesh("url without a host", "openlineage: {url: 'http://'}", "MW-R079", 20, "http://localhost:5000"),
    _mesh("url with a wrong port", "openlineage: {url: 'http://host:99999'}", "MW-R079", 20, "http://localhost:5000"),
    _mesh("url with a password", "openlineage: {url: 'http://ana:secret@host'}", "MW-R079", 20, "${env:NAME}"),
    _mesh("header of words", "openlineage: {url: http://host, headers: {a b: c}}", "MW-R079", 43, "X-Team"),
    _mesh("header of two lines", 'openlineage: {url: http://host, headers: {X-A: "a\\r\\nX-B: c"}}', "MW-R079", 48, "remove it"),
    _mesh("file is a url", "openlineage: {file: s3://bucket/x}", "MW-R079", 21, "lineage.ndjson"),
    _mesh("namespace with spaces", "openlineage: {file: x, namespace: a b}", "MW-M104", 35, "aviation"),
    _mesh("openlineage from a value", "openlineage: {url: '${param:x}'}", "MW-M404", 20, "${env:NAME}"),
    _mesh("openlineage from no secret", "openlineage: {url: 'http://x/${vault:kv}'}", "MW-X651", 20, "kv/path#key"),
    _mesh("file of events by reference", "openlineage: {file: '${env:X}'}", "MW-M404", 21, "url, api_key"),
    _mesh("namespace by reference", "openlineage: {file: x, namespace: 'a${env:X}'}", "MW-M404", 35, "url, api_key"),
)
