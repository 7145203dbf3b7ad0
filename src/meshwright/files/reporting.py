"""`mesh.yaml`, the keys ``prices`` and ``openlineage``: what resources cost, and where events of runs go."""

from __future__ import annotations

import math
import re
from types import MappingProxyType
from urllib.parse import urlsplit

from meshwright.files.fields import Fields, Keys, open_fields
from meshwright.files.literals import SIZE_FORM, size_bytes
from meshwright.files.yaml import YamlEntry, YamlMapping, YamlScalar, shown
from meshwright.model.prices import NO_PRICES, Prices
from meshwright.model.references import SECRET_KINDS, Reference, holds_secret, split_text, without_references
from meshwright.model.reporting import NO_LINEAGE, LineageSettings

#: Every other key of `prices` is a unit.
_PRICES_KEYS = Keys(known=("currency",), required=("currency",))
_PRICE_KEYS = Keys(known=("price", "per"), required=("price", "per"))
_LINEAGE_KEYS = Keys(known=("url", "endpoint", "api_key", "headers", "file", "namespace"))
_CURRENCY = re.compile(r"[A-Z]{3}")
_UNIT = re.compile(r"[a-z][a-z0-9_]{0,47}")
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
_NAMESPACE = re.compile(r"[A-Za-z0-9][A-Za-z0-9:/@._-]{0,199}")
_PRICE_FORM = "a price, zero or more, or a mapping such as {price: 5, per: 1TB}"


def read_prices(fields: Fields) -> Prices:
    """Return what units of resources cost: ``{currency: EUR, cpu_s: 0.00002, bytes_read: {price: 5, per: 1TB}}``."""
    mapping = fields.nested("prices")
    if mapping is None:
        return NO_PRICES
    each: dict[str, float] = {}
    inner = Fields(mapping=mapping, what="prices", findings=fields.findings)
    for entry in mapping:
        if entry.key in _PRICES_KEYS.known:
            continue
        if not _UNIT.fullmatch(entry.key):
            message = (
                f"'{entry.key[:60]}' cannot be a unit: a lower-case letter, then lower-case letters, digits and '_'"
            )
            fix = "units of meshwright are cpu_s, bytes_read, bytes_written, rows_written; tools bring their own"
            inner.find("MW-R077", message, entry.key_span, fix)
        elif (price := _price(inner, entry)) is not None:
            each[entry.key] = price
    return Prices(currency=_currency(inner), each=MappingProxyType(each))


def _currency(fields: Fields) -> str:
    currency = fields.text("currency")
    if currency is None:
        if "currency" not in fields.mapping:
            fields.find("MW-M102", "prices lacks 'currency'", fields.mapping.span, "add 'currency: EUR'")
        return ""
    if not _CURRENCY.fullmatch(currency):
        node = fields.mapping.by_key["currency"].value
        fields.wrong_value("currency", node, "a currency of three capital letters (ISO 4217)", "write for example EUR")
        return ""
    return currency


def _price(fields: Fields, entry: YamlEntry) -> float | None:
    """Return the price of one unit; None, with a finding, where there is none."""
    if isinstance(entry.value, YamlMapping):
        inner = open_fields(entry.value, _PRICE_KEYS, what=f"the price of {entry.key}", findings=fields.findings)
        given, per = entry.value.get("price"), entry.value.get("per")
        price = _number(given) if given is not None else None
        count = _count(per) if per is not None else None
        if given is not None and price is None:
            inner.wrong_value("price", given, "a number, zero or more")
        if per is not None and count is None:
            inner.wrong_value("per", per, f"a number above zero, or {SIZE_FORM}")
        return None if price is None or count is None else price / count
    found = _number(entry.value)
    if found is None and not _is_refused(entry.value):
        fields.wrong_value(entry.key, entry.value, _PRICE_FORM)
    return found


def _is_refused(node: object) -> bool:
    """Whether `files.documents` has refused a value already, for what it refers to."""
    return isinstance(node, YamlScalar) and "${" in node.text


def _number(node: object) -> float | None:
    value = node.value if isinstance(node, YamlScalar) else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) and number >= 0 else None


