"""Broken meshes: what is changed in the good one, and every finding that must come of it, place and fix included."""

# One case a line, however long: a table is read by columns.
# ruff: noqa: E501
# fmt: off

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mesh_folders import CONTRACT, FLIGHTS, GOOD, PRODUCT

MODEL = f"{FLIGHTS}/models/departures.sql"
PIPELINE = f"{FLIGHTS}/pipeline.yaml"
CONTRACT_FILE = f"{FLIGHTS}/contracts/departures.odcs.yaml"
ODPS = f"{FLIGHTS}/product.odps.yaml"
TEST = f"{FLIGHTS}/tests/no_negative.sql"
CONSUMERS = f"{FLIGHTS}/consumers.yaml"
MAIN = f"{FLIGHTS}/main.py"
DOMAIN = "domains/operations/domain.yaml"
POLICY = "policies/named.sql"
POLICY_TEXT = "-- level: warn\n-- why: Because.\n-- fix: Mend it.\nselect port as message from mesh.ports\n"
EXEMPTIONS = "policies/exemptions.yaml"
MESH = "meshwright: 1\nname: aviation\nparams: {currency: USD, least: 3}\n"


def replaced_policy(old: str, new: str) -> str:
    """A policy with one change."""
    assert old in POLICY_TEXT
    return POLICY_TEXT.replace(old, new, 1)


def exempted(without: str = "") -> str:
    """A file with one exemption."""
    values = {"policy": "named", "object": "operations", "owner": "team:a", "reason": "Soon.", "expires": "2999-12-31"}
    lines = [f"{key}: {value}\n" for key, value in values.items() if key != without]
    return "exemptions:\n  - " + "    ".join(lines)


@dataclass(frozen=True)
class Case:
    """A change of the good mesh and its findings: (code, place, a part of the fix)."""

    name: str
    files: Mapping[str, str | bytes | None]
    findings: tuple[tuple[str, str, str], ...]


def replaced(path: str, old: str, new: str) -> dict[str, str | bytes | None]:
    """Return a change of one file of the good mesh."""
    assert old in GOOD[path], (path, old)
    return {path: GOOD[path].replace(old, new, 1)}


def one(name: str, files: Mapping[str, str | bytes | None], code: str, place: str, fix: str) -> Case:
    """Return a case with one finding."""
    return Case(name, files, ((code, place, fix),))


def node(text: str) -> dict[str, str | bytes | None]:
    """Return a pipeline with the good one's nodes, `text` among them in line 4."""
    return {PIPELINE: GOOD[PIPELINE].replace("nodes:\n", f"nodes:\n  {text}\n", 1)}


def py(text: str, code: str) -> dict[str, str | bytes | None]:
    """Return a pipeline with a Python node in line 4, and the text of main.py."""
    return {**node(text), MAIN: code}


SETTINGS = (
    one("unknown key", {"mesh.yaml": MESH + "doamins: [x]\n"}, "MW-M101", "mesh.yaml:4:1", "did you mean 'domains'?"),
    one("missing name", {"mesh.yaml": MESH.replace("name: aviation\n", "")}, "MW-M102", "mesh.yaml:1:1", "add 'name:'"),
    one("odd format", {"mesh.yaml": MESH.replace(": 1", ": one")}, "MW-M104", "mesh.yaml:1:13", "write 1"),
    one("true is no format", {"mesh.yaml": MESH.replace(": 1", ": true")}, "MW-M104", "mesh.yaml:1:13", "write 1"),
    one("format of the future", {"mesh.yaml": MESH.replace(": 1", ": 2")}, "MW-M109", "mesh.yaml:1:13", "newer meshwright"),
    one("empty mesh.yaml", {"mesh.yaml": ""}, "MW-Y017", "mesh.yaml:1:1", "write the keys"),
    one("a list as mesh.yaml", {"mesh.yaml": "- 1\n"}, "MW-Y018", "mesh.yaml:1:1", "key: value"),
    one("no mesh.yaml", {"mesh.yaml": None}, "MW-M002", "mesh.yaml:1:1", "check that it exists"),
    one("mesh name", {"mesh.yaml": MESH.replace("aviation", "Avi ation")}, "MW-M105", "mesh.yaml:2:7", "another name"),
    one("number as name", {"mesh.yaml": MESH.replace("aviation", "12")}, "MW-M103", "mesh.yaml:2:7", "text"),
    one("s3 store", {"mesh.yaml": MESH + "store: s3://bucket/x\n"}, "MW-M405", "mesh.yaml:4:8", "a folder"),
    one(
        "password in state",
        {"mesh.yaml": MESH + "state: postgresql+psycopg://me:secret@host/db\n"},
        "MW-D122",
        "mesh.yaml:4:8",
        "${env:NAME}",
    ),
    one("other state", {"mesh.yaml": MESH + "state: mysql://me:${env:P}@host/db\n"}, "MW-M405", "mesh.yaml:4:8", "postgresql+psycopg://"),
    one("no state path", {"mesh.yaml": MESH + "state: 'sqlite:///'\n"}, "MW-M405", "mesh.yaml:4:8", "sqlite:///"),
    one("other reference in state", {"mesh.yaml": MESH + "state: 'sqlite:///${vault:x}'\n"}, "MW-M404", "mesh.yaml:4:8", "${env:NAME}"),
    one("reference elsewhere", {"mesh.yaml": MESH + "engine: '${env:E}'\n"}, "MW-M404", "mesh.yaml:4:9", "write the value"),
    one("spark", {"mesh.yaml": MESH + "engines: {local: {type: duckdb}, big: {type: spark}}\n"}, "MW-M402", "mesh.yaml:4:46", "duckdb"),
    one("engine type", {"mesh.yaml": MESH + "engines: {local: {type: duckbd}}\n"}, "MW-M104", "mesh.yaml:4:25", "did you mean 'duckdb'?"),
    one("engine memory", {"mesh.yaml": MESH + "engines: {local: {type: duckdb, memory: lots}}\n"}, "MW-M104", "mesh.yaml:4:41", "4GB"),
    one("engine threads", {"mesh.yaml": MESH + "engines: {local: {type: duckdb, threads: 0}}\n"}, "MW-M104", "mesh.yaml:4:42", "from 1"),
    one(
        "unknown default engine",
        {"mesh.yaml": MESH + "engines: {local: {type: duckdb}}\nengine: locla\n"},
        "MW-M110",
        "mesh.yaml:5:9",
        "did you mean 'local'?",
    ),
    Case(
        "no default among two engines",
        {"mesh.yaml": MESH + "engines: {a: {type: duckdb}, b: {type: duckdb}}\n"},
        (
            ("MW-M110", "mesh.yaml:4:10", "add 'engine: <name>'"),
            ("MW-M110", f"{PIPELINE}:9:46", "engines: a, b"),
        ),
    ),
    one("dialect", {"mesh.yaml": MESH + "dialect: spark\n"}, "MW-M402", "mesh.yaml:4:10", "duckdb"),
    one("executor", {"mesh.yaml": MESH + "executor: {type: dask}\n"}, "MW-M402", "mesh.yaml:4:11", "local"),
    one("protected", {"mesh.yaml": MESH + "environments: {prod: {protected: maybe}}\n"}, "MW-M103", "mesh.yaml:4:34", "true or false"),
    one("approvals", {"mesh.yaml": MESH + "environments: {prod: {approvals: 1}}\n"}, "MW-M401", "mesh.yaml:4:23", "remove 'approvals'"),
    one("remapped engines", {"mesh.yaml": MESH + "environments: {qa: {engines: {a: b}}}\n"}, "MW-M401", "mesh.yaml:4:21", "remove 'engines'"),
    one("environment name", {"mesh.yaml": MESH + "environments: {QA: {}}\n"}, "MW-M105", "mesh.yaml:4:16", "another name"),
    one("masks", {"mesh.yaml": MESH + "sandboxes: {mask: [1]}\n"}, "MW-M103", "mesh.yaml:4:20", "quotes"),
    one("duration", {"mesh.yaml": MESH + "retention: {grace: 1 day}\n"}, "MW-M104", "mesh.yaml:4:20", "ms, s, m, h, d or w"),
    one("http range", {"mesh.yaml": MESH + "http: {allow: [localhost]}\n"}, "MW-M104", "mesh.yaml:4:16", "127.0.0.1/32"),
    one("severity", {"mesh.yaml": MESH + "severity: {minor: wran}\n"}, "MW-M104", "mesh.yaml:4:19", "did you mean 'warn'?"),
    one("own severity", {"mesh.yaml": MESH + "severity: {warn: stop}\n"}, "MW-M104", "mesh.yaml:4:12", "remove 'warn'"),
    one("domains outside", {"mesh.yaml": MESH + "domains: [domains/*, ../x]\n"}, "MW-M111", "mesh.yaml:4:22", "domains/*"),
    one("domains by git", {"mesh.yaml": MESH + "domains: [domains/*, {git: u}]\n"}, "MW-M401", "mesh.yaml:4:22", "check the repository out"),
    one("no such domain", {"mesh.yaml": MESH + "domains: [domains/*, fleet]\n"}, "MW-M112", "mesh.yaml:4:22", "domain.yaml"),
    one(
        "a domain twice",
        {"mesh.yaml": MESH + "domains: [domains/*, teams/*]\n", "teams/analytics/domain.yaml": GOOD["domains/analytics/domain.yaml"]},
        "MW-M108",
        "teams/analytics/domain.yaml:1:1",
        "rename one",
    ),
    one("infinite parameter", {"mesh.yaml": MESH.replace("3", ".inf")}, "MW-M210", "mesh.yaml:3:32", "finite"),
)

