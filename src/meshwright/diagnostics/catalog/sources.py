"""Codes MW-Xxxx: file sources."""

from meshwright.diagnostics.catalog.entry import Code

CODES: tuple[Code, ...] = (
    Code(
        code="MW-X101",
        title="A source file cannot be read",
        meaning="The path of a source leads to a file that is not there any more, or to a folder.",
        fix="Correct `path` of the source, or put the file in its place.",
        example="MW-X101 data/flights.csv:1:1 the file cannot be read: No such file or directory",
    ),
    Code(
        code="MW-X102",
        title="An archive cannot be unpacked",
        meaning="A .zip or .gz file is damaged, cut off, encrypted or packed in a way that Python cannot unpack.",
        fix="Get the file again, or pack it as plain deflate without a password.",
        example="MW-X102 data/flights.csv.zip:1:1 the archive cannot be unpacked: File is not a zip file",
    ),
    Code(
        code="MW-X103",
        title="It is not clear which member of an archive is the data",
        meaning=(
            "A zip archive is read as its data members: those with the usual suffix of the format, or the "
            "only one. Several others are a guess that meshwright does not make."
        ),
        fix="Keep one member in the archive, or give the data members the suffix of their format.",
        example=(
            "MW-X103 data/all.zip:1:1 it is not clear which member of the archive is the data: it holds a.dat, b.dat"
        ),
    ),
    Code(
        code="MW-X104",
        title="An archive unpacks to far more than its size",
        meaning=(
            "A small archive that unpacks without end would fill the disk, so unpacking stops at 256 MB or "
            "200 times the archive's size, whichever is more."
        ),
        fix="If the file is what it should be, unpack it yourself and read the plain file.",
        example="MW-X104 data/bomb.zip:1:1 it unpacks to more than 256 MB, 200 times its size",
    ),
    Code(
        code="MW-X201",
        title="A source file is not in its encoding",
        meaning=(
            "A byte sequence is not text in the declared encoding (utf-8 where none is declared), so the text"
            " would be read wrongly."
        ),
        fix="Declare `encoding` of the source, for example latin-1, cp1252 or utf-16.",
        example="MW-X201 data/names.csv:17:1 the file is not utf-8: byte 0xe9 stands in line 17",
    ),
    Code(
        code="MW-X202",
        title="The encoding of a source is not known",
        meaning="`encoding` names no encoding that Python knows.",
        fix="Write utf-8, latin-1, cp1252, utf-16 or another name of Python's list.",
        example="MW-X202 data/names.csv:1:1 the encoding 'latin-99' is not known",
    ),
    Code(
        code="MW-X203",
        title="A text file holds NUL bytes",
        meaning="A CSV file with a NUL byte is cut off, binary or in UTF-16; reading on would give damaged texts.",
        fix="Declare `encoding: utf-16` if it is such a file, else get it again.",
        example="MW-X203 data/names.csv:3:1 a NUL byte stands in line 3: this is not a text file",
    ),
    Code(
        code="MW-X204",
        title="A blank line stands between records",
        meaning=(
            "A blank line above the header or between records makes it unclear where the table begins or "
            "whether a row is missing. Blank lines at the end are fine."
        ),
        fix="Remove the blank line, or what stands above the header.",
        example="MW-X204 data/sales.csv:3:1 a line between the records is blank",
    ),
    Code(
        code="MW-X205",
        title="A quote is out of place or never closed",
        meaning=(
            "Readers disagree about a quote in the middle of a field and about what follows a closing quote; "
            "an open quote swallows all later rows. So none of it is accepted."
        ),
        fix=('Write a field that holds the delimiter, a line break or a quote as "...", and a quote inside it as "".'),
        example="MW-X205 data/parts.csv:8:1 a quote is out of place: '7,5\" screw'",
    ),
    Code(
        code="MW-X206",
        title="Line endings are mixed",
        meaning=(
            "Some lines end with LF and others with CRLF or CR, so a carriage return may belong to a value or"
            " to the line."
        ),
        fix="Write the whole file with one kind of line ending.",
        example=("MW-X206 data/sales.csv:40:1 line endings are mixed (39 CRLF and 1 LF); the first LF is in line 40"),
    ),
    Code(
        code="MW-X207",
        title="A source file is empty",
        meaning="There is no header and no record, so the columns cannot be known.",
        fix="Get the file again, or remove the source.",
        example="MW-X207 data/sales.csv:1:1 the file is empty, not even a header",
    ),
    Code(
        code="MW-X301",
        title="The delimiter cannot be settled",
        meaning=(
            "No delimiter, or more than one, splits the head of the file into the same number of fields "
            "everywhere, or the declared one cannot be used."
        ),
        fix="Declare `delimiter` of the source as one character.",
        example="MW-X301 data/sales.csv:1:1 both a comma and a semicolon could be the delimiter: 'a,b;c'",
    ),
    Code(
        code="MW-X302",
        title="A line does not have the fields of the others",
        meaning="A record has more or fewer fields than the header. Reading on would shift or drop values.",
        fix=("Correct the line. Quote fields that hold the delimiter, or declare `delimiter` if it is another one."),
        example="MW-X302 data/sales.csv:7:1 line 7 has 4 fields, line 1 has 3: '1,2,3,4' under 'a,b,c'",
    ),
    Code(
        code="MW-X303",
        title="The names of the columns are unusable",
        meaning=(
            "A column has no name, or two have the same, letter case aside, or the declared columns do not "
            "fit a file without a header."
        ),
        fix=("Correct the header or the keys in the file, or declare `header: false` with all `columns` in order."),
        example="MW-X303 data/sales.csv:1:1 the header names 'id' and 'ID', which are the same",
    ),
    Code(
        code="MW-X304",
        title="It is unclear whether the first line is a header",
        meaning=(
            "The first line looks like data. Taken as names, a row would be lost; taken as data, the names "
            "would become a row."
        ),
        fix="Declare `header: true`, or `header: false` with `columns`.",
        example="MW-X304 data/codes.csv:1:1 the first line looks like the lines below it: 'AA,Alpha'",
    ),
    Code(
        code="MW-X305",
        title="The columns of a source file are not the expected ones",
        meaning="A declared column is not in the file, or the files of one source have different columns.",
        fix="Correct the name, or make files with other columns a source of their own.",
        example="MW-X305 data/2014.csv:1:1 its columns differ from those of 'data/2013.csv': it has no 'carrier'",
    ),
    Code(
        code="MW-X306",
        title="The engine and the scan count different rows",
        meaning=(
            "Every CSV file is counted twice, by the engine and by a scan of its bytes. A difference means "
            "that a row was dropped, joined or split."
        ),
        fix=("Look for fields that hold line breaks or quotes and are not quoted; report the file if there are none."),
        example="MW-X306 data/sales.csv:1:1 the engine read 99 rows, but the file holds 100",
    ),
    Code(
        code="MW-X307",
        title="A value does not fit the type of its column",
        meaning=(
            "A value cannot be stored in the declared type without loss: a text in a number, a fraction in an"
            " integer, a time zone in a TIMESTAMP."
        ),
        fix="Declare another type, or list the text under `nulls` where it means no value.",
        example="MW-X307 data/flights.csv:12:1 'late' in column 'dep_delay' is no INTEGER: '2013,1,late'",
    ),
    Code(
        code="MW-X308",
        title="A declared type is no type",
        meaning="`columns` of a source names a type that the engine does not have.",
        fix="Write a type of DuckDB: BIGINT, DOUBLE, DECIMAL(18,2), VARCHAR, BOOLEAN, DATE, TIMESTAMP, ...",
        example=(
            "MW-X308 domains/operations/flights/pipeline.yaml:2:3 column 'year' is declared as 'INTGER', "
            "which is no type"
        ),
    ),
    Code(
        code="MW-X401",
        title="A file is not the JSON that it should be",
        meaning=(
            "The text is no JSON, a record is no object, a key is twice in one object, or a number is NaN. "
            "Readers disagree about all of these, so none is accepted."
        ),
        fix=(
            "Correct the file. `format: ndjson` is one object a line, `format: json` is one document: an "
            "array of objects, or one object."
        ),
        example="MW-X401 data/events.ndjson:2:1 the file is no NDJSON: Expecting value in line 2",
    ),
    Code(
        code="MW-X402",
        title="A key has no one type",
        meaning=(
            "The values under a key are of different kinds, so a column of one type would change or lose some of them."
        ),
        fix="Declare the column: JSON keeps the values as they are, VARCHAR their text.",
        example="MW-X402 data/events.ndjson:1:1 key 'size' has no one type: it holds number and text",
    ),
    Code(
        code="MW-X403",
        title="A JSON document is too large or too deep",
        meaning=(
            "A document that is read whole is bounded at 512 MB, and nesting at 100 levels, so that a file "
            "cannot exhaust memory."
        ),
        fix="Write newline-delimited JSON (`format: ndjson`), or flatten the values.",
        example="MW-X403 data/events.json:1:1 values are nested 2001 deep, more than 100",
    ),
    Code(
        code="MW-X501",
        title="A Parquet file cannot be read",
        meaning="The file is no Parquet, is cut off or is damaged.",
        fix="Get the file again.",
        example=("MW-X501 data/sales.parquet:1:1 the file is no readable Parquet: No magic bytes found at end of file"),
    ),
)