def _count(node: object) -> float | None:
    if isinstance(node, YamlScalar) and isinstance(node.value, str):
        return size_bytes(node.value)
    number = _number(node)
    return number or None


def read_lineage(fields: Fields) -> LineageSettings:
    """Return where OpenLineage events go."""
    mapping = fields.nested("openlineage")
    if mapping is None:
        return NO_LINEAGE
    inner = open_fields(mapping, _LINEAGE_KEYS, what="openlineage", findings=fields.findings)
    _refuse_references(inner, "endpoint", "file", "namespace")
    settings = LineageSettings(
        url=_url(inner),
        endpoint=inner.text("endpoint") or LineageSettings().endpoint,
        api_key=inner.text("api_key", may_refer=True),
        headers=MappingProxyType(dict(_headers(inner))),
        file=_file(inner),
        namespace=_namespace(inner),
    )
    if not {"url", "file"} & {entry.key for entry in mapping}:
        fix = "write url: http://host:5000, or file: lineage.ndjson, or remove openlineage"
        inner.find("MW-R078", "openlineage names neither a url nor a file: events would go nowhere", mapping.span, fix)
    if settings.url is None and ({"api_key", "headers", "endpoint"} & mapping.by_key.keys()) and "url" not in inner:
        fix = "add url, or remove what is only for one"
        inner.find("MW-R078", "openlineage has no url to send its headers to", mapping.span, fix)
    return settings


def _refuse_references(fields: Fields, *keys: str) -> None:
    """Refuse references in what is no secret and must be known when the mesh is read."""
    for key in keys:
        node = fields.mapping.get(key)
        if isinstance(node, YamlScalar) and "${" in node.text:
            message = f"the reference '{shown(node.text)}' cannot stand here"
            fields.find("MW-M404", message, node.span, "write the value itself; url, api_key and headers take secrets")


def _url(fields: Fields) -> str | None:
    url = fields.text("url", may_refer=True)
    split = split_text(url or "", kinds=SECRET_KINDS)
    if url is None or split.problems or (split.parts and isinstance(split.parts[0], Reference)):
        return url  # what is wrong is told by `files.documents`; what only the store knows, when it is sent
    try:
        parts = urlsplit(without_references(url, "x"))
        is_known = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_known = False
        parts = None
    # The address is not repeated: it may hold a password.
    if not is_known:
        fields.find("MW-R079", "'url' of openlineage is no http or https address", fields.span_of("url"), _URL_FIX)
        return None
    if parts is not None and parts.password and not holds_secret(url.rpartition("@")[0]):
        message = "'url' of openlineage holds a password"
        fields.find("MW-R079", message, fields.span_of("url"), "write api_key: ${env:NAME} in its place")
        return None
    return url


_URL_FIX = "write for example http://localhost:5000, or ${env:OPENLINEAGE_URL}"


def _headers(fields: Fields) -> list[tuple[str, str]]:
    mapping = fields.nested("headers")
    found: list[tuple[str, str]] = []
    if mapping is None:
        return found
    inner = Fields(mapping=mapping, what="headers of openlineage", findings=fields.findings)
    for entry in mapping:
        text = inner.text(entry.key, may_refer=True)
        if not _HEADER.fullmatch(entry.key):
            inner.find(
                "MW-R079", f"'{entry.key[:60]}' is no name of a header", entry.key_span, "write for example X-Team"
            )
        elif text is not None and not text.isprintable():
            inner.find("MW-R079", f"header '{entry.key}' holds a control character", entry.value.span, "remove it")
        elif text is not None:
            found.append((entry.key, text))
    return found


def _file(fields: Fields) -> str | None:
    file = fields.text("file")
    if file is not None and ("://" in file or "\0" in file or file.endswith("/")):
        fields.find(
            "MW-R079",
            "'file' of openlineage is no path of a file",
            fields.span_of("file"),
            "write a path such as lineage.ndjson",
        )
        return None
    return file


def _namespace(fields: Fields) -> str | None:
    namespace = fields.text("namespace")
    if namespace is not None and not _NAMESPACE.fullmatch(namespace):
        node = fields.mapping.by_key["namespace"].value
        fields.wrong_value("namespace", node, "a namespace: letters, digits and :/@._-", "write for example aviation")
        return None
    return namespace