DOMAINS = (
    one("no domain.yaml", {"domains/analytics/domain.yaml": None}, "MW-M113", "domains/analytics/domain.yaml:1:1", "name, purpose and owners"),
    one("misspelt domain.yaml", {"domains/analytics/Domain.yml": "x"}, "MW-M007", "domains/analytics/Domain.yml:1:1", "did you mean 'domain.yaml'?"),
    one("other name", replaced(DOMAIN, "name: operations", "name: operation"), "MW-M107", f"{DOMAIN}:1:7", "name: operations"),
    one("no purpose", replaced(DOMAIN, "purpose: Flights.\n", ""), "MW-M102", f"{DOMAIN}:1:1", "add 'purpose:'"),
    one("empty purpose", replaced(DOMAIN, "Flights.", "'  '"), "MW-M104", f"{DOMAIN}:2:10", "says something"),
    one("no owners", replaced(DOMAIN, "[team:operations, user:ana@example.org]", "[]"), "MW-M114", f"{DOMAIN}:3:9", "at least one owner"),
    one("owner's form", replaced(DOMAIN, "user:ana@", "ana@"), "MW-M114", f"{DOMAIN}:3:27", "team:<name>"),
    one("owner as text", replaced(DOMAIN, "[team:operations, user:ana@example.org]", "ana"), "MW-M103", f"{DOMAIN}:3:9", "a list"),
    one("python requires nothing said", {DOMAIN: GOOD[DOMAIN] + "python: {}\n"}, "MW-M102", f"{DOMAIN}:5:9", "add 'requires:'"),
    one("no requirement", {DOMAIN: GOOD[DOMAIN] + "python: {requires: [scikit learn]}\n"}, "MW-N201", f"{DOMAIN}:5:21", "name==version"),
    one("requirement by address", {DOMAIN: GOOD[DOMAIN] + "python: {requires: ['x @ https://e.org/x.whl']}\n"}, "MW-N201", f"{DOMAIN}:5:21", "x==version"),
    one("requirement not pinned", {DOMAIN: GOOD[DOMAIN] + "python: {requires: ['six>=1']}\n"}, "MW-N202", f"{DOMAIN}:5:21", "six==version"),
    one("requirement pinned to many", {DOMAIN: GOOD[DOMAIN] + "python: {requires: ['six==1.*']}\n"}, "MW-N202", f"{DOMAIN}:5:21", "six==version"),
    one("requirement twice", {DOMAIN: GOOD[DOMAIN] + "python: {requires: [a-b==1, A_b==2]}\n"}, "MW-N203", f"{DOMAIN}:5:29", "keep one"),
    one("reserved domain", {"domains/system/domain.yaml": GOOD[DOMAIN]}, "MW-M106", "domains/system/domain.yaml:1:1", "system_data"),
    one("domain's bad name", {"domains/Fleet-A/domain.yaml": GOOD[DOMAIN]}, "MW-M105", "domains/Fleet-A/domain.yaml:1:1", "'fleet_a'"),
    one("policy without level", {POLICY: replaced_policy("-- level: warn\n", "")}, "MW-V201", f"{POLICY}:1:1", "-- level: warn"),
    one("policy without why", {POLICY: replaced_policy("-- why: Because.\n", "")}, "MW-V201", f"{POLICY}:1:1", "-- why:"),
    one("policy without fix", {POLICY: replaced_policy("-- fix: Mend it.\n", "")}, "MW-V201", f"{POLICY}:1:1", "-- fix:"),
    one("policy's unknown level", {POLICY: replaced_policy("warn", "wran")}, "MW-V202", f"{POLICY}:1:4", "did you mean 'warn'"),
    one("policy's foreign level", {POLICY: replaced_policy("warn", "stop")}, "MW-V202", f"{POLICY}:1:4", "did you mean 'block'"),
    one("policy's header twice", {POLICY: "-- level: block\n" + POLICY_TEXT}, "MW-V203", f"{POLICY}:2:4", "keep one"),
    one("policy's header says nothing", {POLICY: replaced_policy("Because.", "")}, "MW-V203", f"{POLICY}:2:4", "write a value"),
    one("policy's header misspelt", {POLICY: "-- severity: stop\n" + POLICY_TEXT}, "MW-V203", f"{POLICY}:1:4", "did you mean 'level:'"),
    one("policy's bad name", {"policies/No-Good.sql": POLICY_TEXT}, "MW-M105", "policies/No-Good.sql:1:1", "'no_good'"),
    one("policy of the domain named like the mesh's", {POLICY: POLICY_TEXT, "domains/operations/policies/named.sql": POLICY_TEXT}, "MW-V204", "domains/operations/policies/named.sql:1:1", "operations_named"),
    one("policy reads a dataset", {POLICY: replaced_policy("mesh.ports", "operations.flights.departures")}, "MW-Q501", f"{POLICY}:4:29", "tables: mesh."),
    one("policy reads a file", {POLICY: replaced_policy("mesh.ports", "read_csv('/etc/passwd'), mesh.ports")}, "MW-Q502", f"{POLICY}:4:29", "its tables only"),
    one("policy reads the clock", {POLICY: replaced_policy("from mesh", ", now() as n from mesh")}, "MW-Q502", f"{POLICY}:4:26", "$today"),
    one("policy's unknown parameter", {POLICY: replaced_policy("from mesh", ", $currency as n from mesh")}, "MW-Q503", f"{POLICY}:4:26", "$today"),
    one("policy without a table", {POLICY: replaced_policy(" from mesh.ports", "")}, "MW-Q504", f"{POLICY}:1:1", "mesh.columns"),
    one("policy that is no SQL", {POLICY: replaced_policy("select", "selct")}, "MW-Q104", f"{POLICY}:4:1", "one SELECT"),
    one("policy with another ending", {"policies/a.sql.txt": POLICY_TEXT}, "MW-M007", "policies/a.sql.txt:1:1", "rename it to 'a.sql'"),
    one("policies of a product", {f"{FLIGHTS}/policies/a.sql": POLICY_TEXT}, "MW-M007", f"{FLIGHTS}/policies:1:1", "domains/operations/policies"),
    one("exemptions at the root", {"exemptions.yaml": "exemptions: []"}, "MW-M007", "exemptions.yaml:1:1", "policies/exemptions.yaml"),
    one("exemptions beside a domain", {"domains/operations/exemptions.yaml": "exemptions: []"}, "MW-M007", "domains/operations/exemptions.yaml:1:1", "domains/operations/policies/exemptions.yaml"),
    one("exemptions with another ending", {"policies/exemptions.yml": "exemptions: []"}, "MW-M007", "policies/exemptions.yml:1:1", "exemptions.yaml"),
    one("exemption lacks a key", {EXEMPTIONS: exempted("reason")}, "MW-M102", f"{EXEMPTIONS}:2:5", "add 'reason:'"),
    one("exemption's unknown key", {EXEMPTIONS: exempted() + "    until: 2027-01-01\n"}, "MW-M101", f"{EXEMPTIONS}:7:5", "keys:"),
    one("exemption's day", {EXEMPTIONS: exempted().replace("2999-12-31", "31.12.2999")}, "MW-V208", f"{EXEMPTIONS}:6:14", "2027-03-31"),
    one("exemption's owner", {EXEMPTIONS: exempted().replace("team:a", "ana")}, "MW-M114", f"{EXEMPTIONS}:4:12", "team:<name>"),
    one("exemption twice", {EXEMPTIONS: exempted() + exempted().partition("\n")[2]}, "MW-V208", f"{EXEMPTIONS}:7:5", "keep one"),
    one("exemptions that are none", {EXEMPTIONS: "exemptions: [x]\n"}, "MW-M103", f"{EXEMPTIONS}:1:14", "a list of mappings"),
    one("stray file", {"domains/operations/notes.txt": "x"}, "MW-M008", "domains/operations/notes.txt:1:1", "move it out"),
    one("folder that is no product", {"domains/operations/docs/a.txt": "x"}, "MW-M008", "domains/operations/docs:1:1", "move it out"),
    one("broken YAML", {"domains/analytics/domain.yaml": "name: [\n"}, "MW-Y003", "domains/analytics/domain.yaml:2:1", ""),
    one("key twice", {"domains/analytics/domain.yaml": GOOD["domains/analytics/domain.yaml"] + "name: x\n"}, "MW-Y008", "domains/analytics/domain.yaml:4:1", "keep one"),
)

