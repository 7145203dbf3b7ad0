"""What can be wrong with ``incremental:`` of a node, as changes of the good mesh with the findings that must come of them."""

# One case a line, however long: a table is read by columns.
# ruff: noqa: E501
# fmt: off

from __future__ import annotations

from collections.abc import Mapping

from loader_cases import FLIGHTS, MODEL, PIPELINE, Case, node, one, py, replaced

UNIT = f"{FLIGHTS}/tests/departures.unit.yaml"
#: Where the mapping of `of_model` begins, and its first key.
MAPPING, FIRST = f"{PIPELINE}:9:51", f"{PIPELINE}:9:52"


def of_model(text: str) -> dict[str, str | bytes | None]:
    """``incremental`` of the good mesh's model, in line 9."""
    return replaced(PIPELINE, "engine: local", f"incremental: {text}")


def at(text: str, word: str) -> str:
    """Where `word` stands in `of_model(text)`."""
    return f"{PIPELINE}:9:{51 + text.index(word)}"


def wrong(name: str, text: str, code: str, word: str, fix: str) -> Case:
    """A case whose one finding is at `word`."""
    return one(name, of_model(text), code, at(text, word), fix)


def asking(text: str, sql: str = "select origin, dep_delay as delay from raw_flights where hour = $start") -> Mapping[str, str | bytes | None]:
    """A model in intervals that asks for its start, with a unit test."""
    return {**of_model("{by: delay, grain: day, timezone: Europe/Berlin}"), MODEL: sql, UNIT: f"given: {{raw_flights: []}}\nexpect: []\n{text}"}


DAY = "{by: t, grain: day, "

