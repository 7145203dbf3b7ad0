"""Codes MW-Yxxx: YAML documents."""

from meshwright.diagnostics.catalog.entry import Code

CODES: tuple[Code, ...] = (
    Code(
        code="MW-Y001",
        title="not UTF-8",
        meaning="Every YAML file of a mesh is UTF-8, with or without a byte order mark. UTF-16, Latin-1 and other "
        "encodings are not guessed, because a wrong guess changes names silently.",
        fix="Save the file as UTF-8.",
        example="MW-Y001 mesh.yaml:3:9 byte 0xe9 is not UTF-8",
    ),
    Code(
        code="MW-Y002",
        title="control character",
        meaning="YAML allows no control characters but tab, line feed and carriage return, and meshwright allows no NUL "
        "even as an escape, because file names, SQL and databases cannot hold it.",
        fix="Remove the character; other control characters may be written as an escape in double quotes.",
        example="MW-Y002 domain.yaml:2:7 control character U+0007 is not allowed in YAML",
    ),
    Code(
        code="MW-Y003",
        title="YAML syntax",
        meaning="The file is no YAML from this place on, so nothing of it can be used.",
        fix="Correct the line, or the one above it: indentation, quotes, brackets, a missing ':' or space.",
        example="MW-Y003 pipeline.yaml:7:12 a ':' cannot stand here",
    ),
    Code(
        code="MW-Y004",
        title="tab in the indentation",
        meaning="YAML indents with spaces; a tab has no width that all programs agree on.",
        fix="Indent with spaces only.",
        example="MW-Y004 mesh.yaml:4:1 a tab stands where YAML needs spaces",
    ),
    Code(
        code="MW-Y005",
        title="file too large",
        meaning="A YAML file may have 4 MiB. Larger ones are data, not descriptions, and would slow every command.",
        fix="Split the file; keep data in data files.",
        example="MW-Y005 mesh.yaml:1:1 the file has 9,000,000 bytes; a YAML file may have 4,194,304",
    ),
    Code(
        code="MW-Y006",
        title="nested too deeply",
        meaning="Lists and mappings may be nested 64 levels deep, aliases written out.",
        fix="Write it flatter; look for brackets or indentation that never close.",
        example="MW-Y006 mesh.yaml:1:65 lists and mappings are nested more than 64 levels deep",
    ),
    Code(
        code="MW-Y007",
        title="too many values",
        meaning="A file may hold 50,000 values, each alias counted as what it repeats, and 1,000 anchors. A few nested aliases can "
        "stand for billions of values.",
        fix="Split the file; keep data in data files; use fewer aliases.",
        example="MW-Y007 mesh.yaml:9:12 with its aliases written out, the file has more than 50,000 values",
    ),
    Code(
        code="MW-Y008",
        title="duplicate key",
        meaning="The same key stands twice in one mapping. Other readers silently take the last one.",
        fix="Keep one of the two.",
        example="MW-Y008 mesh.yaml:5:1 key 'name' is there twice: first in line 2, column 1",
    ),
    Code(
        code="MW-Y009",
        title="key that is not text",
        meaning="Keys are text. A number, true, false, null, list or mapping as a key is refused, because programs "
        "disagree about what it means.",
        fix="Write the key in quotes.",
        example="MW-Y009 pipeline.yaml:3:3 key '2013' is a whole number, but a key is text",
    ),
    Code(
        code="MW-Y010",
        title="several documents in one file",
        meaning="One file holds one document; what follows a second '---' would be ignored.",
        fix="Remove the '---' line, or move what follows it into a file of its own.",
        example="MW-Y010 domain.yaml:8:1 a second document starts here; one file holds one document",
    ),
    Code(
        code="MW-Y011",
        title="unknown tag",
        meaning="A tag such as '!!python/object' or '!secret' asks the reader to build something. Only the tags of the "
        "YAML 1.2 core schema are read.",
        fix="Remove the tag.",
        example="MW-Y011 mesh.yaml:2:7 tag '!!python/name:os.system' is not read",
    ),
    Code(
        code="MW-Y012",
        title="alias without an anchor",
        meaning="'*name' repeats the value marked '&name' above it; there is no such mark.",
        fix="Put the text in quotes if no alias is meant, or define the anchor first.",
        example="MW-Y012 mesh.yaml:2:7 alias '*a' has no anchor '&a' above it",
    ),
    Code(
        code="MW-Y013",
        title="alias inside its own value",
        meaning="The alias stands within the value that it repeats, so that the value would never end.",
        fix="Write the value out, or move the anchor.",
        example="MW-Y013 mesh.yaml:1:5 alias '*a' stands inside the value that it repeats",
    ),
    Code(
        code="MW-Y014",
        title="merge key",
        meaning="'<<' merged mappings in YAML 1.1. YAML 1.2 has no such key, and readers disagree about it, so it is "
        "refused rather than read in one of the ways.",
        fix="Write the keys out, or repeat a whole value with an alias.",
        example="MW-Y014 pipeline.yaml:6:5 merge keys ('<<') are not part of YAML 1.2 and not read",
    ),
    Code(
        code="MW-Y015",
        title="number that cannot be held",
        meaning="A whole number has more than 64 digits, or a decimal number is beyond the range of 64-bit floats.",
        fix="Put the value in quotes if it is text, or write a smaller number.",
        example="MW-Y015 mesh.yaml:2:7 the number is too large for a 64-bit float",
    ),
    Code(
        code="MW-Y016",
        title="value that does not fit its tag",
        meaning="A tag such as '!!int' stands before text that is no such value.",
        fix="Remove the tag, or write a value that fits it.",
        example="MW-Y016 mesh.yaml:2:7 the text is not a whole number",
    ),
    Code(
        code="MW-Y017",
        title="empty file",
        meaning="The file says nothing, but keys are needed.",
        fix="Write the keys, or remove the file.",
        example="MW-Y017 mesh.yaml:1:1 the file is empty, but mesh.yaml is a mapping of keys to values",
    ),
    Code(
        code="MW-Y018",
        title="not a mapping",
        meaning="The file holds a list or a single value where keys with values are needed.",
        fix="Write 'key: value' lines at the top level.",
        example="MW-Y018 contracts/departures.odcs.yaml:1:1 the file holds a list, but a contract is a mapping of keys "
        "to values",
    ),
    Code(
        code="MW-Y019",
        title="YAML directive",
        meaning="Lines that start with '%' are directives to the YAML reader. None is needed, a flood of them is "
        "refused, and so is a YAML version other than 1.x.",
        fix="Remove the directive.",
        example="MW-Y019 mesh.yaml:1:1 the %YAML directive names a version that is not YAML 1.x",
    ),
)
