"""Input datasets as files for programs: lists of Parquet files, or one folder each. A table without rows is a file without rows."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from meshwright.tools.protocol import Job, Table, ToolFailed


def chosen_input(job: Job, option: str, *, verb: str) -> str:
    """Return the name of the one input that a tool works on: the one that `option` names, else the only one.

    Raises ToolFailed where none, or more than one, may be meant.
    """
    named = job.options.get(option)
    if isinstance(named, str) and named in job.inputs:
        return named
    if named is None and len(job.inputs) == 1:
        return next(iter(job.inputs))
    listed = ", ".join(sorted(job.inputs)) or "none"
    message = f"it has no input '{named}'" if named is not None else f"it does not say which input to {verb}"
    raise ToolFailed(
        f"{message}; inputs: {listed}", is_retryable=False, fix=f"name it with '{option}', and under 'inputs'"
    )


def input_files(job: Job) -> dict[str, list[str]]:
    """Return the Parquet files of each input; at least one of each."""
    return {name: [str(file) for file in _files(job, name, table)] for name, table in job.inputs.items()}


def input_folders(job: Job) -> dict[str, Path]:
    """Return a folder for each input, with its Parquet files under names of their own: links into the store."""
    found = {}
    for name, table in job.inputs.items():
        folder = job.scratch / "inputs" / name
        folder.mkdir(parents=True, exist_ok=True)
        for number, file in enumerate(_files(job, name, table)):
            # Two starts of one job make the same links.
            with suppress(FileExistsError):
                (folder / f"{number}.parquet").symlink_to(file.absolute())
        found[name] = folder
    return found


def _files(job: Job, name: str, table: Table) -> tuple[Path, ...]:
    if table.files or not table.columns:
        return table.files
    return (_without_rows(job.scratch / "inputs" / f"{name}.parquet", table),)


def _without_rows(path: Path, table: Table) -> Path:
    """Write a file that has the columns of a table, and no rows."""
    import duckdb  # lazy: for a table without rows alone

    path.parent.mkdir(parents=True, exist_ok=True)
    columns = ", ".join(
        f'null::{kind} as "{name.replace(chr(34), chr(34) * 2)}"' for name, kind in table.columns.items()
    )
    target = str(path).replace("'", "''")
    with duckdb.connect() as connection:
        connection.execute(f"copy (select {columns} limit 0) to '{target}' (format parquet)")
    return path
