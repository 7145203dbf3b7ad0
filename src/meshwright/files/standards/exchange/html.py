"""A contract as one page that stands alone: no scripts, nothing loaded from elsewhere, every value escaped."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Final

from meshwright.files.standards.exchange.outcome import Subject, Written
from meshwright.model.shapes import Relation, Shape, TableShape

_STYLE: Final = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }
h1 { margin-bottom: 0; }
table { border-collapse: collapse; width: 100%; margin: .5rem 0 1.5rem; }
th, td { text-align: left; vertical-align: top; padding: .35rem .6rem; border-bottom: 1px solid #8886; overflow-wrap: anywhere; }
code { font-family: ui-monospace, monospace; font-size: .92em; }
.mark { border: 1px solid #8888; border-radius: .4rem; padding: 0 .4rem; font-size: .8em; white-space: nowrap; }
.dim { opacity: .7; }
.text { white-space: pre-wrap; }
"""
#: Beginnings of addresses that a page may link to.
_LINKED: Final = ("https://", "http://", "mailto:")
_CONTENT: Final = "default-src 'none'; style-src 'unsafe-inline'"


def write_html(subject: Subject) -> Written:
    """Write the page."""
    return Written(text="".join(f"{line}\n" for line in _page(subject)))


def _page(subject: Subject) -> Iterator[str]:
    document = subject.document
    title = subject.text("name") or subject.text("id") or "Contract"
    yield "<!doctype html>"
    yield '<html lang="en">'
    yield "<head>"
    yield '<meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{_CONTENT}">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<title>{_e(title)}</title>"
    yield f"<style>{_STYLE}</style>"
    yield "</head>"
    yield "<body>"
    yield f"<h1>{_e(title)}</h1>"
    facts = [("version", "version"), ("status", "status"), ("id", "id"), ("domain", "domain"), ("dataProduct", "data product"),
             ("tenant", "tenant")]  # fmt: skip
    shown = [f"{words} <strong>{_e(document[key])}</strong>" for key, words in facts if document.get(key) is not None]
    yield f'<p class="dim">{" · ".join(shown)}</p>'
    yield from _tags(document.get("tags"))
    yield from _description(document.get("description"))
    if len(subject.tables) > 1:
        yield "<h2>Objects</h2>"
        yield "<ul>"
        yield from (
            f'<li><a href="#object-{place}">{_e(table.name)}</a></li>' for place, table in enumerate(subject.tables, 1)
        )
        yield "</ul>"
    for place, table in enumerate(subject.tables, 1):
        yield from _table(table, place)
    yield from _records(
        "Service levels", document.get("slaProperties"), ("property", "value", "unit", "element", "description")
    )
    yield from _owners(document.get("team"))
    support = ("channel", "tool", "scope", "url", "description")
    yield from _records("Support", document.get("support"), support)
    yield from _records("Roles", document.get("roles"), ("role", "access", "description", "firstLevelApprovers"))
    yield from _price(document.get("price"))
    yield from _records("Servers", document.get("servers"), ("server", "type", "environment", "description"))
    yield from _records("Definitions", document.get("authoritativeDefinitions"), ("type", "url", "description"))
    yield from _records("Further properties", document.get("customProperties"), ("property", "value", "description"))
    yield "</body>"
    yield "</html>"


def _e(value: object) -> str:
    """Escape a value for text and for attributes; what is no text is written as JSON."""
    return escape(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str), quote=True)


def _text(value: object) -> str:
    return f'<span class="text">{_e(value)}</span>'


def _linked(value: object) -> str:
    if isinstance(value, str) and value.lower().startswith(_LINKED):
        return f'<a href="{_e(value)}" rel="noopener noreferrer">{_e(value)}</a>'
    return _text(value)


def _tags(value: object) -> Iterator[str]:
    if isinstance(value, (list, tuple)) and value:
        yield f"<p>{' '.join(_mark(each) for each in value)}</p>"


def _mark(value: object) -> str:
    return f'<span class="mark">{_e(value)}</span>'