NODES = (
    one("no kind", node("lost: {}"), "MW-M201", f"{PIPELINE}:4:3", "models/lost.sql"),
    one("no kind and no value", node("lost:"), "MW-M201", f"{PIPELINE}:4:3", "python"),
    one("two kinds", node("x: {source: {path: a.csv}, python: f.py}"), "MW-M202", f"{PIPELINE}:4:30", "second node"),
    one("python without a function", node("x: {python: f.py}"), "MW-N101", f"{PIPELINE}:4:15", "f.py:build"),
    one("python of no file", node("x: {python: build}"), "MW-N101", f"{PIPELINE}:4:15", "delays.py:build"),
    one("python file missing", node("x: {python: f.py:build}"), "MW-N102", f"{PIPELINE}:4:15", "write it"),
    one("python file outside", node("x: {python: ../../analytics/f.py:build}"), "MW-N102", f"{PIPELINE}:4:15", "into the domain"),
    one("python file absolute", node("x: {python: /etc/f.py:build}"), "MW-N102", f"{PIPELINE}:4:15", "into the domain"),
    one("python syntax", py("x: {python: main.py:build}", "def build():\n  return (\n"), "MW-N103", f"{MAIN}:2:10", "syntax"),
    one("python null character", py("x: {python: main.py:build}", "def build(): return '\0'\n"), "MW-N103", f"{MAIN}:1:1", "syntax"),
    one("python function", py("x: {python: main.py:biuld}", "def build(): ...\n"), "MW-N104", f"{PIPELINE}:4:15", "did you mean 'build'?"),
    one("python no function", py("x: {python: main.py:build}", "build = print\n"), "MW-N104", f"{PIPELINE}:4:15", "def build"),
    one("python argument", py("x: {python: main.py:build, inputs: [departures]}", "def build(departures, lest): ...\n"), "MW-N105", f"{MAIN}:1:23", "did you mean 'least'?"),
    one("python input", py("x: {python: main.py:build, inputs: [departures]}", "def build(): ...\n"), "MW-N106", f"{PIPELINE}:4:39", "add the argument"),
    one("python async", py("x: {python: main.py:build}", "async def build(): ...\n"), "MW-N107", f"{MAIN}:1:1", "plain"),
    one("python by position", py("x: {python: main.py:build, inputs: {a: departures}}", "def build(a, /, **rest): ...\n"), "MW-N107", f"{MAIN}:1:1", "'/'"),
    one("python frame", py("x: {python: main.py:build, inputs: [departures]}", "def build(departures: list): ...\n"), "MW-N108", f"{MAIN}:1:23", "pa.Table"),
    one("python input of two parts", py("x: {python: main.py:build, inputs: [flights.departures]}", "def build(departures): ...\n"), "MW-N109", f"{PIPELINE}:4:39", "domain.product.dataset"),
    one("python inputs as text", py("x: {python: main.py:build, inputs: departures}", "def build(departures): ...\n"), "MW-N109", f"{PIPELINE}:4:38", "inputs: [departures"),
    one("python inputs alike", py("x: {python: main.py:build, inputs: [departures, operations.flights.departures]}", "def build(departures): ...\n"), "MW-N109", f"{PIPELINE}:4:51", "mapping"),
    one("python relative import", py("x: {python: main.py:build}", "from .helpers import a\ndef build(): ...\n"), "MW-N110", f"{MAIN}:1:1", "correct the import"),
    one("python import out of the domain", py("x: {python: main.py:build}", "def build():\n  from ....x import a\n"), "MW-N110", f"{MAIN}:2:3", "correct the import"),
    one("python inputs of a model", replaced(PIPELINE, "engine: local", "inputs: [raw_flights]"), "MW-N111", f"{PIPELINE}:9:38", "remove 'inputs'"),
    one("memory of a model", replaced(PIPELINE, "engine: local", "memory: 1GB"), "MW-N111", f"{PIPELINE}:9:38", "remove 'memory'"),
    one("python memory", py("x: {python: main.py:build, memory: lots}", "def build(): ...\n"), "MW-M104", f"{PIPELINE}:4:38", "4GB"),
    one("python timeout", py("x: {python: main.py:build, timeout: 0s}", "def build(): ...\n"), "MW-M104", f"{PIPELINE}:4:39", "longer"),
    one("python called as Python's", {**py("x: {python: main.py:build}", "import json\ndef build(): ...\n"), f"{FLIGHTS}/json.py": "a = 1\n"}, "MW-N112", f"{MAIN}:1:1", "rename"),
    one("component", node("x: {component: top_n@1, inputs: {rows: departures}}"), "MW-K002", f"{PIPELINE}:4:18", "top_n"),
    one("inline sql", node("x: {sql: select 1}"), "MW-M204", f"{PIPELINE}:4:7", "models/x.sql"),
    one("source and model", replaced(PIPELINE, "departures: {after", "departures: {source: {path: a.csv}, after"), "MW-M203", f"{PIPELINE}:9:3", "rename"),
    one("text as node", node("x: y.csv"), "MW-M103", f"{PIPELINE}:4:6", "source: {path"),
    one("as", replaced(PIPELINE, "engine: local", "as: veiw"), "MW-M104", f"{PIPELINE}:9:42", "view"),
    one("view of a source", node("x: {source: {path: x.csv, format: csv}, as: view}"), "MW-M221", f"{PIPELINE}:4:47", "model"),
    one("view of a moment", replaced(PIPELINE, "engine: local", "deterministic: false, as: view"), "MW-M222", f"{PIPELINE}:9:64", "as: table"),
    one("engine that is not the mesh's", {"mesh.yaml": MESH + "engines: {local: {type: duckdb}, big: {type: duckdb}}\nengine: big\n"}, "MW-M402", f"{PIPELINE}:9:46", "engine: big"),
    one("refresh of a model", replaced(PIPELINE, "engine: local", "refresh: schedule"), "MW-M224", f"{PIPELINE}:9:47", "deterministic: false"),
    one("refresh unknown", replaced(PIPELINE, "engine: local", "refresh: alwasy"), "MW-M104", f"{PIPELINE}:9:47", "did you mean 'always'?"),
    one("fan-out of a text without an item", replaced(PIPELINE, "engine: local", "for_each: [a]"), "MW-M422", f"{PIPELINE}:9:38", "use $item"),
    one("misspelt node key", replaced(PIPELINE, "engine: local", "enginee: local"), "MW-M101", f"{PIPELINE}:9:38", "did you mean 'engine'?"),
    one("unknown engine", replaced(PIPELINE, "engine: local", "engine: locl"), "MW-M110", f"{PIPELINE}:9:46", "did you mean 'local'?"),
    one("unknown after", replaced(PIPELINE, "[raw_flights]", "[raw_fligts]"), "MW-M209", f"{PIPELINE}:9:24", "did you mean 'raw_flights'?"),
    one("after as text", replaced(PIPELINE, "[raw_flights]", "raw_flights"), "MW-M103", f"{PIPELINE}:9:23", "a list"),
    one("no path", node("x: {source: {format: csv}}"), "MW-M102", f"{PIPELINE}:4:15", "add 'path:'"),
    one("format unknown", node("x: {source: {path: data/x.txt}}"), "MW-M205", f"{PIPELINE}:4:22", "add 'format:'"),
    one("format misspelt", node("x: {source: {path: data/x, format: cvs}}"), "MW-M104", f"{PIPELINE}:4:38", "did you mean 'csv'?"),
    one("csv setting on parquet", node("x: {source: {path: a.parquet, header: true}}"), "MW-M208", f"{PIPELINE}:4:33", "remove 'header'"),
    one("reference in a local path", node("x: {source: {path: '${env:DATA}/a.csv'}}"), "MW-M104", f"{PIPELINE}:4:22", "addresses"),
    one("password in a database", node("x: {source: {database: 'postgresql://u:pw@h/d', table: t}}"), "MW-M216", f"{PIPELINE}:4:26", "${env:NAME}"),
    one("secret option", node("x: {source: {path: 's3://b/a.csv', options: {secret: abc}}}"), "MW-M216", f"{PIPELINE}:4:48", "${file:path}"),
    one("secret header", node("x: {source: {path: 'https://h/a.csv', headers: {Authorization: 'Bearer x'}}}"), "MW-M216", f"{PIPELINE}:4:51", "reference"),
    one("headers of a store", node("x: {source: {path: 's3://b/a.csv', headers: {X-A: b}}}"), "MW-M208", f"{PIPELINE}:4:38", "remove 'headers'"),
    one("options of a file", node("x: {source: {path: a.csv, options: {key: b}}}"), "MW-M208", f"{PIPELINE}:4:29", "remove 'options'"),
    one("sheet of a csv", node("x: {source: {path: a.csv, sheet: S}}"), "MW-M208", f"{PIPELINE}:4:29", "remove 'sheet'"),
    one("range of cells", node("x: {source: {path: a.xlsx, range: A1-B2}}"), "MW-M104", f"{PIPELINE}:4:37", "B3:F100"),
    one("table and query", node("x: {source: {database: 'sqlite:///a.db', table: t, query: select 1}}"), "MW-M217", f"{PIPELINE}:4:54", "select ..."),
    one("neither table nor query", node("x: {source: {database: 'sqlite:///a.db'}}"), "MW-M217", f"{PIPELINE}:4:15", "table"),
    one("delta without a path", node("x: {source: {format: delta}}"), "MW-M217", f"{PIPELINE}:4:15", "path"),
    one("catalog of delta", node("x: {source: {format: delta, path: d, catalog: {type: sql}}}"), "MW-M208", f"{PIPELINE}:4:40", "remove 'catalog'"),
    one("path beside a catalog", node("x: {source: {path: d, catalog: {type: sql}}}"), "MW-M217", f"{PIPELINE}:4:16", "table"),
    one("csv key of a database", node("x: {source: {database: 'sqlite:///a.db', table: t, header: true}}"), "MW-M101", f"{PIPELINE}:4:54", "database"),
    one("reference without a key", node("x: {source: {database: '${vault:kv/db}', table: t}}"), "MW-X651", f"{PIPELINE}:4:26", "${vault:kv/path#key}"),
    one("reference of an unknown kind", node("x: {source: {database: '${evn:DB}', table: t}}"), "MW-X651", f"{PIPELINE}:4:26", "did you mean 'env'"),
    one("variable that is no reference", node("x: {source: {database: '${DB}', table: t}}"), "MW-X651", f"{PIPELINE}:4:26", "write ${env:DB}"),
    one("value of a run in a source", node("x: {source: {database: '${param:db}', table: t}}"), "MW-M404", f"{PIPELINE}:4:26", "${env:NAME}"),
    one("secret as a parameter", node("x: {source: {path: a.csv}, params: {key: '${vault:kv/db#key}'}}"), "MW-M404", f"{PIPELINE}:4:44", "stored with every version"),
    one("delimiter", node("x: {source: {path: a.csv, delimiter: '||'}}"), "MW-M104", f"{PIPELINE}:4:40", "one character"),
    one("encoding", node("x: {source: {path: a.csv, encoding: uft8}}"), "MW-M104", f"{PIPELINE}:4:39", "utf-8"),
    one("number as null", node("x: {source: {path: a.csv, nulls: [-1]}}"), "MW-M103", f"{PIPELINE}:4:37", '"-1"'),
    one("path is a folder", node("x: {source: {path: data/, format: csv}}"), "MW-M104", f"{PIPELINE}:4:22", "data/*"),
    one("column type", node("x: {source: {path: a.csv}, columns: {a: 'INT); drop table x'}}"), "MW-M206", f"{PIPELINE}:4:43", "INTEGER"),
    one("column twice", node("x: {source: {path: a.csv}, columns: {a: INT, A: INT}}"), "MW-M207", f"{PIPELINE}:4:48", "keep one"),
    one("node's bad name", node("rawFlights: {source: {path: a.csv}}"), "MW-M105", f"{PIPELINE}:4:3", "'raw_flights'"),
    one("reserved node", node("default: {source: {path: a.csv}}"), "MW-M106", f"{PIPELINE}:4:3", "default_data"),
    one("deterministic as text", replaced(PIPELINE, "engine: local", "deterministic: no"), "MW-M103", f"{PIPELINE}:9:53", "true or false"),
    one("concurrency", {PIPELINE: GOOD[PIPELINE] + "concurrency: 0\n"}, "MW-M104", f"{PIPELINE}:12:14", "from 1"),
    one("list of nothing known", replaced(PIPELINE, "engine: local", "for_each: '${node:y.value.z}'"), "MW-M421", f"{PIPELINE}:9:48", "write the list out"),
    one("item twice", replaced(PIPELINE, "engine: local", "for_each: [a, a]"), "MW-M422", f"{PIPELINE}:9:52", "keep one"),
    one("hidden parameter", replaced(PIPELINE, "params: {least: 5}", "for_each: [1], params: {item: 5}"), "MW-M423", f"{PIPELINE}:9:53", "rename"),
    one("retry", {PIPELINE: GOOD[PIPELINE] + "retry: {backoff: 10s}\n"}, "MW-M102", f"{PIPELINE}:12:8", "attempts"),
    one("timeout without effect", node("x: {source: {path: a.csv}, timeout: 3s}"), "MW-M406", f"{PIPELINE}:4:30", "do not rely"),
    one("retry without attempts", {PIPELINE: GOOD[PIPELINE] + "retry: {backoff: 10s}\n"}, "MW-M102", f"{PIPELINE}:12:8", "attempts"),
    one("timeout", {PIPELINE: GOOD[PIPELINE] + "timeout: soon\n"}, "MW-M104", f"{PIPELINE}:12:10", "30m"),
    one("tests of nothing", replaced(PIPELINE, "  departures: [{metric", "  departuers: [{metric"), "MW-M213", f"{PIPELINE}:11:3", "did you mean 'departures'?"),
    one("empty pipeline", {PIPELINE: "", f"{FLIGHTS}/models/departures.sql": "select 1 as origin"}, "MW-Y017", f"{PIPELINE}:1:1", "write the keys"),
)

