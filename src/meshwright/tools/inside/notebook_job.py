"""Executes a notebook with papermill. Run under the Python that papermill is installed in."""

from __future__ import annotations

import json
import logging
import resource
import sys
from pathlib import Path


def main(request_file: str) -> int:
    """Execute the notebook of a request; return the status."""
    request = json.loads(Path(request_file).read_text("utf-8"))
    # This folder comes first otherwise, and its files are not modules that a notebook should find.
    sys.path[:] = [path for path in sys.path if path != str(Path(__file__).parent)]
    try:
        import papermill  # lazy: missing is told by a status of its own
        from papermill.exceptions import PapermillExecutionError
    except ImportError as error:
        print(f"papermill is not installed in {sys.executable}: {error}", flush=True)
        return 97
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    logging.getLogger("blib2to3").setLevel(logging.ERROR)
    status = 0
    try:
        papermill.execute_notebook(
            _unformatted(request["notebook"]),
            _unformatted(request["executed"]),
            parameters=request["parameters"],
            kernel_name=request["kernel"],
            cwd=request["folder"],
            execution_timeout=request["cell_timeout_s"],
            log_output=True,
            progress_bar=False,
            autosave_cell_every=5,
        )
    except PapermillExecutionError:
        status = 1  # its words stand in the executed notebook
    except Exception as error:  # noqa: BLE001 - the border of a program: all of it is told
        name = type(error).__name__
        (Path(request_file).parent / "error.txt").write_text(f"{name}: {error}", "utf-8")
        print(f"{name}: {error}", flush=True)
        # A kernel that is not there, or a file that is no notebook, stays so; a kernel that died may live the next time.
        is_final = name in {"NoSuchKernel", "NotJSONError", "ValidationError", "ValueError", "PapermillException"}
        status = 98 if is_final else 1
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    cpu_s = sum(each.ru_utime + each.ru_stime for each in used)
    (Path(request_file).parent / "costs.json").write_text(json.dumps({"cpu_s": round(cpu_s, 3)}), "utf-8")
    return status


def _unformatted(path: str) -> str:
    """Return a path that papermill, which takes ``{name}`` in paths for parameters, leaves as it is."""
    return path.replace("{", "{{").replace("}", "}}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
