"""``spark``: an application of Spark, in Python or as a jar, submitted with spark-submit; its driver runs on this machine.

It finds what it needs in Spark's configuration:

- ``spark.meshwright.inputs.<name>``: a folder of Parquet files, one for each input;
- ``spark.meshwright.params.<name>``: a parameter;
- ``spark.meshwright.tables``: a folder, into which it writes ``<dataset>.parquet`` for each dataset under ``datasets:``;
- ``spark.meshwright.values``: a file into which it may write a JSON object of small values;
- ``spark.meshwright.job``: the id of the job, the same when it is tried again after a crash.

Spark's jobs and stages are the inner steps, read from the event log that it writes into the job's folder.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from meshwright.tools.imports import program_files
from meshwright.tools.inputs import input_folders
from meshwright.tools.local import LocalTool
from meshwright.tools.options import (
    Option,
    environment,
    is_reference,
    option_problems,
    settings,
    settings_of,
    text,
    texts,
    texts_of,
    word_of,
)
from meshwright.tools.processes import cancelled_at, ended_program, find_program, poll_program, start_program
from meshwright.tools.protocol import (
    Effects,
    Job,
    JobState,
    Json,
    Outcome,
    Place,
    Poll,
    Problem,
    Table,
    ToolFailed,
    Traits,
    Yields,
)
from meshwright.tools.pythons import program_for
from meshwright.tools.scripts import relative_file
from meshwright.tools.shell import left_values
from meshwright.tools.spark_events import read_events, spark_costs, spark_steps
from meshwright.tools.spark_failures import failure_of, is_final

_INSTALL = "pip install pyspark, with Java 17 or later, and name its environment: tools: {spark: {bin: .venv}}"
_OPTIONS: Mapping[str, Option] = {
    "application": text(is_required=True, example="spark: job.py"),
    "args": texts(example="args: [--day, '2026-01-01']"),
    "master": text(),
    "conf": settings(example="conf: {spark.executor.memory: 4g}"),
    "class": text(),
    "py_files": texts(),
    "jars": texts(),
    "variables": environment(),
    "bin": text(),
}
_OURS = "spark.meshwright."
#: What holds unless `conf` says otherwise.
_DEFAULTS = {
    # Spark writes INT96 otherwise, which says nothing of the time zone.
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    "spark.sql.session.timeZone": "UTC",
    # A page of every driver would want a port of its own.
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "WARN",
}
_SETTING_OF = {"spark.master": "master", "spark.app.name": "the node's name", "spark.jars": "jars"}


class Spark(LocalTool):
    """Submits applications with spark-submit, as programs on this machine."""

    name = "spark"
    traits = Traits(
        yields=Yields.NAMED,
        effects=Effects.ISOLATED,
        main_option="application",
        poll_first_s=0.5,
        poll_longest_s=5.0,
        install=_INSTALL,
    )

    def problems(self, options: Mapping[str, Json], place: Place) -> Iterable[Problem]:
        """Check the options, and that the files are there."""
        yield from option_problems(options, _OPTIONS)
        for name in ("application", "py_files", "jars"):
            value = options.get(name)
            for item in [value] if isinstance(value, str) else value if isinstance(value, list | tuple) else ():
                is_here = isinstance(item, str) and not is_reference(item) and "://" not in item
                if is_here and not (place.folder / str(item)).is_file():
                    fix = "it is relative to the pipeline file"
                    yield Problem(path=(name,), message=f"there is no file '{item}'", fix=fix)
        application = options.get("application")
        if isinstance(application, str) and application.endswith(".jar") and "class" not in options:
            yield Problem(message="'class' is missing", fix="name the class of the jar that has the main method")
        conf = options.get("conf")
        for key, setting in conf.items() if isinstance(conf, Mapping) else ():
            yield from _conf_problems(str(key), setting)

    def fingerprint_files(self, options: Mapping[str, Json], place: Place) -> Iterable[Path]:
        """Name the application, the modules that it imports from its folder, and what is sent along."""
        application = options.get("application")
        if isinstance(application, str) and "://" not in application:
            if application.endswith(".py"):
                yield from program_files(place.folder / application, place.root)
            else:
                yield from relative_file(place.folder / application, place.root)
        for name in ("py_files", "jars"):
            listed = options.get(name)
            for item in listed if isinstance(listed, list | tuple) else ():
                yield from relative_file(place.folder / str(item), place.root)

    def start(self, job: Job) -> str:
        """Submit the application."""
        handle = find_program(job)
        if handle is not None:
            return handle
        submit = str(program_for("spark-submit", job.options, job.place, install=_INSTALL))
        for folder in ("tables", "events", "local"):
            (job.scratch / folder).mkdir(parents=True, exist_ok=True)
        variables = settings_of(job.options, "variables")
        python = Path(submit).parent / "python3"
        if python.exists():
            # Driver and workers take the first python3 on PATH otherwise, which may lack what the application imports.
            variables = {"PYSPARK_PYTHON": str(python), **variables}
        if _is_local(job.options):
            variables = {"SPARK_LOCAL_IP": "127.0.0.1", **variables}
        return start_program(job, _command(job, submit), variables=variables)

    def poll(self, job: Job, handle: str, cursor: str) -> Poll:
        """Look at the driver's log, and at the event log."""
        offset, _, seen = cursor.partition(" ")
        poll = poll_program(job, handle, offset)
        is_over = poll.state not in {JobState.WAITING, JobState.RUNNING}
        stamp, events = read_events(job.scratch / "events", seen="" if is_over else seen)
        error, is_retryable = poll.error, poll.is_retryable
        if poll.state is JobState.FAILED:
            log = ended_program(job).log
            error = failure_of(log, events) or error
            is_retryable = not is_final(error or "")
        return Poll(
            state=poll.state,
            lines=poll.lines,
            cursor=f"{poll.cursor} {stamp}",
            steps=spark_steps(events, is_over=is_over, cancelled_at=cancelled_at(job)),
            error=error,
            is_retryable=is_retryable,
        )

    def collect(self, job: Job, handle: str) -> Outcome:  # noqa: ARG002 - everything is in the folder
        """Take what it left."""
        _, events = read_events(job.scratch / "events", seen="")
        return Outcome(
            values=left_values(job.scratch / "values.json"),
            tables=_tables(job),
            steps=spark_steps(events, is_over=True),
            costs=spark_costs(events),
        )


