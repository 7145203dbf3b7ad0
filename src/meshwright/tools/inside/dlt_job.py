"""Loads one resource of a dlt source, and leaves its table as Parquet. Run under the Python that dlt is installed in.

It extracts, normalises and loads into a DuckDB file in the folder ``load`` of the job. Where the load is incremental, the folder
that an earlier load left, with its data and dlt's state, is copied there first.
"""

from __future__ import annotations

import datetime as dt
import importlib
import importlib.util
import inspect
import json
import os
import resource
import shutil
import sys
import traceback
from pathlib import Path
from typing import Any

#: A wrong name or a missing setting stays so; everything else may be different the next time.
_FINAL = (
    "ConfigurationException",
    "TerminalException",
    "DltSourceException",
    "SchemaException",
    "SyntaxError",
    "ImportError",
    "NameError",
    "TypeError",
    "AttributeError",
)


class WrongInput(Exception):
    """Something that the user has to change."""


class Steps:
    """The steps of the load, written down as they begin and end."""

    def __init__(self, path: Path, names: tuple[str, ...]) -> None:
        self._path = path
        self._steps: list[dict[str, Any]] = [
            {"name": name, "state": "waiting", "after": names[max(number - 1, 0) : number]}
            for number, name in enumerate(names)
        ]
        self._write()

    def begin(self, name: str) -> None:
        """Note that a step begins; the one before has succeeded."""
        self.end("succeeded")
        for step in self._steps:
            if step["name"] == name:
                step.update(state="running", started_at=_now())
        self._write()
        print(name, flush=True)

    def end(self, state: str, error: str | None = None) -> None:
        """Note how the step that runs ended."""
        for step in self._steps:
            if step["state"] == "running":
                step.update(state=state, ended_at=_now(), error=error)
            elif step["state"] == "waiting" and state == "failed":
                step.update(state="blocked")
        self._write()

    def _write(self) -> None:
        new = self._path.with_suffix(".new")
        new.write_text(json.dumps(self._steps), "utf-8")
        new.replace(self._path)


def main(request_file: str) -> int:
    """Load what a request asks for; return the status."""
    place = Path(request_file).parent
    request = json.loads(Path(request_file).read_text("utf-8"))
    args = json.loads(os.environ.pop("MESHWRIGHT_ARGS", "{}"))
    sys.path[:] = [path for path in sys.path if path != str(Path(__file__).parent)]
    try:
        import dlt  # noqa: F401 - lazy: missing is told by a status of its own
        import duckdb  # noqa: F401
    except ImportError as error:
        print(f"dlt with DuckDB is not installed in {sys.executable}: {error}", flush=True)
        return 97
    steps = Steps(place / "steps.json", ("extract", "normalize", "load"))
    status = 0
    try:
        values = _load(request, args, place, steps)
        steps.end("succeeded")
        (place / "values.json").write_text(json.dumps(values, default=str), "utf-8")
    except Exception as error:  # noqa: BLE001 - the border of a program: all of it is told
        words = _words(error)
        traceback.print_exc()
        steps.end("failed", words)
        (place / "error.txt").write_text(words, "utf-8")
        status = 98 if _is_final(error) else 1
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    cpu_s = sum(each.ru_utime + each.ru_stime for each in used)
    (place / "costs.json").write_text(json.dumps({"cpu_s": round(cpu_s, 3)}), "utf-8")
    return status


def _load(request: dict[str, Any], args: dict[str, Any], place: Path, steps: Steps) -> dict[str, Any]:
    import dlt

    work = place / "load"
    shutil.rmtree(work, ignore_errors=True)
    if request["before"] is None:
        work.mkdir()
    else:
        shutil.copytree(request["before"], work)
    source, name = _resource(request, args)
    pipeline = dlt.pipeline(
        pipeline_name="meshwright",
        pipelines_dir=str(work / "dlt"),
        destination=dlt.destinations.duckdb(str(work / "data.duckdb")),
        dataset_name="loaded",
    )
    steps.begin("extract")
    pipeline.extract(source)
    steps.begin("normalize")
    pipeline.normalize()
    steps.begin("load")
    info = pipeline.load()
    info.raise_on_failed_jobs()
    values = _take(request, name, pipeline.default_schema, work / "data.duckdb", place / "tables")
    values["loads"] = list(info.loads_ids)
    return values


def _resource(request: dict[str, Any], args: dict[str, Any]) -> tuple[Any, str]:
    """Import the source, call it where it is a function, and return it with one resource chosen, and that one's name."""
    from dlt.extract import DltResource, DltSource

    found = _called(_imported(request["module"], request["attribute"]), request["params"], args)
    if isinstance(found, DltSource):
        name = _chosen(request["resource"], list(found.resources))
        found = found.with_resources(name)
    elif isinstance(found, DltResource):
        name = _chosen(request["resource"], [found.name])
    else:
        what = f"{request['attribute']} gave a {type(found).__name__}, and no source or resource of dlt"
        raise WrongInput(f"{what}; decorate it with @dlt.source or @dlt.resource")
    if request["nesting"] is not None:
        found.max_table_nesting = request["nesting"]
    return found, name


