"""One job of SQLMesh, or the outline of one: ``python sqlmesh_job.py run|outline FOLDER``, with the Python that has SQLMesh.

SQLMesh runs in this process (`sqlmesh.Context`, its documented interface for programs) with every gateway of the project's
configuration pointed at a DuckDB file in the job's folder; its state, cache and logs are there too.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from meshwright.tools.inside.duckdb_tables import (
        folded,
        known_columns,
        known_types,
        literal,
        make_view,
        quoted,
        save_table,
    )
    from meshwright.tools.inside.job_files import JobFailed, Steps, costs, run_job, tidy_name, write_json
    from meshwright.tools.inside.sqlmesh_console import Watch
else:  # this folder is on the path, and meshwright is not
    from duckdb_tables import folded, known_columns, known_types, literal, make_view, quoted, save_table
    from job_files import JobFailed, Steps, costs, run_job, tidy_name, write_json
    from sqlmesh_console import Watch

#: Gateway, and catalog, that the job makes.
_OWN = "meshwright"


class Project:
    """A project of SQLMesh, loaded, with the models that were asked for."""

    def __init__(self, request: Mapping[str, Any], place: Path) -> None:
        from sqlmesh import Context  # lazy: takes two seconds; `main` tells where it is missing

        self.request, self.place = request, place
        self.is_own_gateway = request["gateway"] is not None
        configs = _configs(request, place)
        self.context = Context(
            paths=[request["project"]], config=configs, gateway=request["gateway"] if self.is_own_gateway else _OWN
        )
        chosen = self._chosen()
        #: Models that leave a table or a view, by their names in full.
        self.models = {
            name: model
            for name, model in self.context.models.items()
            if name in chosen and not model.kind.is_external and not model.kind.is_embedded
        }
        if not self.models:
            words = " ".join(request["select"]) or "the whole project"
            raise JobFailed(f"no model is selected by {words!r}", fix="look what there is with sqlmesh dag")
        self.made: dict[str, str] = {}
        self.datasets: dict[str, str] = {}
        for full, model in self.models.items():
            name = tidy_name(_parts(model.fqn)[-1])
            if name and not self.is_own_gateway:
                if name in self.datasets:
                    raise JobFailed(
                        f"'{self.context.models[self.datasets[name]].name}' and '{model.name}' would both be the dataset "
                        f"'{name}'", fix="leave one out with select:, or rename it",
                    )  # fmt: skip
                self.datasets[name] = full
                self.made[full] = name

    def _chosen(self) -> set[str]:
        if not self.request["select"]:
            return set(self.context.models)
        selector = self.context._new_selector()
        return set(selector.expand_model_selections(self.request["select"]))

    def parents(self, full: str) -> tuple[str, ...]:
        """Return the tables that a model reads, through embedded models."""
        found: dict[str, None] = {}
        waiting = sorted(self.context.models[full].depends_on)
        seen = set(waiting)
        while waiting:
            each = waiting.pop()
            model = self.context.models.get(each)
            if model is not None and model.kind.is_embedded:
                further = sorted(model.depends_on - seen)
                seen.update(further)
                waiting.extend(further)
            else:
                found[each] = None
        return tuple(sorted(found))

    def selection(self) -> list[str] | None:
        """Return the selected models by name, with the embedded ones that they read; None for all."""
        if not self.request["select"]:
            return None
        found = dict.fromkeys(self.models)
        waiting = list(found)
        while waiting:
            for parent in sorted(self.context.models[waiting.pop()].depends_on):
                model = self.context.models.get(parent)
                if model is not None and model.kind.is_embedded and parent not in found:
                    found[parent] = None
                    waiting.append(parent)
        return [self.context.models[each].name for each in found]

    def needed(self) -> tuple[str, ...]:
        """Return the tables that selected models read and none of them makes."""
        return tuple(
            dict.fromkeys(each for full in self.models for each in self.parents(full) if each not in self.models)
        )

    def input_of(self, full: str, given: Iterable[str]) -> str | None:
        """Return the input that stands for a needed table; None where none of them does."""
        names = _input_names(full)
        return next((name for name in names if name in given), None)

    def after(self, full: str) -> list[str]:
        """Return the datasets that a model is made from, those of the same selection."""
        return [self.made[each] for each in self.parents(full) if each in self.made]

    def steps(self) -> Iterable[tuple[str, dict[str, Any]]]:
        """Yield the models as steps, none before what it waits for."""
        for full in self.context.dag.sorted:
            if full in self.models:
                yield self.models[full].name, {
                    "kind": "model", "dataset": self.made.get(full),
                    "after": [self.models[each].name for each in self.parents(full) if each in self.models],
                }  # fmt: skip

    def inside(self) -> list[dict[str, Any]]:
        """Return the tables that were read and made, and the embedded models between them, with their queries as rendered."""
        inputs = self.request["inputs"]
        known = known_columns(self.context.engine_adapter.cursor)
        given: dict[tuple[str, ...], str] = {(_OWN, "mesh", name): name for name in inputs}
        given |= {_parts(full): name for full in self.needed() if (name := self.input_of(full, inputs))}
        found: list[dict[str, Any]] = [
            {"name": parts, "columns": known.get(folded(parts), []), "input": name} for parts, name in given.items()
        ]
        embedded = {full: model for full, model in self.context.models.items() if model.kind.is_embedded}
        for full, model in {**self.models, **embedded}.items():
            is_query = model.is_sql
            columns = known.get(folded(_parts(full))) or list(model.columns_to_types or {})
            reads = [] if is_query or model.is_seed else [_parts(each) for each in sorted(model.depends_on)]
            found.append(
                {
                    "name": _parts(full), "columns": columns, "dataset": self.made.get(full), "reads": reads,
                    "query": self._rendered(model) if is_query else None,
                }
            )  # fmt: skip
        return found

    def _rendered(self, model: Any) -> str | None:
        query = model.render_query(execution_time=self.request["execution_time"])
        return None if query is None else query.sql(dialect="duckdb")


def outline(request: Mapping[str, Any], place: Path) -> None:
    """Leave which datasets will come of the node, and which inputs it reads."""
    project = Project(request, place)
    given = request["inputs"]
    datasets = []
    for name, full in project.datasets.items():
        model = project.models[full]
        declared = model.columns_to_types_ or {}
        datasets.append(
            {
                "name": name, "description": model.description, "after": project.after(full),
                "columns": known_types({column: kind.sql(dialect="duckdb") for column, kind in declared.items()}),
            }
        )  # fmt: skip
    inputs = [project.input_of(each, given) or names[0] for each in project.needed() if (names := _input_names(each))]
    write_json(place / "result.json", {"datasets": datasets, "inputs": inputs})


def run(request: Mapping[str, Any], place: Path) -> None:
    """Plan and apply, and leave the steps, the tables as Parquet files, the audits, the queries."""
    steps = Steps(place)
    try:
        _run(request, place, steps)
    finally:
        steps.close(unfinished="skipped")


def _run(request: Mapping[str, Any], place: Path, steps: Steps) -> None:
    watch = Watch(steps)
    project = Project(request, place)
    wanted = _wanted(project, request)
    if not project.is_own_gateway:
        _place_inputs(project)
    for name, fields in project.steps():
        steps.put(name, state="waiting", **fields)
    watch.names = {full: model.name for full, model in project.models.items()}
    _apply(project, watch)
    if watch.failures:
        raise JobFailed(
            "\n".join([f"{len(watch.failures)} of {len(project.models)} models failed", *watch.failures]),
            is_retryable=project.is_own_gateway and not watch.is_final,
            is_refused=watch.is_final,
        )
    tests = [{**each, "dataset": project.made.get(each["dataset"])} for each in watch.audits.values()]
    result: dict[str, Any] = {"tests": tests, "unmanaged": [], "tables": {}}
    if project.is_own_gateway:
        result["unmanaged"] = sorted(model.name for model in project.models.values())
    else:
        cursor = project.context.engine_adapter.cursor
        result["tables"] = {
            name: save_table(cursor, _relation(full), place / "tables" / f"{name}.parquet")
            for name, full in wanted.items()
        }
        result["inside"] = project.inside()
    rows = {name: table.pop("rows") for name, table in result["tables"].items()}
    result["values"] = {
        "models": len(watch.done), "tests": len(tests), "rows": rows,
        "warnings": sum(each["verdict"] == "warn" for each in tests),
    }  # fmt: skip
    result["costs"] = costs()
    write_json(place / "result.json", result)


def _configs(request: Mapping[str, Any], place: Path) -> dict[Path, Any]:
    """Return the project's configuration, its gateways pointed at DuckDB files of the job where it brings none of its own."""
    from sqlmesh.core.config import Config, DuckDBConnectionConfig, GatewayConfig  # lazy: as above
    from sqlmesh.core.config.loader import load_configs

    loaded = load_configs("config", Config, [request["project"]])
    found = {}
    for path, config in loaded.items():
        changes: dict[str, Any] = {
            "cache_dir": str(place / "cache"), "disable_anonymized_analytics": True,
            "variables": {**config.variables, **{name.lower(): value for name, value in request["vars"].items()}},
        }  # fmt: skip
        if request["gateway"] is None:
            kept = config.gateways if isinstance(config.gateways, dict) else {"": config.gateways}
            ours = GatewayConfig(
                connection=DuckDBConnectionConfig(database=str(place / f"{_OWN}.duckdb")),
                state_connection=DuckDBConnectionConfig(database=str(place / "state.duckdb")),
                test_connection=DuckDBConnectionConfig(),
            )
            changes["gateways"] = {
                **{name: ours.model_copy(update={"variables": each.variables}) for name, each in kept.items()}, _OWN: ours,
            }  # fmt: skip
            changes["default_gateway"] = _OWN
        found[path] = config.model_copy(update=changes)
    return found