def _conf_problems(key: str, setting: Json) -> Iterable[Problem]:
    if key in _SETTING_OF:
        yield Problem(path=("conf", key), message=f"'{key}' is not set here", fix=f"it follows from {_SETTING_OF[key]}")
    elif key.startswith((_OURS, "spark.eventLog.")):
        yield Problem(path=("conf", key), message=f"'{key}' belongs to meshwright", fix="leave it out")
    elif not key.startswith("spark."):
        yield Problem(path=("conf", key), message=f"'{key}' is no setting of Spark", fix="they begin with 'spark.'")
    elif key == "spark.submit.deployMode" and setting != "client":
        fix = "leave it out; its executors may be anywhere"
        yield Problem(path=("conf", key), message="the driver runs on this machine, in mode client", fix=fix)


def _command(job: Job, submit: str) -> list[str]:
    options = job.options
    master = str(options.get("master", "local[*]"))
    conf = {**_DEFAULTS, "spark.local.dir": str(job.scratch / "local")}
    if _is_local(options):
        # Nothing of it is to be reached from elsewhere, and a host's own name may not resolve.
        conf.update({"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"})
    conf.update({"spark.sql.warehouse.dir": (job.scratch / "warehouse").as_uri(), **settings_of(options, "conf")})
    conf.update(
        {
            "spark.eventLog.enabled": "true",
            "spark.eventLog.dir": (job.scratch / "events").as_uri(),
            "spark.eventLog.compress": "false",
            "spark.eventLog.rolling.enabled": "false",
            f"{_OURS}tables": str(job.scratch / "tables"),
            f"{_OURS}values": str(job.scratch / "values.json"),
            f"{_OURS}job": job.id,
        }
    )
    conf.update({f"{_OURS}inputs.{name}": str(folder) for name, folder in input_folders(job).items()})
    conf.update({f"{_OURS}params.{name}": word_of(value) for name, value in job.params.items() if value is not None})
    command = [submit, "--master", master, "--name", job.node]
    for key, value in conf.items():
        command += ["--conf", f"{key}={value}"]
    if "class" in options:
        command += ["--class", str(options["class"])]
    for name, word in (("py_files", "--py-files"), ("jars", "--jars")):
        files = [item if "://" in item else str(job.place.folder / item) for item in texts_of(options, name)]
        if files:
            command += [word, ",".join(files)]
    application = str(options["application"])
    return [
        *command,
        application if "://" in application else str(job.place.folder / application),
        *texts_of(options, "args"),
    ]


def _is_local(options: Mapping[str, Json]) -> bool:
    return str(options.get("master", "local[*]")).startswith("local")


def _tables(job: Job) -> dict[str, Table]:
    """Return the tables that were written. Raises ToolFailed where one was written in folders by the value of a column."""
    found = {}
    for name in job.datasets:
        path = job.scratch / "tables" / f"{name}.parquet"
        if path.is_dir():
            if any(path.glob("*/**/*.parquet")):
                raise ToolFailed(
                    f"table '{name}' was written with partitionBy, which takes columns out of its files",
                    is_retryable=False,
                    fix="write it without partitionBy",
                )
            found[name] = Table(files=tuple(sorted(path.glob("*.parquet"))))
        elif path.is_file():
            found[name] = Table(files=(path,))
    return found
