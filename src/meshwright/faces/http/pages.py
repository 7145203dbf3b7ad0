"""Pages that need nothing from elsewhere: the API as a page, and the one-time login."""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping
from typing import Any  # OpenAPI

from fastapi import Response

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a}"
    "code,.path{font-family:ui-monospace,monospace}details{border-top:1px solid #ddd;padding:.4rem 0}"
    "summary{cursor:pointer}b{display:inline-block;min-width:4.5rem}table{border-collapse:collapse}"
    "td,th{text-align:left;padding:.1rem .8rem .1rem 0;vertical-align:top}button{font:inherit;padding:.4rem 1rem}"
)


def page(title: str, body: str, *, code: int = 200) -> Response:
    """Return a page; nothing of it comes from elsewhere, and no other page can show it."""
    text = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{html.escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head><body>{body}</body></html>'
    )
    headers = {"Content-Security-Policy": _POLICY, "Cache-Control": "no-store", "X-Frame-Options": "DENY"}
    return Response(text, status_code=code, media_type="text/html; charset=utf-8", headers=headers)


def login_page(code: str) -> Response:
    """Ask for a click: a link that only looks, as programs do that read messages, uses nothing up."""
    return page(
        "meshwright: log in",
        "<h1>meshwright</h1><p>This link lets an administrator in, once.</p>"
        f'<form method="post" action="/login"><input type="hidden" name="code" value="{html.escape(code)}">'
        "<button>Log in</button></form>",
    )


def docs_page(document: Mapping[str, Any]) -> Response:
    """Show an OpenAPI document."""
    title = html.escape(document["info"]["title"])
    parts = [f"<h1>{title}</h1><p>{html.escape(document['info'].get('description', ''))}</p>"]
    parts.append('<p>As a document: <a href="/api/v1/openapi.json">openapi.json</a></p>')
    for tag in document.get("tags", ()):
        operations = list(_operations(document, tag["name"]))
        if operations:
            parts.append(f"<h2>{html.escape(tag['name'])}</h2><p>{html.escape(tag['description'])}</p>")
            parts += operations
    return page(document["info"]["title"], "".join(parts))


def _operations(document: Mapping[str, Any], tag: str) -> Iterator[str]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if tag not in operation.get("tags", ()):
                continue
            rows = "".join(_parameter(each) for each in operation.get("parameters", ()))
            table = f"<table><tr><th>parameter<th>in<th>what</tr>{rows}</table>" if rows else ""
            yield (
                f'<details><summary><b>{method.upper()}</b><span class="path">{html.escape(path)}</span> '
                f"{html.escape(operation.get('summary', ''))}</summary>"
                f"<p>{html.escape(operation.get('description', ''))}</p>{table}</details>"
            )


def _parameter(parameter: Mapping[str, Any]) -> str:
    name, place = html.escape(parameter["name"]), html.escape(parameter["in"])
    return f"<tr><td><code>{name}</code><td>{place}<td>{html.escape(parameter.get('description', ''))}</tr>"