INCREMENTAL = (
    one("incremental as text", of_model("daily"), "MW-M103", MAPPING, "a mapping"),
    one("incremental of nothing", of_model("{}"), "MW-M502", MAPPING, "{append: true}"),
    one("incremental forward and no form", of_model("{forward_only: true}"), "MW-M502", MAPPING, "grain: day"),
    wrong("incremental unknown key", "{by: t, grain: day, lookbak: 2d}", "MW-M101", "lookbak", "did you mean 'lookback'?"),
    wrong("incremental by and append", "{by: t, grain: day, append: true}", "MW-M501", "append", "one of the three"),
    wrong("incremental by and key", "{key: [a], merge: upsert, by: t}", "MW-M501", "key", "one of the three"),
    wrong("incremental append and merge", "{append: true, merge: upsert}", "MW-M501", "merge", "one of the three"),
    one("incremental without grain", of_model("{by: t}"), "MW-M102", MAPPING, "add 'grain: day'"),
    one("incremental without by", of_model("{grain: day}"), "MW-M102", MAPPING, "add 'by: <time column>'"),
    one("incremental without merge", of_model("{key: [a]}"), "MW-M102", MAPPING, "add 'merge: upsert'"),
    one("incremental without key", of_model("{merge: upsert}"), "MW-M102", MAPPING, "add 'key: [<columns>]'"),
    wrong("incremental grain", "{by: t, grain: dya}", "MW-M104", "dya", "did you mean 'day'?"),
    wrong("incremental by as a list", "{by: [t], grain: day}", "MW-M103", "[t]", "text"),
    wrong("lookback with append", "{append: true, lookback: 2d}", "MW-M503", "lookback", "remove 'lookback'"),
    wrong("deleted by interval", DAY + "deleted: gone}", "MW-M503", "deleted", "lookback"),
    wrong("start with a key", "{key: [a], merge: upsert, start: 2013-01-01}", "MW-M503", "start", "valid_from"),
    wrong("append false", "{append: false}", "MW-M104", "false", "remove 'incremental'"),
    wrong("append as text", "{append: 'yes'}", "MW-M103", "'yes'", "true or false"),
    wrong("forward_only as text", DAY + "forward_only: 'no'}", "MW-M103", "'no'", "true or false"),
    wrong("lookback no duration", DAY + "lookback: 2 days}", "MW-M104", "2 days", "ms, s, m, h, d or w"),
    wrong("lookback beyond calendars", DAY + "lookback: 999999999w}", "MW-M104", "999999999w", "9,000 years"),
    wrong("keep no duration", DAY + "keep: 730}", "MW-M104", "730", "ms, s, m, h, d or w"),
    wrong("keep nothing", DAY + "keep: 0d}", "MW-M104", "0d", "longer than nothing"),
    wrong("keep less than the lookback", DAY + "lookback: 2d, keep: 24h}", "MW-M504", "24h", "at least"),
    wrong("start no moment", DAY + "start: soon}", "MW-M104", "soon", "2013-01-31"),
    wrong("start no day of the calendar", DAY + "start: 2013-02-29}", "MW-M104", "2013-02-29", "2013-01-31"),
    wrong("start as a number", DAY + "start: 2013}", "MW-M103", "2013", "text"),
    wrong("start before calendars", DAY + "timezone: Asia/Tokyo, start: 0001-01-01}", "MW-M104", "0001-01-01", "2013-01-31"),
    wrong("start after calendars", DAY + "start: 9999-12-31}", "MW-M104", "9999-12-31", "2 to 9998"),
    wrong("start in the last hour of calendars", "{by: t, grain: hour, start: 9999-12-31T23:00:00Z}", "MW-M104", "9999", "2 to 9998"),
    wrong("start inside a day", DAY + "start: 2013-01-01T05:00:00Z}", "MW-M505", "2013-01-01T", "'start: 2013-01-01' or 'start: 2013-01-02'"),
    wrong("start with an offset inside a day", DAY + "start: 2013-01-01T00:00:00+01:00}", "MW-M505", "2013-01-01T", "'start: 2012-12-31' or 'start: 2013-01-01'"),
    wrong("start inside an hour", "{by: t, grain: hour, start: 2013-01-01T05:30:00Z}", "MW-M505", "2013", "'start: 2013-01-01T05:00:00Z' or 'start: 2013-01-01T06:00:00Z'"),
    wrong("start inside a week", "{by: t, grain: week, start: 2013-01-01}", "MW-M505", "2013", "'start: 2012-12-31' or 'start: 2013-01-07'"),
    wrong("start inside a month", "{by: t, grain: month, start: 2013-01-02}", "MW-M505", "2013", "'start: 2013-01-01' or 'start: 2013-02-01'"),
    wrong("start inside a day of a zone", DAY + "timezone: Europe/Berlin, start: 2013-01-01T00:00:00Z}", "MW-M505", "2013", "'start: 2013-01-01' or 'start: 2013-01-02'"),
    wrong("unknown zone", DAY + "timezone: Europe/Berln}", "MW-M506", "Europe", "did you mean 'Europe/Berlin'?"),
    wrong("folder of zones", DAY + "timezone: Europe}", "MW-M506", "Europe", "time zones"),
    wrong("zone outside", DAY + "timezone: ../../passwd}", "MW-M506", "..", "time zones"),
    wrong("zone of the machine", DAY + "timezone: localtime}", "MW-M506", "localtime", "time zones"),
    wrong("zone with leap seconds", DAY + "timezone: right/Europe/Berlin}", "MW-M506", "right", "Europe/Berlin"),
    wrong("zone of hours", "{by: t, grain: hour, timezone: Europe/Berlin}", "MW-M506", "timezone", "remove 'timezone'"),
    wrong("depends on a word", DAY + "depends: hole}", "MW-M104", "hole", "write whole"),
    wrong("depends as a list", DAY + "depends: [whole]}", "MW-M103", "[whole]", "a mapping"),
    wrong("depends how", DAY + "depends: {raw_flights: asof}}", "MW-M104", "asof", "did you mean 'as_of'?"),
    wrong("depends on what is not read", DAY + "depends: {raw_fligts: whole}}", "MW-M512", "raw_fligts", "did you mean 'raw_flights'?"),
    wrong("depends on an address that is not read", DAY + "depends: {a.b.c: whole}}", "MW-M512", "a.b.c", "inputs: raw_flights"),
    wrong("depends twice", DAY + "depends: {raw_flights: whole, operations.flights.raw_flights: as_of}}", "MW-M512", "operations", "keep one"),
    wrong("key of nothing", "{key: [], merge: upsert}", "MW-M507", "[]", "order_id"),
    wrong("key as text", "{key: a, merge: upsert}", "MW-M103", "a, ", "a list"),
    wrong("column of a key twice", "{key: [a, b, A], merge: upsert}", "MW-M507", "A]", "keep one"),
    wrong("key of numbers", "{key: [1], merge: upsert}", "MW-M103", "1", "quotes"),
    wrong("key of scd2's column", "{key: [a, valid_to], merge: scd2}", "MW-M507", "valid_to", "rename"),
    wrong("key says what is deleted", "{key: [a, gone], merge: upsert, deleted: gone}", "MW-M507", "gone}", "another column"),
    wrong("merge unknown", "{key: [a], merge: upset}", "MW-M104", "upset", "did you mean 'upsert'?"),
    wrong("deleted with scd2", "{key: [a], merge: scd2, deleted: gone}", "MW-M508", "deleted", "close_absent: true"),
    wrong("valid_from with upsert", "{key: [a], merge: upsert, valid_from: t}", "MW-M508", "valid_from", "merge: scd2"),
    wrong("close_absent with delete+insert", "{key: [a], merge: delete+insert, close_absent: true}", "MW-M508", "close_absent", "merge: scd2"),
    one("incremental view", replaced(PIPELINE, "engine: local", "as: view, incremental: {append: true}"), "MW-M509", f"{PIPELINE}:9:61", "as: table"),
    one("source by interval", node("x: {source: {path: a.csv}, incremental: {by: t, grain: day}}"), "MW-M509", f"{PIPELINE}:4:43", "append: true"),
    one("intervals of a moment", replaced(PIPELINE, "engine: local", "deterministic: false, incremental: {by: t, grain: day}"), "MW-M510", f"{PIPELINE}:9:73", "append or merge"),
    one("appending a table", node("x: {source: {path: t, format: delta}, incremental: {append: true}}"), "MW-M511", f"{PIPELINE}:4:54", "merge: upsert"),
    one("appending a database", node("x: {source: {database: 'sqlite:///a.db', table: t}, incremental: {append: true}}"), "MW-M511", f"{PIPELINE}:4:68", "merge: upsert"),
    one("parameter behind the interval", replaced(PIPELINE, "engine: local, params: {", "incremental: {by: t, grain: day}, params: {start: 1, "), "MW-M513", f"{PIPELINE}:9:81", "'start_day'"),
    one("python takes no start", py("x: {python: main.py:build}", "def build(start): ...\n"), "MW-N105", f"{MODEL.rpartition('/models')[0]}/main.py:1:11", "parameters"),
    one("no start outside intervals", {MODEL: "select origin, dep_delay as delay from raw_flights where hour > $start and distance > $least and distance > $min_distance"}, "MW-M212", f"{MODEL}:1:65", "incremental: {by, grain}"),
    one("unit test without an interval", asking(""), "MW-M248", f"{UNIT}:1:1", "interval: 2013-01-01..2013-01-02"),
    one("unit test with half an interval", asking("interval: 2013-01-01\n"), "MW-M248", f"{UNIT}:3:11", "2013-01-01..2013-01-02"),
    one("unit test with an interval backwards", asking("interval: 2013-01-02..2013-01-01\n"), "MW-M248", f"{UNIT}:3:11", "2013-01-01..2013-01-02"),
    one("unit test sets the interval as a parameter", asking("interval: 2013-01-01..2013-01-02\nparams: {start: 1}\n"), "MW-M244", f"{UNIT}:4:10", "parameters"),
    one("unit test with an interval for nothing", asking("interval: 2013-01-01..2013-01-02\n", "select origin, dep_delay as delay from raw_flights"), "MW-M248", f"{UNIT}:3:1", "remove 'interval'"),
    Case(
        "every mistake of incremental at once",
        of_model("{by: t, grain: dya, lookback: x, keep: y, timezone: z, append: 1}"),
        (("MW-M501", f"{PIPELINE}:9:106", "one of the three"),),
    ),
    Case(
        "several mistakes of intervals",
        of_model("{by: t, grain: dya, lookback: x, timezone: z}"),
        (("MW-M104", f"{PIPELINE}:9:66", "day"), ("MW-M104", f"{PIPELINE}:9:81", "ms"), ("MW-M506", f"{PIPELINE}:9:94", "zones")),
    ),
)
