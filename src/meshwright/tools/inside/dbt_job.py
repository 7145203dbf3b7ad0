"""One job of dbt, or the outline of one: ``python dbt_job.py run|outline FOLDER``, with the Python that dbt is installed in.

dbt runs in this process (`dbtRunner`, its documented interface for programs), so that the project is parsed once, and every
node tells when it starts and ends. All that dbt writes goes into the job's folder; the project's folder stays as it is.
"""

from __future__ import annotations

import contextlib
import io
import json
import sys
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from meshwright.tools.inside.dbt_graph import Project, declared_columns, is_test, relation_parts
    from meshwright.tools.inside.duckdb_tables import folded, known_columns, known_types, make_view, save_table
    from meshwright.tools.inside.job_files import JobFailed, Steps, costs, run_job, write_json
else:  # this folder is on the path, and meshwright is not
    from dbt_graph import Project, declared_columns, is_test, relation_parts
    from duckdb_tables import folded, known_columns, known_types, make_view, save_table
    from job_files import JobFailed, Steps, costs, run_job, write_json

#: Profile, and database, that the job makes.
_PROFILE = "meshwright"
_RESOURCES = {
    "build": ("model", "seed", "snapshot", "test", "unit_test"),
    "run": ("model",),
    "test": ("test", "unit_test"),
}
_STATES = {
    "success": "succeeded", "pass": "succeeded", "warn": "succeeded", "skipped": "blocked", "no-op": "skipped",
    "started": "running",
}  # fmt: skip
_VERDICTS = {"pass": "pass", "warn": "warn", "fail": "stop"}
#: What DuckDB says where the machine, and not the model, is to blame.
_PASSING = ("IO Error", "Out of Memory Error", "HTTP Error", "Connection Error")
_FAILURES_SHOWN = 20