def _chosen(wanted: str | None, names: list[str]) -> str:
    if wanted is None and len(names) == 1:
        return names[0]
    listed = ", ".join(sorted(names)) or "none"
    if wanted is None:
        raise WrongInput(f"the source has several resources; say which one with 'resource': {listed}")
    if wanted not in names:
        raise WrongInput(f"the source has no resource '{wanted}'; resources: {listed}")
    return wanted


def _imported(name: str, attribute: str) -> Any:
    """Import a module, by its file or by its name, and return what it calls `attribute`."""
    if name.endswith(".py"):
        path = Path(name)
        # Modules beside it are found, as where a person runs it.
        sys.path.insert(0, str(path.parent))
        spec = importlib.util.spec_from_file_location(path.stem, path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[path.stem] = module
        spec.loader.exec_module(module)
    else:
        module = importlib.import_module(name)
    if not hasattr(module, attribute):
        known = sorted(
            each
            for each, value in vars(module).items()
            if callable(value)
            and not isinstance(value, type)
            and not each.startswith("_")
            and getattr(value, "__module__", "") == module.__name__
        )
        raise WrongInput(f"{Path(name).name} has no '{attribute}'; it has {', '.join(known) or 'no function'}")
    return getattr(module, attribute)


def _called(found: Any, params: dict[str, Any], args: dict[str, Any]) -> Any:
    """Call a function with the parameters that it names, and with `args`; what is none, or needs none, is returned as it is."""
    from dlt.extract import DltResource, DltSource

    if isinstance(found, DltSource) or not callable(found):
        return found
    names = inspect.signature(found).parameters
    given = {**{name: value for name, value in params.items() if name in names}, **args}
    is_bound = isinstance(found, DltResource) and (found.args_bound or not given)
    return found if is_bound and not args else found(**given)


def _take(request: dict[str, Any], name: str, schema: Any, data: Path, tables: Path) -> dict[str, Any]:
    """Write the wanted table as Parquet; return the rows of every table that was loaded, and the columns of that one."""
    import duckdb

    # A child's name is given as it stands in the destination; a resource's may be spelt otherwise there.
    wanted = request["table"] or schema.naming.normalize_table_identifier(name)
    connection = duckdb.connect(str(data), read_only=True)
    try:
        query = "select table_name from information_schema.tables where table_schema = 'loaded' order by 1"
        names = [row[0] for row in connection.execute(query).fetchall() if not row[0].startswith("_dlt_")]
        if wanted not in names:
            listed = ", ".join(names) or "none"
            raise WrongInput(
                f"no table '{wanted}' was loaded (tables: {listed}); where a resource gives no rows, it has to declare its "
                "columns: @dlt.resource(columns=...)"
            )
        rows = {each: connection.execute(f'select count(*) from loaded."{each}"').fetchall()[0][0] for each in names}
        described = connection.execute(f'describe loaded."{wanted}"').fetchall()
        columns = [row[0] for row in described if request["dlt_columns"] or not row[0].startswith("_dlt_")]
        if not columns:
            raise WrongInput(f"table '{wanted}' has no columns but dlt's own")
        listed = ", ".join('"' + column.replace('"', '""') + '"' for column in columns)
        target = str(tables / f"{request['dataset']}.parquet").replace("'", "''")
        connection.execute(f"copy (select {listed} from loaded.\"{wanted}\") to '{target}' (format parquet)")
    finally:
        connection.close()
    noted = schema.get_table_columns(wanted)
    types = {column: str(noted.get(column, {}).get("data_type")) for column in columns}
    return {"table": wanted, "rows": rows[wanted], "tables": rows, "columns": types, "schema": schema.version_hash}


def _chain(error: BaseException) -> list[BaseException]:
    chain: list[BaseException] = []
    step: BaseException | None = error
    while step is not None and step not in chain:
        chain.append(step)
        step = step.__cause__ or (None if step.__suppress_context__ else step.__context__)
    return chain


def _words(error: BaseException) -> str:
    """Say what failed: the cause first, then the step of dlt that it failed in."""
    if isinstance(error, WrongInput):
        return str(error)
    chain = _chain(error)
    root = chain[-1]
    step = next((each.step for each in chain if hasattr(each, "step")), None)
    words = f"{type(root).__name__}: {root}"
    return f"{step}: {words}" if isinstance(step, str) else words


def _is_final(error: BaseException) -> bool:
    if isinstance(error, WrongInput):
        return True
    return any(kind.__name__ in _FINAL for each in _chain(error) for kind in type(each).__mro__)


def _now() -> str:
    return dt.datetime.now(dt.timezone.utc).isoformat()  # noqa: UP017 - a tool's Python may be older than ours


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