def _apply(project: Project, watch: Watch) -> None:
    """Run what was asked for. Raises JobFailed in SQLMesh's words where it did not come to a model."""
    from sqlmesh.utils.errors import SQLMeshError  # lazy: as above

    request = project.request
    options = {"select_models": project.selection(), "execution_time": request["execution_time"]}
    try:
        if request["command"] == "run":
            is_good = not project.context.run(request["environment"], **options).is_failure
        else:
            project.context.plan(request["environment"] or "prod", no_prompts=True, auto_apply=True, **options)
            is_good = True
    except SQLMeshError as error:
        if not watch.failures:
            raise JobFailed("\n".join([str(error), *watch.errors]), is_refused=watch.has_failed_tests) from error
    else:
        if not is_good and not watch.failures:
            raise JobFailed("SQLMesh did not say what failed")


def _wanted(project: Project, request: Mapping[str, Any]) -> dict[str, str]:
    """Return the datasets that are wanted, with the names in full of their models."""
    missing = [name for name in request["datasets"] if name not in project.datasets]
    if missing:
        raise JobFailed(
            f"no selected model makes the dataset {', '.join(map(repr, missing))}",
            fix=f"there are: {', '.join(sorted(project.datasets))}",
        )
    return {name: project.datasets[name] for name in request["datasets"]}


