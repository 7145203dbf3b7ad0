"""Validates a dataset with Great Expectations. Run under the Python that it is installed in.

The dataset is read with pandas. A suite is validated in a context in memory; a checkpoint of a project in a copy of that
project, so that what it stores of its results does not change the user's folder.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_NOT_COPIED = shutil.ignore_patterns("validations", "data_docs", "local_site", ".ipynb_checkpoints", "__pycache__")
_MESSAGE = 500
#: Severity of Great Expectations -> verdict of a test that fails.
_VERDICTS = {"critical": "stop", "warning": "warn", "info": "log"}


class WrongInput(Exception):
    """Something that the user has to change."""


def main(request_file: str) -> int:
    """Validate what a request names; return the status."""
    place = Path(request_file).parent
    request = json.loads(Path(request_file).read_text("utf-8"))
    sys.path[:] = [path for path in sys.path if path != str(Path(__file__).parent)]
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    try:
        import great_expectations  # noqa: F401 - lazy: missing is told by a status of its own
        import pandas as pd
        import pyarrow  # noqa: F401 - pandas reads Parquet with it
    except ImportError as error:
        print(f"Great Expectations is not installed in {sys.executable}: {error}", flush=True)
        return 97
    status = 0
    try:
        frame = pd.read_parquet(request["files"])
        print(f"{len(frame)} rows of {request['dataset']}", flush=True)
        results = _of_project(request, frame, place) if request["project"] else _of_suite(request, frame)
        tests = _named(list(_tests(results)))
        for test in tests:
            print(f"{test['verdict']:5} {test['name']}: {test['message']}", flush=True)
        (place / "tests.json").write_text(json.dumps(tests), "utf-8")
        passed = sum(test["verdict"] == "pass" for test in tests)
        values = {"rows": len(frame), "expectations": len(tests), "passed": passed, "success": passed == len(tests)}
        (place / "values.json").write_text(json.dumps(values), "utf-8")
    except WrongInput as error:
        (place / "error.txt").write_text(str(error), "utf-8")
        print(error, flush=True)
        status = 98
    except Exception as error:  # noqa: BLE001 - the border of a program: all of it is told
        traceback.print_exc()
        (place / "error.txt").write_text(f"{type(error).__name__}: {error}", "utf-8")
        # Its own errors are of suites, checkpoints and settings.
        status = 98 if type(error).__module__.startswith(("great_expectations", "pydantic")) else 1
    used = resource.getrusage(resource.RUSAGE_SELF)
    (place / "costs.json").write_text(json.dumps({"cpu_s": round(used.ru_utime + used.ru_stime, 3)}), "utf-8")
    return status


def _of_suite(request: dict[str, Any], frame: Any) -> list[Any]:
    """Validate the suite of a JSON file."""
    import great_expectations as gx

    document = json.loads(Path(request["suite"]).read_text("utf-8"))
    expectations = [_of_today(each) for each in document.get("expectations", ())]
    if not expectations:
        raise WrongInput(f"suite {Path(request['suite']).name} has no expectations")
    context = _quiet(gx.get_context(mode="ephemeral"))
    name = str(document.get("name") or document.get("expectation_suite_name") or "suite")
    suite = context.suites.add(gx.ExpectationSuite(name=name, expectations=[_built(each) for each in expectations]))
    asset = context.data_sources.add_pandas("meshwright").add_dataframe_asset(request["dataset"])
    definition = asset.add_batch_definition_whole_dataframe("whole")
    batch = definition.get_batch(batch_parameters={"dataframe": frame})
    return [batch.validate(suite, result_format="SUMMARY")]


def _of_today(expectation: dict[str, Any]) -> dict[str, Any]:
    """Return an expectation as Great Expectations 1 writes it: before, its type had another key."""
    found = dict(expectation)
    if "expectation_type" in found:
        found["type"] = found.pop("expectation_type")
    found.pop("ge_cloud_id", None)
    return found


def _quiet(context: Any) -> Any:
    """Return a context that draws no progress into the log."""
    context.variables.progress_bars = {"globally": False, "metric_calculations": False}
    return context


def _built(expectation: dict[str, Any]) -> Any:
    """Make an expectation of its description. A suite that is given descriptions leaves out what it cannot make."""
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

    try:
        return ExpectationConfiguration(**expectation).to_domain_obj()
    except Exception as error:
        raise WrongInput(f"expectation {expectation.get('type')}: {error}") from error


def _check_whole(suite_name: str, project: Path) -> None:
    """Check that every expectation of a project's suite can be made: those that cannot would be passed over."""
    path = project / "expectations" / f"{suite_name}.json"
    if path.is_file():
        for each in json.loads(path.read_text("utf-8")).get("expectations", ()):
            _built(_of_today(each))