PARAMETERS = (
    one("default's type", replaced(PIPELINE, "default: 0", "default: far"), "MW-M210", f"{PIPELINE}:2:42", "whole number"),
    one("no default", replaced(PIPELINE, "default: 0, ", ""), "MW-M102", f"{PIPELINE}:2:17", "add 'default:'"),
    one("parameter type", replaced(PIPELINE, "type: integer", "type: int"), "MW-M104", f"{PIPELINE}:2:24", "did you mean 'integer'?"),
    one("parameter's bad name", {DOMAIN: GOOD[DOMAIN].replace("tz:", "TZ:")}, "MW-M105", f"{DOMAIN}:4:10", "'tz'"),
    one("another type below", {DOMAIN: GOOD[DOMAIN].replace("{tz:", "{currency: 1, tz:")}, "MW-M211", f"{DOMAIN}:4:10", "of type string"),
    one("another type on a node", replaced(PIPELINE, "least: 5", "least: five"), "MW-M211", f"{PIPELINE}:9:62", "of type integer"),
    one("null", {DOMAIN: GOOD[DOMAIN].replace("America/New_York", "null")}, "MW-M210", f"{DOMAIN}:4:14", "finite number"),
    one("list", {DOMAIN: GOOD[DOMAIN].replace("America/New_York", "[1]")}, "MW-M210", f"{DOMAIN}:4:14", "name: value"),
    one("more than 64 bits", {DOMAIN: GOOD[DOMAIN].replace("America/New_York", "9223372036854775808")}, "MW-M210", f"{DOMAIN}:4:14", "finite number"),
    one("bad day", {DOMAIN: GOOD[DOMAIN].replace("America/New_York", "{type: date, default: 2013-02-30}")}, "MW-M210", f"{DOMAIN}:4:36", "2013-01-31"),
    one("undeclared in a model", replaced(MODEL, "$least", "$leest"), "MW-M212", f"{MODEL}:3:44", "did you mean 'least'?"),
    one("undeclared in a test", replaced(TEST, "-1000", "$limit"), "MW-M212", f"{TEST}:5:72", "parameters:"),
)