def _place_inputs(project: Project) -> None:
    """Make views of the inputs: in the schema ``mesh``, and wherever a model looks for a table that no selected model makes."""
    from sqlmesh.core.model import create_external_model  # lazy: as above

    inputs = project.request["inputs"]
    adapter = project.context.engine_adapter
    attached = {_OWN}
    for full in (*project.models, *project.needed()):
        if (catalog := _parts(full)[0]) not in attached:
            attached.add(catalog)
            path = project.place / f"attached-{catalog}.duckdb"
            adapter.cursor.execute(f"ATTACH {literal(str(path))} AS {quoted(catalog)}")
    for name, table in inputs.items():
        make_view(adapter.cursor, (_OWN, "mesh", name), table)
    for full in project.needed():
        name = project.input_of(full, inputs)
        if name is None:
            readers = [model.name for each, model in project.models.items() if full in project.parents(each)]
            names = _input_names(full)
            raise JobFailed(
                f"table {full} is read by {', '.join(readers[:5])}, and is neither a selected model nor an input",
                fix=f"add it to the node: inputs: [{names[0] if names else '...'}]",
            )
        make_view(adapter.cursor, _parts(full), inputs[name])
        if full not in project.context.models:  # so that columns below are known by name and type
            project.context.upsert_model(
                create_external_model(
                    full,
                    columns=adapter.columns(full),
                    dialect="duckdb",
                    default_catalog=project.context.default_catalog,
                )
            )


def _input_names(full: str) -> list[str]:
    """Return the names that an input may have to stand for a table: its own, or with its schema before it."""
    *_, schema, name = ["", *_parts(full)]
    return [each for each in (tidy_name(name), tidy_name(f"{schema}_{name}")) if each]


def _parts(full: str) -> tuple[str, ...]:
    from sqlglot import exp  # lazy: comes with SQLMesh

    return tuple(part.name for part in exp.to_table(full, dialect="duckdb").parts)


def _relation(full: str) -> str:
    return ".".join(quoted(part) for part in _parts(full))


def _work(what: str, place: Path, request: Mapping[str, Any]) -> None:
    try:
        import sqlmesh  # noqa: F401 - lazy: what is missing is told
        from sqlmesh.utils.errors import SQLMeshError
    except ImportError as error:
        raise JobFailed(f"SQLMesh is not in {sys.executable}: {error}", fix="pip install sqlmesh") from error
    sys.dont_write_bytecode = True  # from here on code of the project is imported
    try:
        (outline if what == "outline" else run)(request, place)
    except SQLMeshError as error:  # a configuration or a model that does not load
        raise JobFailed(str(error)) from error
    except JobFailed:
        raise
    except Exception as error:
        if request["gateway"] is None:
            raise
        # Drivers of warehouses have errors of their own.
        raise JobFailed(f"{type(error).__name__}: {error}", is_retryable=True) from error


def main(words: list[str]) -> int:
    """Do what `words` say: ``run|outline FOLDER``."""
    what, place = words[0], Path(words[1])
    return run_job(place, lambda request: _work(what, place, request))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
