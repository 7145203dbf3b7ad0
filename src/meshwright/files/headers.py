"""Header comments of a SQL file: the lines ``-- key: value`` of the comment block that begins it."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping

from meshwright.diagnostics import Diagnostic, SourceSpan
from meshwright.frozen import dataclass

_HEADER = re.compile(r"(?P<lead>\s*--+\s*)(?P<key>[A-Za-z_]+)\s*:(?P<value>.*)")


@dataclass(frozen=True, kw_only=True, slots=True)
class HeaderValue:
    """The value of one header line, with where it is written."""

    text: str
    span: SourceSpan


@dataclass(frozen=True, kw_only=True, slots=True)
class HeaderForm:
    """The headers that a kind of file may have."""

    #: What the file is, for messages: ``a test``.
    what: str
    keys: tuple[str, ...]
    #: Words that people write for a header; taken as plain comments they would change what the file does.
    meant: Mapping[str, str]
    #: Keys long enough that a near word is taken for a misspelt one; short ones have too many neighbours.
    near: tuple[str, ...]
    #: Codes of a word that is no header but was meant as one, and of a header that cannot be used.
    unknown_code: str
    unusable_code: str


def read_header(text: str, path: str, form: HeaderForm, findings: list[Diagnostic]) -> dict[str, HeaderValue]:
    """Return the headers of the file by key; the first of a repeated one counts. Every other comment is a comment."""
    found: dict[str, HeaderValue] = {}
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        if not line.lstrip().startswith("--"):
            break
        match = _HEADER.match(line)
        if match is None:
            continue
        key = match["key"].lower()
        span = SourceSpan(file=path, line=number, column=match.start("key") + 1)
        if key in form.keys:
            _keep(found, key, match["value"].strip(), span, form, findings)
        elif meant := _meant(key, form):
            findings.append(
                Diagnostic(
                    code=form.unknown_code,
                    message=f"'{match['key']}:' is no header of {form.what}, and would be read as a comment",
                    span=span,
                    fix=f"did you mean '{meant}:'? headers: {', '.join(form.keys)}",
                )
            )
    return found


def _keep(
    found: dict[str, HeaderValue],
    key: str,
    value: str,
    span: SourceSpan,
    form: HeaderForm,
    findings: list[Diagnostic],
) -> None:
    if key in found:
        message, fix = f"header '{key}' is there twice: first in line {found[key].span.line}", "keep one of the two"
    elif not value:
        message, fix = f"header '{key}' says nothing", f"write a value after '{key}:', or remove the line"
    else:
        found[key] = HeaderValue(text=value, span=span)
        return
    findings.append(Diagnostic(code=form.unusable_code, message=message, span=span, fix=fix))


def _meant(key: str, form: HeaderForm) -> str | None:
    if key in form.meant:
        return form.meant[key]
    near = difflib.get_close_matches(key, form.near, n=1, cutoff=0.75)
    return near[0] if near else None