def _of_project(request: dict[str, Any], frame: Any, place: Path) -> list[Any]:
    """Run a checkpoint of a project on the dataset."""
    import great_expectations as gx

    project = Path(request["project"])
    copy = place / "project"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(project, copy / project.name, ignore=_NOT_COPIED)
    context = _quiet(gx.get_context(mode="file", context_root_dir=str(copy / project.name)))
    known = sorted(checkpoint.name for checkpoint in context.checkpoints.all())
    if request["checkpoint"] not in known:
        raise WrongInput(
            f"the project has no checkpoint '{request['checkpoint']}'; checkpoints: {', '.join(known) or 'none'}"
        )
    checkpoint = context.checkpoints.get(request["checkpoint"])
    for definition in checkpoint.validation_definitions:
        if type(definition.asset).__name__ != "DataFrameAsset":
            raise WrongInput(
                f"checkpoint '{checkpoint.name}' validates {definition.asset.name!r}, which reads data of its own; "
                "make its asset one of a data frame of pandas, so that it is given the dataset"
            )
        _check_whole(definition.suite.name, project)
    result = checkpoint.run(batch_parameters={"dataframe": frame})
    return list(result.run_results.values())


def _tests(results: list[Any]) -> Iterator[dict[str, Any]]:
    for result in results:
        for each in result.results:
            config = each.expectation_config
            kwargs = config.kwargs
            told = each.result or {}
            column = kwargs.get("column")
            columns = (
                [kwargs[key] for key in ("column_A", "column_B") if kwargs.get(key)] or kwargs.get("column_list") or ()
            )
            named = [str(column)] if column else [str(name) for name in columns]
            error = _error(each.exception_info or {})
            yield {
                "name": " ".join([str(config.type), *named]),
                "column": column,
                "verdict": "pass" if each.success else "error" if error else _VERDICTS.get(_severity(config), "stop"),
                "failing_rows": told.get("unexpected_count"),
                "order": json.dumps(dict(kwargs), sort_keys=True, default=str),
                "message": (error or _message(config, told))[:_MESSAGE],
            }


def _severity(config: Any) -> str:
    value = getattr(config, "severity", None)
    return str(getattr(value, "value", value) or "critical")


def _error(info: dict[str, Any]) -> str | None:
    """Return why an expectation could not be evaluated; it is told for each metric where there are several."""
    if "raised_exception" in info:
        return str(info.get("exception_message")) if info["raised_exception"] else None
    raised = [each for each in info.values() if isinstance(each, dict) and each.get("raised_exception")]
    return str(raised[0].get("exception_message")) if raised else None


def _message(config: Any, told: dict[str, Any]) -> str:
    """Say what was found, in counts and measures: values of rows are not for everybody who reads a test's result."""
    words = [str(config.description)] if getattr(config, "description", None) else []
    if told.get("unexpected_count") is not None:
        words.append(f"{told['unexpected_count']} of {told.get('element_count')} rows are unexpected")
    observed = told.get("observed_value")
    if isinstance(observed, int | float):
        words.append(f"observed {observed}")
    limits = {
        key: value for key, value in config.kwargs.items() if key in ("min_value", "max_value", "value", "mostly")
    }
    words.extend(f"{key} {value}" for key, value in limits.items() if value is not None)
    return ", ".join(words)


def _named(tests: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Sort tests, and give those of one name a number each, by what they ask for."""
    seen: dict[str, int] = {}
    tests.sort(key=lambda test: (test["name"], test.pop("order")))
    for test in tests:
        seen[test["name"]] = count = seen.get(test["name"], 0) + 1
        if count > 1:
            test["name"] += f" ({count})"
    return tests


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