def _description(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield f"<p>{_text(value)}</p>"
    elif isinstance(value, Mapping):
        for key, words in (("purpose", "Purpose"), ("usage", "Usage"), ("limitations", "Limitations")):
            if value.get(key):
                yield f"<p><strong>{words}.</strong> {_text(value[key])}</p>"


def _grid(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield a table; cells are HTML."""
    yield "<table>"
    yield f"<thead><tr>{''.join(f'<th>{_e(each)}</th>' for each in headings)}</tr></thead>"
    yield "<tbody>"
    yield from (f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    yield "</tbody>"
    yield "</table>"


def _records(heading: str, value: object, keys: Sequence[str]) -> Iterator[str]:
    """Yield a section for a list of mappings; keys that are not named stand in a column of their own."""
    records = [each for each in value if isinstance(each, Mapping)] if isinstance(value, (list, tuple)) else []
    if not records:
        return
    used = [key for key in keys if any(each.get(key) is not None for each in records)]
    others = any(set(each) - set(keys) for each in records)
    yield f"<h2>{_e(heading)}</h2>"
    rows = [
        [
            *(_linked(each[key]) if each.get(key) is not None else "" for key in used),
            *([_rest(each, keys)] if others else []),
        ]
        for each in records
    ]
    yield from _grid([*used, *(["more"] if others else [])], rows)


def _rest(record: Mapping[str, object], known: Sequence[str]) -> str:
    return "<br>".join(f"{_e(key)}: <code>{_e(value)}</code>" for key, value in record.items() if key not in known)


def _owners(value: object) -> Iterator[str]:
    keys = ("username", "name", "role", "dateIn", "dateOut", "description")
    if isinstance(value, Mapping):
        name, words = value.get("name"), value.get("description")
        yield from _records("Owners", value.get("members"), keys) if value.get("members") else ["<h2>Owners</h2>"]
        if name or words:
            yield f"<p><strong>{_e(name or '')}</strong> {_text(words or '')}</p>"
    else:
        yield from _records("Owners", value, keys)


def _price(value: object) -> Iterator[str]:
    if isinstance(value, Mapping) and value:
        yield from _records("Price", [value], ("priceAmount", "priceCurrency", "priceUnit"))


def _table(table: TableShape, place: int) -> Iterator[str]:
    yield f'<h2 id="object-{place}">{_e(table.name)}</h2>'
    if table.title:
        yield f"<p><strong>{_e(table.title)}</strong></p>"
    if table.is_deprecated:
        yield f"<p>{_mark('deprecated')}</p>"
    yield from _tags(list(table.tags))
    if table.description:
        yield f"<p>{_text(table.description)}</p>"
    if table.columns:
        rows = [row for column in table.columns for row in _rows(column, table, column.name, 0)]
        yield from _grid(("name", "type", "promises", "description"), rows)
    else:
        yield '<p class="dim">No properties: the contract constrains no columns.</p>'
    keys = [("primary key", table.key)] if len(table.key) > 1 else []
    keys += [("unique together", names) for names in table.uniques]
    if keys or table.relations:
        yield "<ul>"
        yield from (f"<li>{words}: <code>{_e(', '.join(names))}</code></li>" for words, names in keys)
        yield from (f"<li>{_relation(each)}</li>" for each in table.relations)
        yield "</ul>"
    yield from _rules(table)


def _relation(relation: Relation) -> str:
    target = ", ".join(f"{relation.table}.{column}" for column in relation.target_columns)
    return f"<code>{_e(', '.join(relation.columns))}</code> is found in <code>{_e(target)}</code>"


def _rows(shape: Shape, table: TableShape | None, path: str, depth: int) -> Iterator[list[str]]:
    """Yield the row of a value, and those of what lies in it."""
    pad = f' style="padding-left: {depth}rem"' if depth else ""
    kind = shape.physical or shape.logical or ""
    logical = f' <span class="dim">{_e(shape.logical)}</span>' if shape.logical and shape.physical else ""
    words = [_text(each) for each in (shape.title, shape.description) if each]
    yield [
        f"<code{pad}>{_e(path)}</code>",
        f"<code>{_e(kind)}</code>{logical}",
        " ".join(_promises(shape, table)),
        "<br>".join(words),
    ]
    for each in shape.properties:
        yield from _rows(each, None, f"{path}.{each.name}", depth + 1)
    for inner, suffix in ((shape.items, "[]"), (shape.key, "{key}"), (shape.value, "{value}")):
        if inner is not None:
            yield from _rows(inner, None, f"{path}{suffix}", depth + 1)


def _promises(shape: Shape, table: TableShape | None) -> Iterator[str]:
    is_keyed = table is not None and shape.name in table.key
    for is_so, words in (
        (is_keyed, "primary key"),
        (shape.is_required, "required"),
        (shape.is_unique, "unique"),
        (shape.is_deprecated, "deprecated"),
    ):
        if is_so:
            yield _mark(words)
    if shape.classification:
        yield _mark(shape.classification)
    yield from (f"<code>{_e(option)}: {_e(value)}</code>" for option, value in shape.options.items())
    if shape.enum:
        yield f"one of <code>{_e(', '.join(map(str, shape.enum)))}</code>"
    yield from map(_mark, shape.tags)


def _rules(table: TableShape) -> Iterator[str]:
    found = [("", rule) for rule in table.rules]
    found += [(column.name, rule) for column in table.columns for rule in column.rules]
    if not found:
        return
    keys = ("name", "metric", "query", "description", "severity")
    yield "<h3>Quality</h3>"
    rows = []
    for column, rule in found:
        what = rule.get("metric") or rule.get("query") or rule.get("type") or ""
        name = rule.get("name") or rule.get("id") or ""
        rest = _rest(rule, (*keys, "id", "type"))
        words = _text(rule["description"]) if rule.get("description") else ""
        rows.append([_e(name), f"<code>{_e(column)}</code>" if column else "", f"<code>{_e(what)}</code>", rest,
                     _e(rule.get("severity") or "error"), words])  # fmt: skip
    yield from _grid(("rule", "property", "measures", "must", "severity", "description"), rows)
