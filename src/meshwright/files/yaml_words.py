"""libyaml's syntax messages in plain words, each with a way out."""

from __future__ import annotations

from meshwright.files.yaml_bounds import MAX_DEPTH

#: (part of libyaml's problem, code, message, fix); the first that matches counts.
_WORDS: tuple[tuple[str, str, str, str], ...] = (
    (
        "found character that cannot start any token: tab",
        "MW-Y004",
        "a tab stands where YAML needs spaces",
        "indent with spaces only",
    ),
    (
        "found a tab character",
        "MW-Y004",
        "a tab stands where YAML needs spaces",
        "indent with spaces only",
    ),
    (
        "found character that cannot start any token",
        "MW-Y003",
        "no value can start with this character",
        "put the whole value in quotes",
    ),
    (
        "mapping values are not allowed in this context",
        "MW-Y003",
        "a ':' cannot stand here",
        "align the key with the keys of its mapping, or put the value in quotes if the ':' belongs to it",
    ),
    (
        "block sequence entries are not allowed in this context",
        "MW-Y003",
        "a '- ' list item cannot stand here",
        "start the list on a line of its own, below its key",
    ),
    (
        "could not find expected ':'",
        "MW-Y003",
        "a key without ':' ends here",
        "write 'key: value', or align the line with the text that it continues",
    ),
    (
        "did not find expected key",
        "MW-Y003",
        "the line fits neither the mapping above nor anything around it",
        "align the line with the keys of its mapping; close quotes and brackets above it",
    ),
    (
        "did not find expected '-' indicator",
        "MW-Y003",
        "the line fits neither the list above nor anything around it",
        "start list items with '- ' in one column",
    ),
    (
        "did not find expected ',' or ']'",
        "MW-Y003",
        "a list in brackets is not closed, or a ',' is missing",
        "separate items with ',' and close the list with ']'",
    ),
    (
        "did not find expected ',' or '}'",
        "MW-Y003",
        "a mapping in braces is not closed, or a ',' is missing",
        "separate entries with ',' and close the mapping with '}'",
    ),
    (
        "found unexpected end of stream",
        "MW-Y003",
        "the file ends inside a quoted text",
        "close the quotes",
    ),
    (
        "found unexpected document indicator",
        "MW-Y003",
        "'---' or '...' stands inside a quoted text",
        "close the quotes above it",
    ),
    (
        "found unknown escape character",
        "MW-Y003",
        "the character after the backslash is no YAML escape",
        "double the backslash, or use single quotes",
    ),
    (
        "found undefined tag handle",
        "MW-Y011",
        "the tag's handle is not declared",
        "remove the tag",
    ),
    (
        "did not find expected <document start>",
        "MW-Y003",
        "something follows the end of the document",
        "remove it, or align it with the document's keys",
    ),
    (
        "did not find expected node content",
        "MW-Y003",
        "a value is missing or cannot start here",
        "write the value, or put it in quotes",
    ),
    (
        # Newer ones count for themselves, and look ahead further than what has been read.
        "exceeded maximum nesting depth",
        "MW-Y006",
        f"lists and mappings are nested more than {MAX_DEPTH} levels deep",
        "write it flatter; look for brackets or indents that never close",
    ),
    (
        "found incompatible yaml document",
        "MW-Y019",
        "the %YAML directive names a version that is not YAML 1.x",
        "remove the directive",
    ),
)


def plain_words(problem: str) -> tuple[str, str, str]:
    """Return code, message and fix for a problem that libyaml names."""
    folded = problem.casefold()
    for part, code, message, fix in _WORDS:
        if part in folded:
            return code, message, fix
    return "MW-Y003", f"the YAML cannot be read: {problem}", "correct the line, or the one above it"
