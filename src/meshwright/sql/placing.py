"""Names of columns in the places that a component leaves for them: ``$key`` becomes ``"carrier"``.

A value can be bound by the engine, a name cannot, so it is put into the text. What is put there is one quoted identifier
(or a list of them) in the place of one token, and the whole is read again as one SELECT: a name can say nothing else
than a name, whatever characters it holds. ``$key.names`` becomes the names as a list of texts, ``['carrier']``, which is what
``columns(...)`` takes. Strings and comments are left alone, and no line is added.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from sqlglot.tokenizer_core import Token, TokenType

from meshwright.frozen import dataclass
from meshwright.sql.names import fold, quote_identifier
from meshwright.sql.scan import Places, find_dialect, tokenize
from meshwright.sql.values import PlacedText, SqlProblem

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_TEXTS = re.compile(r"\.names\b")
#: What may stand before and behind a list of columns, so that the list reads as items of a list.
_BEFORE = frozenset({"(", ",", "[", "by", "select", "distinct", "on"})
_BEHIND = frozenset(
    {
        "", ")", ",", "]", ";", "except", "for", "from", "group", "groups", "having", "in", "intersect", "into", "limit",
        "offset", "order", "order by", "group by", "qualify", "range", "rows", "union", "using", "where", "window",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a name stands, with what is written before it (``r.``)."""

    name: str
    #: Offsets of the first character, of the sign ``$``, and behind the last one.
    first: int
    sign: int
    end: int
    before: str
    behind: str
    #: Whether the names are wanted as texts.
    as_texts: bool = False


def place_columns(text: str, dialect: str, columns: Mapping[str, tuple[str, ...]], lists: frozenset[str]) -> PlacedText:
    """Return `text` with the columns that `columns` holds in the places of their parameters.

    `lists` are the parameters that may be several columns. Their place is one in a list (behind ``select``, ``by``, a comma
    or a parenthesis), with a qualifier or without: ``r.$keys`` becomes ``r."a", r."b"``. Elsewhere there is a problem.
    """
    spoken = find_dialect(dialect)
    assert spoken is not None  # the mesh's own
    places = Places.of(text)
    tokens, problem = tokenize(text, spoken, places)
    if problem is not None:
        return PlacedText(text=text)  # parsing says it
    problems: list[SqlProblem] = []
    found = [place for place in _places(text, tokens) if place.name in columns]
    placed = text
    for place in reversed(found):
        names = columns[place.name]
        if place.as_texts:
            texts = ", ".join("'" + name.replace("'", "''") + "'" for name in names)
            placed = f"{placed[: place.sign]}[{texts}]{placed[place.end :]}"
            continue
        if place.name in lists and (place.before not in _BEFORE or place.behind not in _BEHIND):
            problems.append(_out_of_place(place, places))
        qualifier = text[place.first : place.sign]
        instead = ", ".join(qualifier + quote_identifier(name) for name in names)
        placed = f"{placed[: place.first]}{instead}{placed[place.end :]}"
    used = tuple(sorted({place.name for place in found}))
    return PlacedText(text=placed, used=used, problems=tuple(reversed(problems)))


def _places(text: str, tokens: Sequence[Token]) -> Iterator[_Place]:
    for index, token in enumerate(tokens):
        if token.token_type is not TokenType.PARAMETER:
            continue
        named = _NAME.match(text, token.start + 1)
        if named is None:
            continue
        first = index
        while first >= 2 and tokens[first - 1].token_type is TokenType.DOT:
            first -= 2
        following = index + 1
        while following < len(tokens) and tokens[following].start < named.end():
            following += 1
        as_texts = _TEXTS.match(text, named.end())
        yield _Place(
            name=fold(named[0]),
            first=tokens[first].start,
            sign=token.start,
            end=as_texts.end() if as_texts else named.end(),
            before=tokens[first - 1].text.lower().rpartition(" ")[2] if first else "",
            behind=tokens[following].text.lower() if following < len(tokens) else "",
            as_texts=as_texts is not None,
        )


def _out_of_place(place: _Place, places: Places) -> SqlProblem:
    line, column = places.at(place.first)
    return SqlProblem(
        code="MW-K007",
        message=f"'${place.name}' may be several columns, which cannot stand here: they are written as a list",
        line=line,
        column=column,
        fix=f"write it as an item of a list (select ${place.name}, ... or by ${place.name}), or make the parameter "
        "'type: column'",
    )