SQL = (
    one("two parts", replaced(MODEL, "from raw_flights", "from flights.raw_flights"), "MW-Q203", f"{MODEL}:2:6", "raw_flights"),
    one("four parts", replaced(MODEL, "from raw_flights", "from a.b.c.d"), "MW-Q203", f"{MODEL}:2:6", "domain.product"),
    one("now()", replaced(MODEL, "dep_delay", "now()"), "MW-Q207", f"{MODEL}:1:16", "deterministic: false"),
    one("empty model", {f"{FLIGHTS}/models/late.sql": " \n"}, "MW-Q101", f"{FLIGHTS}/models/late.sql:1:1", "one SELECT"),
    one("empty file", {f"{FLIGHTS}/models/late.sql": ""}, "MW-Q101", f"{FLIGHTS}/models/late.sql:1:1", "one SELECT"),
    one("model not UTF-8", {f"{FLIGHTS}/models/late.sql": b"select 1 as a,\r\n  '\xe9' as b"}, "MW-M005", f"{FLIGHTS}/models/late.sql:2:4", "UTF-8"),
    one("model's bad name", {f"{FLIGHTS}/models/late-Flights.sql": "select 1 as a"}, "MW-M105", f"{FLIGHTS}/models/late-Flights.sql:1:1", "'late_flights'"),
    one("double underscore", {f"{FLIGHTS}/models/a__b.sql": "select 1 as a"}, "MW-M105", f"{FLIGHTS}/models/a__b.sql:1:1", "'a_b'"),
    one("long name", {f"{FLIGHTS}/models/{'a' * 49}.sql": "select 1 as a"}, "MW-M105", f"{FLIGHTS}/models/{'a' * 49}.sql:1:1", "rename it"),
    one("reserved model", {f"{FLIGHTS}/models/main.sql": "select 1 as a"}, "MW-M106", f"{FLIGHTS}/models/main.sql:1:1", "main_data"),
    one("SQL suffix", {f"{FLIGHTS}/models/late.SQL": "select 1"}, "MW-M007", f"{FLIGHTS}/models/late.SQL:1:1", "late.sql"),
    one("model folder", {f"{FLIGHTS}/model/late.sql": "select 1"}, "MW-M007", f"{FLIGHTS}/model:1:1", "did you mean 'models/'?"),
    one("pipeline.yml", {f"{FLIGHTS}/pipeline.yml": "{}"}, "MW-M007", f"{FLIGHTS}/pipeline.yml:1:1", "did you mean 'pipeline.yaml'?"),
    one("model beside models", {f"{FLIGHTS}/late.sql": "select 1"}, "MW-M007", f"{FLIGHTS}/late.sql:1:1", "models/late.sql"),
    one("folder in models", {f"{FLIGHTS}/models/staging/a.sql": "select 1"}, "MW-M009", f"{FLIGHTS}/models/staging:1:1", "one level up"),
    one("note in models", {f"{FLIGHTS}/models/notes.txt": "x"}, "MW-M008", f"{FLIGHTS}/models/notes.txt:1:1", "dot"),
    one("python file", {f"{FLIGHTS}/delays.py": "x"}, "MW-M008", f"{FLIGHTS}/delays.py:1:1", "dot"),
    one("access.yaml", {f"{FLIGHTS}/access.yaml": "ports: {}"}, "MW-M403", f"{FLIGHTS}/access.yaml:1:1", "remove it"),
)

