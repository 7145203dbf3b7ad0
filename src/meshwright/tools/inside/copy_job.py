"""Copies a dataset out: into a file on this machine, or an object of a store. Run under meshwright's own Python.

The file is written whole into the job's folder first. On this machine it takes its place by a rename, in a store by one put;
so a reader finds the one before or the new one. Where the same bytes are there already, nothing is written.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import resource
import sys
import traceback
from contextlib import suppress
from pathlib import Path
from typing import Any

_BLOCK = 1 << 20
#: A shorter setting hides nothing, and would tear holes into every message.
_SHORTEST = 3
#: The object's metadata that tells its content from another one's.
_MARK = "meshwright-sha256"
#: Errors of stores and of this machine that stay: no right, no such bucket, a folder in the way.
_FINAL = (
    "PermissionError",
    "FileNotFoundError",
    "FileExistsError",
    "NotADirectoryError",
    "IsADirectoryError",
    "NoCredentialsError",
    "ValueError",
)


class WrongInput(Exception):
    """Something that the user has to change."""


def main(request_file: str) -> int:
    """Copy what a request says; return the status."""
    place = Path(request_file).parent
    request = json.loads(Path(request_file).read_text("utf-8"))
    options = json.loads(os.environ.pop("MESHWRIGHT_STORAGE", "{}"))
    to = os.environ.pop("MESHWRIGHT_TARGET")
    status = 0
    try:
        written = place / f"copy.{request['format']}"
        rows = _write(request, written)
        digest = _digest(written)
        is_new = _put(written, to, digest, options) if "://" in to else _move(written, Path(to), digest, request["job"])
        values = {"rows": rows, "bytes": written.stat().st_size, "sha256": digest, "written": is_new}
        print(f"{rows} rows, {values['bytes']} bytes" + ("" if is_new else "; they were there already"), flush=True)
        (place / "values.json").write_text(json.dumps(values), "utf-8")
        written.unlink()
    except WrongInput as error:
        (place / "error.txt").write_text(str(error), "utf-8")
        print(error, flush=True)
        status = 98
    except Exception as error:  # noqa: BLE001 - the border of a program: all of it is told
        print(_hidden(traceback.format_exc(), options), flush=True)
        words = _hidden(f"{type(error).__name__}: {error}", options)
        (place / "error.txt").write_text(words, "utf-8")
        status = 98 if any(kind.__name__ in _FINAL for kind in type(error).__mro__) else 1
    used = resource.getrusage(resource.RUSAGE_SELF)
    (place / "costs.json").write_text(json.dumps({"cpu_s": round(used.ru_utime + used.ru_stime, 3)}), "utf-8")
    return status


def _hidden(text: str, options: dict[str, Any]) -> str:
    """Return a text without the settings of the store, among which are its secrets."""
    for value in sorted((str(each) for each in options.values()), key=len, reverse=True):
        if len(value) > _SHORTEST:
            text = text.replace(value, "***")
    return text


def _write(request: dict[str, Any], target: Path) -> int:
    """Write the rows as one file; return how many."""
    import duckdb

    connection = duckdb.connect()
    # The same rows always give the same bytes, times included.
    connection.execute("set TimeZone = 'UTC'; set preserve_insertion_order = true")
    found = connection.read_parquet(request["files"])
    names = request["columns"] or found.columns
    unknown = [name for name in names if name not in found.columns]
    if unknown:
        raise WrongInput(f"there is no column '{unknown[0]}'; columns: {', '.join(found.columns)}")
    listed = ", ".join('"' + name.replace('"', '""') + '"' for name in names)
    relation = f"select {listed} from found"
    where = str(target).replace("'", "''")
    connection.execute(f"copy ({relation}) to '{where}' ({_form(request)})")
    row = connection.execute("select count(*) from found").fetchone()
    assert row is not None
    return int(row[0])


def _form(request: dict[str, Any]) -> str:
    compression = request["compression"]
    packed = f", compression '{compression}'" if compression else ""
    if request["format"] == "csv":
        delimiter = request["delimiter"].replace("'", "''")
        return f"format csv, header {'true' if request['header'] else 'false'}, delimiter '{delimiter}'{packed}"
    if request["format"] == "parquet":
        return f"format parquet{packed}"
    return f"format json, array {'true' if request['format'] == 'json' else 'false'}{packed}"


def _move(written: Path, target: Path, digest: str, job: str) -> bool:
    """Put a file into its place on this machine by a rename; return whether it was not there already."""
    if target.is_dir():
        raise WrongInput(f"'{target}' is a folder; name a file in it")
    if target.is_file() and target.stat().st_size == written.stat().st_size and _digest(target) == digest:
        return False
    target.parent.mkdir(parents=True, exist_ok=True)
    # Beside its place, since a rename is one step on one file system alone.
    beginning = f".{hashlib.sha256(target.name.encode()).hexdigest()[:16]}."
    _sweep(target.parent, beginning)
    new = target.with_name(f"{beginning}{job}.new")
    with written.open("rb") as source, new.open("wb") as copy:
        fcntl.flock(copy, fcntl.LOCK_EX)  # as long as it lives: by that a file which nobody writes any more is told
        while block := source.read(_BLOCK):
            copy.write(block)
        copy.flush()
        os.fsync(copy.fileno())
        new.replace(target)
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return True


def _sweep(folder: Path, beginning: str) -> None:
    """Remove what copies to the same place left that were killed."""
    for left in folder.glob(f"{beginning}*.new"):
        with suppress(FileNotFoundError, BlockingIOError), left.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            left.unlink()


def _put(written: Path, url: str, digest: str, options: dict[str, Any]) -> bool:
    """Put a file into a store as one object; return whether it was not there already."""
    try:
        import fsspec

        system, path = fsspec.core.url_to_fs(url, skip_instance_cache=True, use_listings_cache=False, **options)
    except ImportError as error:
        raise WrongInput(f"a library for {url.partition('://')[0]}:// is not installed: {error}") from error
    is_s3 = url.startswith(("s3://", "s3a://"))
    if is_s3 and _is_there(system, path, digest):
        return False
    system.put_file(str(written), path, **({"Metadata": {_MARK: digest}} if is_s3 else {}))
    size = system.info(path, **({"refresh": True} if is_s3 else {})).get("size")
    if size != written.stat().st_size:
        raise OSError(f"{size} bytes arrived, of {written.stat().st_size}")
    return True


def _is_there(system: Any, path: str, digest: str) -> bool:
    try:
        return bool(system.metadata(path).get(_MARK) == digest)
    except FileNotFoundError:
        return False


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
