"""The columns of a port by name: those that are asked for, and by which rows are ordered."""

from __future__ import annotations

from collections.abc import Sequence

from meshwright.app.data_words import Kind, Word, Words
from meshwright.diagnostics import known_names_hint
from meshwright.engines.duckdb.typetext import TypeTree, parse_type
from meshwright.model import Columns
from meshwright.model.conditions import Ordering, Reach

#: Kinds of types without an order that means anything to who reads.
UNORDERED = frozenset({"LIST", "ARRAY", "STRUCT", "TUPLE", "MAP", "UNION", "JSON", "VARIANT"})
#: By how many columns rows are ordered at most.
_MOST_ORDERS = 16


class Named:
    """Columns by name, letter case aside where that tells them apart."""

    def __init__(self, columns: Columns, dataset: str) -> None:
        self._columns = columns
        self._dataset = dataset

    def column(self, words: Words) -> Reach:
        """Read the name of a column. Raises InputError (MW-H101, MW-H102)."""
        word = _name(words)
        types = {each.name: each.type for each in self._columns}
        name = _found(word, list(types), f"no column {word.value!r} in {self._dataset}", "columns", words)
        return Reach(path=(name,), type=types[name])

    def reach(self, words: Words) -> Reach:
        """Read the name of a column and, behind dots, of fields in it. Raises InputError (MW-H101, MW-H102)."""
        reach = self.column(words)
        while words.took("."):
            word = _name(words)
            tree = parse_type(reach.type)
            if tree.kind != "STRUCT":
                message = f"{'.'.join(reach.path)} is {reach.type} and has no fields"
                raise words.wrong(message, "name the column alone", "MW-H102", word)
            fields = {_plain(spelled): child for spelled, child in tree.fields if spelled is not None}
            of = ".".join(reach.path)
            name = _found(word, list(fields), f"no field {word.value!r} in {of}", "fields", words)
            reach = Reach(path=(*reach.path, name), type=fields[name].text)
        return reach


def chosen_columns(text: str | None, columns: Columns, dataset: str) -> Columns:
    """Return the columns that a list names, in its order; all where there is no list. Raises InputError (MW-H10x)."""
    if text is None:
        return columns
    words, named = Words(text, "columns"), Named(columns, dataset)
    chosen: dict[str, None] = {}
    while True:
        word = words.next
        (name,) = named.column(words).path
        if name in chosen:
            raise words.wrong(f"column {name!r} is named twice", "name each once", at=word)
        chosen[name] = None
        if words.next.kind is Kind.END:
            by_name = {each.name: each for each in columns}
            return tuple(by_name[each] for each in chosen)
        words.need(",", "between two columns")


def read_order(text: str | None, columns: Columns, dataset: str) -> tuple[Ordering, ...]:
    """Read ``a, b desc nulls first``. Raises InputError (MW-H101, MW-H102, MW-H103, MW-H104)."""
    if text is None:
        return ()
    words, named = Words(text, "order"), Named(columns, dataset)
    found: list[Ordering] = []
    while True:
        word = words.next
        reach = named.reach(words)
        if parse_type(reach.type).kind in UNORDERED:
            message = f"{'.'.join(reach.path)} is {reach.type}, which has no order"
            raise words.wrong(message, "order by a column of plain values", "MW-H103", word)
        is_descending = not words.took("asc") and words.took("desc")
        is_missing_last = not words.took("nulls", "first")
        if is_missing_last:
            words.took("nulls", "last")
        found.append(Ordering(reach=reach, is_descending=is_descending, is_missing_last=is_missing_last))
        if len(found) > _MOST_ORDERS:
            raise words.wrong(f"rows are ordered by {_MOST_ORDERS} columns at most", "name fewer", "MW-H104", word)
        if words.next.kind is Kind.END:
            return tuple(found)
        words.need(",", "between two columns")


def _name(words: Words) -> Word:
    if words.next.kind not in {Kind.NAME, Kind.DELIMITED}:
        raise words.wrong(f"the name of a column is missing, and {words.shown} stands there", "name a column")
    return words.take()


def _found(word: Word, known: Sequence[str], message: str, what: str, words: Words) -> str:
    """Return the known name that a word means: the same one, else the only one but for letter case."""
    if word.value in known:
        return word.value
    alike = [each for each in known if each.casefold() == word.value.casefold()]
    if len(alike) == 1:
        return alike[0]
    raise words.wrong(message, known_names_hint(word.value, known, what=what), "MW-H102", word)


def _plain(spelled: str) -> str:
    return spelled[1:-1].replace('""', '"') if spelled.startswith('"') else spelled


def kind_of(reach: Reach) -> TypeTree:
    """Return the type of what is reached, taken apart."""
    return parse_type(reach.type)