TESTS = (
    one("misspelt header", replaced(TEST, "severity:", "severty:"), "MW-M230", f"{TEST}:2:4", "did you mean 'severity:'?"),
    one("level", replaced(TEST, "severity:", "level:"), "MW-M230", f"{TEST}:2:4", "'severity:'"),
    one("severity word", replaced(TEST, "warn\n", "wran\n"), "MW-M232", f"{TEST}:2:4", "did you mean 'warn'?"),
    one("empty header", replaced(TEST, "departures\n", "\n"), "MW-M231", f"{TEST}:3:4", "after 'on:'"),
    one("header twice", replaced(TEST, "-- on:", "-- severity: stop\n-- on:"), "MW-M231", f"{TEST}:3:4", "keep one"),
    one("on is unknown", replaced(TEST, "on: departures", "on: departuers"), "MW-M234", f"{TEST}:3:4", "did you mean 'departures'?"),
    one("on is not read", {**node("x: {source: {path: a.csv}}"), **replaced(TEST, "on: departures", "on: x")}, "MW-M234", f"{TEST}:3:4", "select from x"),
    one("guards nothing", {"domains/analytics/reports/tests/t.sql": "select * from operations.flights.departures"}, "MW-M233", "domains/analytics/reports/tests/t.sql:1:1", "select from a dataset"),
    one("impure test", {f"{FLIGHTS}/tests/fresh.sql": "select * from departures where now() < t"}, "MW-M235", f"{FLIGHTS}/tests/fresh.sql:1:32", "parameter"),
    one("unit test of no node", {f"{FLIGHTS}/tests/late.unit.yaml": "given: {}\nexpect: []\n"}, "MW-M240", f"{FLIGHTS}/tests/late.unit.yaml:1:1", "name the node with 'dataset:'"),
    one("rows for what is not read", {f"{FLIGHTS}/tests/departures.unit.yaml": "given: {raw_flight: [], raw_flights: []}\nexpect: []\n"}, "MW-M241", f"{FLIGHTS}/tests/departures.unit.yaml:1:9", "did you mean"),
    one("input without rows", {f"{FLIGHTS}/tests/departures.unit.yaml": "given: {}\nexpect: []\n"}, "MW-M242", f"{FLIGHTS}/tests/departures.unit.yaml:1:8", "add 'raw_flights: []'"),
    one("rows that are none", {f"{FLIGHTS}/tests/departures.unit.yaml": "given: {raw_flights: 1}\nexpect: []\n"}, "MW-M243", f"{FLIGHTS}/tests/departures.unit.yaml:1:22", "write []"),
    one("parameter of no node", {f"{FLIGHTS}/tests/departures.unit.yaml": "params: {tz: x}\ngiven: {raw_flights: []}\nexpect: []\n"}, "MW-M244", f"{FLIGHTS}/tests/departures.unit.yaml:1:10", "parameters"),
    one("no time", {f"{FLIGHTS}/tests/departures.unit.yaml": "now: noon\ngiven: {raw_flights: []}\nexpect: []\n"}, "MW-M245", f"{FLIGHTS}/tests/departures.unit.yaml:1:6", "2013-01-31T12:00:00Z"),
    one("misnamed unit test", {f"{FLIGHTS}/tests/late.unit.yml": "given: {}"}, "MW-M007", f"{FLIGHTS}/tests/late.unit.yml:1:1", "rename it to 'late.unit.yaml'"),
    one("test's bad name", {f"{FLIGHTS}/tests/No.sql": "select * from departures"}, "MW-M105", f"{FLIGHTS}/tests/No.sql:1:1", "'no'"),
)