class Dbt:
    """dbt with a project, a profile and a folder for all that it writes."""

    def __init__(self, request: Mapping[str, Any], place: Path) -> None:
        self.request = request
        self.place = place
        self.is_own_profile = request["profiles"] is not None
        self.profiles = Path(request["profiles"]) if self.is_own_profile else place / "profiles"
        self.manifest: Any = None

    def write_profile(self, databases: Iterable[str] = ()) -> None:
        """Write a profile of one target: a DuckDB file in the job's folder, and one more for each further database."""
        if self.is_own_profile:
            return
        self.profiles.mkdir(parents=True, exist_ok=True)
        output = {
            "type": "duckdb", "path": str(self.place / f"{_PROFILE}.duckdb"), "schema": "main",
            "threads": self.request["threads"], "external_root": str(self.place / "external"),
            "attach": [{"path": str(self.place / f"attached-{name}.duckdb"), "alias": name} for name in databases],
        }  # fmt: skip
        (self.place / "external").mkdir(exist_ok=True)
        target = self.request["target"] or "prod"
        profile = {_PROFILE: {"target": target, "outputs": {target: output}}}
        (self.profiles / "profiles.yml").write_text(json.dumps(profile), "utf-8")  # JSON is YAML

    def parse(self) -> Mapping[str, Any]:
        """Parse the project, and return its manifest as dbt writes it."""
        self.manifest = self._invoke(["parse"])
        return self._artefact("manifest.json")

    def selected(self) -> list[str]:
        """Return the ids of the nodes that the command will run."""
        command = self.request["command"]
        types = [word for kind in _RESOURCES[command] for word in ("--resource-type", kind)]
        with contextlib.redirect_stdout(io.StringIO()):  # dbt prints the list
            listed = self._invoke(
                ["--quiet", "ls", "--output", "json", "--output-keys", "unique_id", *types, *self._selection()]
            )
        return [json.loads(line)["unique_id"] for line in listed or ()]

    def execute(self, on_event: Any, left_out: Iterable[str]) -> tuple[bool, Mapping[str, Any]]:
        """Run the command. Returns whether all went well, and dbt's run results."""
        command = self.request["command"]
        words = [command, *self._selection()]
        words += [word for each in left_out for word in ("--exclude", each)]
        if self.request["full_refresh"] and command != "test":
            words.append("--full-refresh")
        if self.is_own_profile and self.request["threads"]:
            words += ["--threads", str(self.request["threads"])]
        runner = self._runner(callbacks=[on_event])
        done = runner.invoke(self._words(words))
        if done.result is None:
            said = str(done.exception or "dbt did not say what failed")
            raise JobFailed(said, is_retryable=self.is_own_profile or _is_passing(said))
        return bool(done.success), self._artefact("run_results.json")

    def _invoke(self, words: list[str]) -> Any:
        done = self._runner().invoke(self._words(words))
        if not done.success:
            raise JobFailed(str(done.exception or f"dbt {words[0]} failed"))
        return done.result

    def _runner(self, callbacks: Any = None) -> Any:
        from dbt.cli.main import dbtRunner  # lazy: takes a second; tests of this module do without

        return dbtRunner(manifest=self.manifest, callbacks=callbacks)

    def _words(self, words: list[str]) -> list[str]:
        """Return the arguments of dbt: flags, command, and where everything is."""
        flags = ["--no-use-colors", "--no-send-anonymous-usage-stats", "--no-version-check", "--no-partial-parse"]
        flags += ["--log-level-file", "none"]
        places = ["--project-dir", self.request["project"], "--profiles-dir", str(self.profiles)]
        places += ["--target-path", str(self.place / "target"), "--log-path", str(self.place / "logs")]
        if not self.is_own_profile:
            places += ["--profile", _PROFILE]
        elif self.request["target"]:
            places += ["--target", self.request["target"]]
        if self.request["vars"]:
            places += ["--vars", json.dumps(self.request["vars"])]
        return [*flags, *words, *places]

    def _selection(self) -> list[str]:
        found = [word for each in self.request["select"] for word in ("--select", each)]
        return found + [word for each in self.request["exclude"] for word in ("--exclude", each)]

    def _artefact(self, name: str) -> Mapping[str, Any]:
        try:
            found = json.loads((self.place / "target" / name).read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise JobFailed(f"dbt left no readable {name}: {error}") from error
        assert isinstance(found, dict)
        return found


def outline(request: Mapping[str, Any], place: Path) -> None:
    """Leave which datasets will come of the node, and which inputs it reads."""
    dbt = Dbt(request, place)
    dbt.write_profile()
    project = _project(dbt)
    datasets = [
        {
            "name": name, "description": project.node(each).get("description") or None,
            "columns": known_types(declared_columns(project.node(each))), "after": project.after(each),
        }
        for name, each in project.datasets().items()
    ]  # fmt: skip
    given = set(request["inputs"])
    inputs = [
        next((name for name in names if name in given), names[0])
        for each in project.needed()
        if (names := project.input_names(each))
    ]
    write_json(place / "result.json", {"datasets": datasets, "inputs": inputs})


def run(request: Mapping[str, Any], place: Path) -> None:
    """Run the command, and leave the steps, the tables as Parquet files, the tests, the SQL that dbt made of models."""
    steps = Steps(place)
    try:
        _run(request, place, steps)
    finally:
        steps.close(unfinished="skipped")


def _run(request: Mapping[str, Any], place: Path, steps: Steps) -> None:
    dbt = Dbt(request, place)
    dbt.write_profile()
    project = _project(dbt)
    wanted = _wanted(project, request)
    left_out: dict[str, str] = {}
    if not dbt.is_own_profile:
        left_out = project.left_out_tests(request["inputs"])
        project = project.without(left_out)
        _place_inputs(project, request, dbt)
    for name, fields in project.steps():
        steps.put(name, state="waiting", **fields)
    for name, why in left_out.items():
        steps.put(name.rpartition(".")[2], kind="test", state="skipped", error=why)
        print(f"test {name} is left out: {why}", flush=True)
    is_good, results = dbt.execute(lambda event: _note(event, project, steps), left_out)
    ended = [each for each in results["results"] if each["unique_id"] in project.selected]
    _note_results(ended, project, steps)
    tests = [_test(each, project) for each in ended if is_test(project.node(each["unique_id"]))]
    if not is_good:
        raise _failed(results["results"], project, is_own_profile=dbt.is_own_profile)
    result: dict[str, Any] = {"tests": tests, "costs": costs(), "unmanaged": [], "tables": {}}
    if dbt.is_own_profile:
        result["unmanaged"] = sorted(project.made())
    elif wanted:
        result["tables"] = _save_tables(project, wanted, place)
        result["inside"] = _inside(results, project, request)
    rows = {name: table.pop("rows") for name, table in result["tables"].items()}
    result["values"] = {**_counts(ended, project), "rows": rows}
    write_json(place / "result.json", result)


def _project(dbt: Dbt) -> Project:
    """Parse the project and select. Raises JobFailed for what cannot work."""
    manifest = dbt.parse()
    project = Project(manifest, dbt.selected(), dbt.request["command"])
    if not project.selected:
        words = " ".join(dbt.request["select"]) or "the whole project"
        raise JobFailed(f"nothing is selected by {words!r}", fix="look what there is with dbt ls")
    if dbt.is_own_profile:
        return project
    for name, first, second in project.clashes():
        raise JobFailed(
            f"'{first}' and '{second}' would both be the dataset '{name}'",
            fix="leave one out with exclude:, or rename it",
        )
    if snapshots := project.snapshots():
        raise JobFailed(
            f"a snapshot keeps its history in its table, and tables begin empty here: {', '.join(sorted(snapshots))}",
            fix="leave it out with exclude: resource_type:snapshot, or run dbt with a profile of its own (profiles:)",
        )
    return project


def _wanted(project: Project, request: Mapping[str, Any]) -> dict[str, str]:
    """Return the datasets that are wanted, with the ids of their nodes."""
    found = project.datasets()
    missing = [name for name in request["datasets"] if name not in found]
    if missing:
        raise JobFailed(
            f"no selected model makes the dataset {', '.join(map(repr, missing))}",
            fix=f"there are: {', '.join(sorted(found))}",
        )
    return {name: found[name] for name in request["datasets"]}


def _place_inputs(project: Project, request: Mapping[str, Any], dbt: Dbt) -> None:
    """Make views of the inputs: in the schema ``mesh``, and wherever dbt looks for a source or a model that is not selected."""
    import duckdb  # lazy: a job with a profile of its own may have no DuckDB

    inputs = request["inputs"]
    for each in project.needed():
        names = project.input_names(each)
        if not any(name in inputs for name in names):
            node = project.node(each)
            what = (
                f"source '{node['source_name']}.{node['name']}'"
                if node["resource_type"] == "source"
                else f"'{node['name']}'"
            )
            raise JobFailed(
                f"{what} is read by {', '.join(project.readers(each)[:5])}, and is neither selected nor an input",
                fix=f"add it to the node: inputs: [{names[0] if names else '...'}]",
            )
    databases = sorted(project.databases() - {_PROFILE})
    if databases:
        dbt.write_profile(databases)
    with duckdb.connect(str(dbt.place / f"{_PROFILE}.duckdb")) as database:
        for name in databases:
            database.execute(f"ATTACH '{dbt.place / f'attached-{name}.duckdb'}' AS \"{name}\"")
        for relation, name in input_relations(project, inputs).items():
            make_view(database, relation, inputs[name])


def input_relations(project: Project, inputs: Collection[str]) -> dict[tuple[str, ...], str]:
    """Return each view of an input by its name in full -> the input: in the schema ``mesh``, and wherever dbt looks for it."""
    found: dict[tuple[str, ...], str] = {(_PROFILE, "mesh", name): name for name in inputs}
    for each in project.needed():
        name = next((name for name in project.input_names(each) if name in inputs), None)
        if name is not None:
            found[relation_parts(project.node(each))] = name
    return found


def _note(event: Any, project: Project, steps: Steps) -> None:
    """Note what an event of dbt tells of a node."""
    if event.info.name not in {"NodeStart", "NodeFinished"}:
        return
    node = event.data.node_info
    name = project.step_name(node.unique_id)
    if name not in steps.known:  # hooks, and ephemeral models, which dbt counts and does not run
        return
    ended = node.node_finished_at if event.info.name == "NodeFinished" else ""
    state = _STATES.get(node.node_status, "failed") if ended else "running"
    steps.put(name, state=state, started_at=_instant(node.node_started_at), ended_at=_instant(ended))


def _note_results(results: list[Mapping[str, Any]], project: Project, steps: Steps) -> None:
    """Note what is in the results and no event told: the words of failures, and nodes that were skipped at once."""
    for each in results:
        name = project.step_name(each["unique_id"])
        known = steps.known.get(name)
        state = _STATES.get(each["status"], "failed")
        if known is None or (known["state"] == state and state == "succeeded" and each["status"] != "warn"):
            continue
        words = each["message"] if state == "failed" or each["status"] == "warn" else None
        if words is not None and is_test(project.node(each["unique_id"])):
            words = f"{_VERDICTS.get(each['status'], 'error')}: {words}"
        steps.put(name, state=state, error=words)


def _test(result: Mapping[str, Any], project: Project) -> dict[str, Any]:
    """Return one test as it ended."""
    node = project.node(result["unique_id"])
    parents = [node.get("attached_node"), *node.get("depends_on", {}).get("nodes", ())]
    verdict = _VERDICTS.get(result["status"], "error")
    return {
        "name": node["name"], "verdict": verdict, "column": node.get("column_name"),
        "dataset": next(filter(None, (project.dataset_of(each) for each in parents if each)), None),
        "failing_rows": result["failures"] if verdict != "error" else None, "message": result["message"],
    }  # fmt: skip


def _counts(results: list[Mapping[str, Any]], project: Project) -> dict[str, int]:
    kinds = [(project.node(each["unique_id"])["resource_type"], each["status"]) for each in results]
    return {
        "models": sum(kind == "model" and status == "success" for kind, status in kinds),
        "tests": sum(kind in {"test", "unit_test"} for kind, _ in kinds),
        "warnings": sum(status == "warn" for _, status in kinds),
    }


def _failed(results: list[Mapping[str, Any]], project: Project, *, is_own_profile: bool) -> JobFailed:
    """Return the failure, in dbt's words: each node that failed, and why."""
    failed = [each for each in results if each["status"] not in _STATES]
    blocked = sum(each["status"] == "skipped" for each in results)
    told = []
    for each in failed[:_FAILURES_SHOWN]:
        name = (
            each["unique_id"].split(".")[2]
            if each["unique_id"] not in project.selected
            else project.step_name(each["unique_id"])
        )
        kind = each["unique_id"].split(".")[0]
        told.append(f"{kind} {name}: {(each['message'] or each['status']).strip()}")
    more = [f"and {len(failed) - _FAILURES_SHOWN} more"] if len(failed) > _FAILURES_SHOWN else []
    head = f"{len(failed)} of {len(results)} failed" + (f", {blocked} were skipped" if blocked else "")
    broke = [each for each in failed if each["status"] != "fail"]
    is_retryable = bool(broke) and all(is_own_profile or _is_passing(each["message"] or "") for each in broke)
    return JobFailed(
        "\n".join([head, *told, *more]),
        is_retryable=is_retryable and len(broke) == len(failed),
        is_refused=len(broke) < len(failed),
    )


def _save_tables(project: Project, wanted: Mapping[str, str], place: Path) -> dict[str, Any]:
    """Write the wanted tables and views into Parquet files, over the connection of dbt: its attachments and extensions hold."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager  # lazy: dbt's

    cursor = DuckDBConnectionManager.env().handle().cursor()
    return {
        name: save_table(cursor, project.node(each)["relation_name"], place / "tables" / f"{name}.parquet")
        for name, each in wanted.items()
    }


def _inside(results: Mapping[str, Any], project: Project, request: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the tables that the command read and made, with the SQL that dbt made of them: ephemeral models are in it."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager  # lazy: dbt's

    compiled = {each["unique_id"]: each.get("compiled_code") for each in results["results"]}
    known = known_columns(DuckDBConnectionManager.env().handle().cursor())
    found: list[dict[str, Any]] = [
        {"name": parts, "columns": known.get(folded(parts), []), "input": name}
        for parts, name in input_relations(project, request["inputs"]).items()
    ]
    for each in project.built():
        node = project.node(each)
        parts = relation_parts(node)
        is_sql = node["resource_type"] == "model" and node.get("language", "sql") == "sql"
        is_code = node["resource_type"] == "model" and not is_sql
        found.append(
            {
                "name": parts, "columns": known.get(folded(parts), []), "dataset": project.dataset_of(each),
                "query": compiled.get(each) if is_sql else None,
                "reads": [relation_parts(project.node(parent)) for parent in project.read_by(each)] if is_code else [],
            }
        )  # fmt: skip
    return found


def _is_passing(words: str) -> bool:
    return any(each in words for each in _PASSING)


def _instant(text: str) -> str | None:
    """Return a time of dbt, which is UTC and does not say so, as ISO 8601."""
    return f"{text.rstrip('Z')}+00:00" if text else None


def _work(what: str, place: Path, request: Mapping[str, Any]) -> None:
    try:
        import dbt.cli.main  # noqa: F401 - lazy: what is missing is told
    except ImportError as error:
        raise JobFailed(f"dbt is not in {sys.executable}: {error}", fix="pip install dbt-core dbt-duckdb") from error
    sys.dont_write_bytecode = True  # from here on code of the project is imported
    (outline if what == "outline" else run)(request, place)


def main(words: list[str]) -> int:
    """Do what `words` say: ``run|outline FOLDER``."""
    what, place = words[0], Path(words[1])
    return run_job(place, lambda request: _work(what, place, request))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
