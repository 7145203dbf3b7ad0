"""Parsed queries of rules, remembered between commands: one entry of the parse cache holds those of the whole mesh."""

from __future__ import annotations

import json

from meshwright.files.cache import ParseCache
from meshwright.files.codecs.statements import decode_statement, encode_statement
from meshwright.model import identity
from meshwright.sql import ParsedStatement, parse_statement, parser_version

_KIND = "rule statements"


class RememberedStatements:
    """Stands in for `sql.parse_statement`; `save` writes what was asked for."""

    def __init__(self, cache: ParseCache) -> None:
        self._cache = cache
        self._key = identity("mwrulestatements1", parser_version())
        found = cache.get_many(_KIND, [self._key]).get(self._key, "{}")
        self._before: dict[str, str] = json.loads(found)
        self._used: dict[str, str] = {}
        self._parsed: dict[str, ParsedStatement] = {}

    def __call__(self, text: str, dialect: str) -> ParsedStatement:
        """Return `text` parsed."""
        key = identity("mwrulestatement1", text, dialect)
        if key not in self._parsed:
            encoded = self._before.get(key)
            if encoded is None:
                self._parsed[key] = parse_statement(text, dialect)
                encoded = encode_statement(self._parsed[key])
            else:
                self._parsed[key] = decode_statement(encoded, text=text, dialect=dialect)
            self._used[key] = encoded
        return self._parsed[key]

    def save(self, *, is_all: bool) -> None:
        """Remember what was asked for, where that changed. Where that `is_all` there is, the rest is forgotten."""
        kept = self._used if is_all else {**self._before, **self._used}
        if kept != self._before:
            self._cache.put_many(_KIND, {self._key: json.dumps(kept)})