PORTS = (
    one("no contract", {CONTRACT_FILE: None, CONSUMERS: None}, "MW-M301", f"{ODPS}:10:5", "contracts/departures.odcs.yaml"),
    Case(
        "contract of another name",
        {CONTRACT_FILE: None, CONSUMERS: None, f"{FLIGHTS}/contracts/departure.odcs.yaml": GOOD[CONTRACT_FILE]},
        (
            ("MW-M302", f"{FLIGHTS}/contracts/departure.odcs.yaml:1:1", "did you mean 'departures'?"),
            ("MW-M301", f"{ODPS}:10:5", "did you mean 'departure'?"),
        ),
    ),
    one("no ODPS", {ODPS: None}, "MW-M303", f"{ODPS}:1:1", "an output port for each contract"),
    one("contract id", replaced(ODPS, "contractId: contract-departures", "contractId: c1"), "MW-M304", f"{ODPS}:12:5", "contractId: contract-departures"),
    one("object is no dataset", replaced(CONTRACT_FILE, "name: departures\n    logicalType", "name: departuers\n    logicalType"), "MW-M305", f"{CONTRACT_FILE}:8:5", "did you mean 'departures'?"),
    one("no objects", {CONTRACT_FILE: GOOD[CONTRACT_FILE].partition("schema:")[0], CONSUMERS: None}, "MW-M306", f"{CONTRACT_FILE}:1:1", "schema:"),
    one("port twice at a version", {ODPS: GOOD[ODPS] + "  - name: departures\n    version: 1.1.0\n    contractId: contract-departures\n"}, "MW-M307", f"{ODPS}:13:5", "keep one"),
    one("contract suffix", {f"{FLIGHTS}/contracts/x.odcs.yml": "a"}, "MW-M007", f"{FLIGHTS}/contracts/x.odcs.yml:1:1", "'x.odcs.yaml'"),
    one("contract beside contracts", {f"{FLIGHTS}/x.odcs.yaml": "a"}, "MW-M007", f"{FLIGHTS}/x.odcs.yaml:1:1", "contracts/x.odcs.yaml"),
    one(
        "ids twice",
        {"domains/analytics/reports/product.odps.yaml": PRODUCT.format(name="flights", port="worst"),
         "domains/analytics/reports/contracts/worst.odcs.yaml": CONTRACT.format(port="worst", dataset="worst")},
        "MW-M308",
        f"{ODPS}:1:1",
        "its own id",
    ),
    one(
        "input port of nothing",
        {ODPS: GOOD[ODPS] + "inputPorts:\n  - name: weather\n    version: 1.0.0\n    contractId: contract-departure\n"},
        "MW-M309",
        f"{ODPS}:14:5",
        "did you mean 'contract-departures'?",
    ),
    Case(
        "input port that is not read, at another version",
        {"domains/analytics/reports/models/worst.sql": "select 1 as a",
         "domains/analytics/reports/product.odps.yaml": PRODUCT.format(name="reports", port="worst").partition("outputPorts")[0]
         + "inputPorts:\n  - name: flights\n    version: 0.9.0\n    contractId: contract-departures\n"},
        (
            ("MW-M310", "domains/analytics/reports/product.odps.yaml:10:5", "remove the input port"),
            ("MW-M311", "domains/analytics/reports/product.odps.yaml:10:5", "version 1.0.0"),
        ),
    ),
    one("consumer's port", replaced(CONSUMERS, "- departures", "- departure"), "MW-M312", f"{CONSUMERS}:7:9", "did you mean 'departures'?"),
    one("consumer's column", replaced(CONSUMERS, "[delay,", "[delya,"), "MW-M313", f"{CONSUMERS}:8:57", "did you mean 'delay'?"),
    one("consumer's dataset", replaced(CONSUMERS, "departures.origin", "departure.origin"), "MW-M313", f"{CONSUMERS}:8:64", "did you mean 'departures'?"),
    one("consumer's type", replaced(CONSUMERS, "dashboard", "dashbord"), "MW-M104", f"{CONSUMERS}:3:11", "did you mean 'dashboard'?"),
    one("consumer's owner", replaced(CONSUMERS, "team:analytics", "analytics"), "MW-M114", f"{CONSUMERS}:4:12", "team:<name>"),
    one("consumer twice", {CONSUMERS: GOOD[CONSUMERS] + GOOD[CONSUMERS].partition("\n")[2]}, "MW-M314", f"{CONSUMERS}:9:5", "keep one"),
    one("consumer without ports", {CONSUMERS: GOOD[CONSUMERS].partition("    ports")[0]}, "MW-M102", f"{CONSUMERS}:2:5", "add 'ports:'"),
    one("consumers as a mapping", {CONSUMERS: "consumers: {a: 1}\n"}, "MW-M103", f"{CONSUMERS}:1:12", "a list"),
)



def varied(text: str) -> dict[str, str | bytes | None]:
    """Return the good pipeline with variation `canary` in line 13."""
    return {PIPELINE: GOOD[PIPELINE] + f"variations:\n  canary: {text}\n"}


VARIATIONS = (
    one("schedule of a variation", varied("{schedule: {cron: '0 25 * * *'}}"), "MW-S010", f"{PIPELINE}:13:29", "write minute, hour"),
    one("misspelt key of a variation", varied("{parms: {}}"), "MW-M101", f"{PIPELINE}:13:12", "did you mean 'params'?"),
    one("variation's bad name", {PIPELINE: GOOD[PIPELINE] + "variations:\n  Canary: {}\n"}, "MW-M105", f"{PIPELINE}:13:3", "another name"),
    one("text as variation", varied("yes"), "MW-M103", f"{PIPELINE}:13:11", "a mapping"),
    one("variation of nothing", varied("{params: {min_distnce: 1}}"), "MW-M261", f"{PIPELINE}:13:34", "did you mean 'min_distance'?"),
    one("value of a variation", varied("{params: {min_distance: far}}"), "MW-M210", f"{PIPELINE}:13:35", "whole number"),
    one("variation's value of no type", varied("{params: {min_distance: [1]}}"), "MW-M210", f"{PIPELINE}:13:35", "name: value"),
    one("typed form in a variation", varied("{params: {min_distance: {type: integer, default: 1}}}"), "MW-M210", f"{PIPELINE}:13:35", "where the parameter is declared"),
    one("value for another level's type", varied("{params: {currency: 5}}"), "MW-M210", f"{PIPELINE}:13:31", "text"),
    one("value for a node's parameter", varied("{params: {least: few}}"), "MW-M210", f"{PIPELINE}:13:28", "whole number"),
    one("unknown node of a variation", varied("{nodes: [+departure]}"), "MW-M262", f"{PIPELINE}:13:20", "did you mean 'departures'?"),
    one("pattern of nothing", varied("{nodes: ['x*']}"), "MW-M262", f"{PIPELINE}:13:20", "departures"),
    one("no such word", varied("{nodes: [flights.departures]}"), "MW-M262", f"{PIPELINE}:13:20", "names of nodes"),
    one("number as node", varied("{nodes: [1]}"), "MW-M103", f"{PIPELINE}:13:20", "names of nodes"),
    one("nodes as text", varied("{nodes: departures}"), "MW-M103", f"{PIPELINE}:13:19", "a list"),
    one("variation without nodes", varied("{nodes: []}"), "MW-M263", f"{PIPELINE}:13:19", "leave 'nodes' out"),
    one("variation without what a node waits for", varied("{nodes: [departures]}"), "MW-M264", f"{PIPELINE}:13:19", "add 'raw_flights'"),
    one("unknown engine in a variation", varied("{engines: {local: locl}}"), "MW-M110", f"{PIPELINE}:13:29", "did you mean 'local'?"),
    one("remapping of no engine", varied("{engines: {cluster: local}}"), "MW-M110", f"{PIPELINE}:13:22", "engines: local"),
    one("engine of a variation as a list", varied("{engines: {local: []}}"), "MW-M103", f"{PIPELINE}:13:29", "the name of an engine"),
    one("variations as a list", {PIPELINE: GOOD[PIPELINE] + "variations: [canary]\n"}, "MW-M103", f"{PIPELINE}:12:13", "a mapping"),
    Case(
        "engine that a variation cannot have",
        {**varied("{engines: {local: big}}"), "mesh.yaml": MESH + "engines: {local: {type: duckdb}, big: {type: duckdb}}\nengine: local\n"},
        (("MW-M402", f"{PIPELINE}:13:29", "local: local"),),
    ),
    one("environment of nothing", {"mesh.yaml": MESH + "environments: {qa: {params: {min_distnce: 1}}}\n"}, "MW-M261", "mesh.yaml:4:43", "did you mean 'min_distance'?"),
    one("value of an environment", {"mesh.yaml": MESH + "environments: {qa: {params: {min_distance: 1.5}}}\n"}, "MW-M210", "mesh.yaml:4:44", "whole number"),
    one("environment sets a list", {"mesh.yaml": MESH + "environments: {qa: {params: {least: [1]}}}\n"}, "MW-M210", "mesh.yaml:4:37", "name: value"),
    one("environment's params as text", {"mesh.yaml": MESH + "environments: {qa: {params: x}}\n"}, "MW-M103", "mesh.yaml:4:29", "a mapping"),
)

CASES = (*SETTINGS, *DOMAINS, *NODES, *PARAMETERS, *VARIATIONS, *SQL, *TESTS, *PORTS)
