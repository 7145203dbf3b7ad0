"""`formats.md` names every key that is read, and its examples are a mesh that loads and runs."""

from __future__ import annotations

import importlib
import pkgutil
import re
from pathlib import Path

import pytest

import meshwright.files
import meshwright.files.standards
from meshwright.app import policy_examples
from meshwright.app.apply import RunOptions, apply
from meshwright.app.check import check
from meshwright.app.workspace import open_workspace
from meshwright.checks.compile import ENFORCED_OPTIONS
from meshwright.checks.custom.dbt import TESTS as DBT_TESTS
from meshwright.checks.custom.great_expectations import EXPECTATIONS
from meshwright.checks.custom.soda import METRICS as SODA_METRICS
from meshwright.checks.formats import INTEGER_FORMATS, TEXT_FORMATS
from meshwright.checks.odcs_3_0 import METRICS
from meshwright.checks.policies import ANSWER_COLUMNS
from meshwright.checks.service_levels import MEASURED, SYNONYMS
from meshwright.checks.types import LOGICAL_TYPES
from meshwright.engines.duckdb import texttypes, types
from meshwright.files import consumers, discovery, literals, pipeline, policies, settings, sources, sqltests
from meshwright.files.fields import Keys
from meshwright.files.standards import quality, quality_arguments
from meshwright.model import Action, Operator
from meshwright.model.names import RESERVED_NAMES
from meshwright.run.report import StepState
from meshwright.sql.functions import TABLE_FUNCTIONS
from tests.docs.pages import Example, anchors, examples, page, placed_examples, sections, tables, ticked

PAGE = page("formats.md")
SECTIONS = sections(PAGE)
REFUSED = "Known and refused"
#: Module with tables of keys -> sections that describe the file it reads. A module that is not here fails a test.
HOMES = {
    "settings": ("mesh.yaml",),
    "environments": ("mesh.yaml",),
    "provision_entries": ("mesh.yaml",),
    "reporting": ("mesh.yaml",),
    "domains": ("domain.yaml",),
    "pipeline": ("pipeline.yaml",),
    "sources": ("Sources",),
    "tablesources": ("Sources",),
    "parameters": ("Parameters",),
    "consumers": ("consumers.yaml",),
    "exemptions": ("Policies",),
    "policy_examples": ("Policies",),
    "unittests": ("Unit tests",),
    "variations": ("Variations",),
    "triggers": ("Triggers",),
    "aliases": ("Aliases",),
    "incremental": ("Incremental datasets",),
    "component_documents": ("Components",),
    "component_lock": ("Components",),
    "component_sources": ("mesh.yaml",),
    "running": ("pipeline.yaml",),
    "outside": ("Nodes of tools",),
}


def _key_tables() -> list[tuple[str, str, Keys]]:
    """Every `Keys` of the loader: module, name, table."""
    found = []
    for package in (meshwright.files, meshwright.files.standards):
        for info in pkgutil.iter_modules(package.__path__):
            module = importlib.import_module(f"{package.__name__}.{info.name}")
            found += [(info.name, name, value) for name, value in vars(module).items() if isinstance(value, Keys)]
    return found


def _named(section: str) -> set[str]:
    """The keys that a section names; of ``engines.*.memory`` the last part counts as well."""
    names = ticked(SECTIONS[section])
    return names | {name.rpartition(".")[2] for name in names}


def _described_keys(section: str) -> set[str]:
    """The last parts of the keys in the tables of keys of a section."""
    found = set()
    for header, rows in tables(SECTIONS[section]):
        if header[0] == "key":
            found |= {name.rpartition(".")[2] for row in rows for name in ticked(row[0])}
    return found


@pytest.mark.parametrize(("module", "name", "keys"), _key_tables(), ids=lambda value: str(value)[:30])
def test_every_key_that_the_loader_knows_is_in_its_section(module: str, name: str, keys: Keys) -> None:
    assert module in HOMES, f"say in which section the keys of {module}.{name} are described"
    described = set().union(*(_described_keys(section) for section in HOMES[module]))
    refused = _named(REFUSED)
    assert sorted(set(keys.known) - described) == []
    assert sorted(set(keys.unsupported) - refused) == []


@pytest.mark.parametrize("module", sorted(HOMES))
def test_no_key_is_described_that_the_loader_does_not_know(module: str) -> None:
    beside = {name for name, homes in HOMES.items() if set(homes) & set(HOMES[module])}
    known = {key for found, _, keys in _key_tables() if found in beside for key in keys.known}
    if "pipeline.yaml" in HOMES[module] or "Nodes of tools" in HOMES[module]:
        known |= {*pipeline._OWN_KINDS, *pipeline._SETTINGS}
    described = set().union(*(_described_keys(section) for section in HOMES[module]))
    assert sorted(described - known) == []


def test_every_kind_of_node_is_named() -> None:
    described = _described_keys("pipeline.yaml") | _described_keys("Nodes of tools")
    assert {*pipeline._OWN_KINDS, *pipeline._SETTINGS} - {"sql"} - described == set()
    assert pipeline._LATER - _named(REFUSED) == set()


def test_every_file_and_folder_that_is_refused_is_named() -> None:
    refused = {*discovery._UNSUPPORTED_FILES, *discovery._UNSUPPORTED_FOLDERS}
    assert refused - ticked(SECTIONS[REFUSED]) == set()


def test_headers_of_tests_are_complete() -> None:
    [(_, rows)] = [table for table in tables(SECTIONS["Tests"]) if table[0][0] == "header"]
    assert {name for row in rows for name in ticked(row[0])} == set(sqltests._FORM.keys)


def test_headers_and_answers_of_policies_are_complete() -> None:
    found = {header[0]: rows for header, rows in tables(SECTIONS["Policies"])}
    assert {name for row in found["header"] for name in ticked(row[0])} == set(policies.HEADERS.keys)
    assert ticked(found["header"][0][1]) == set(policies.LEVELS)
    assert {name for row in found["column of the answer"] for name in ticked(row[0])} == set(ANSWER_COLUMNS)


def test_the_grammar_of_rules_is_complete() -> None:
    named = _named("Quality rules")
    assert quality._ALL_KEYS - named - {"rule", "arguments"} == set()
    assert set(quality._KEYS) - named == set()
    assert {operator.value for operator in Operator} - named == set()
    assert {action.value for action in Action} - named == set()
    assert set(quality_arguments.METRIC_LEVELS) - named == set()
    arguments = {f"arguments.{name}" for names in quality_arguments._ARGUMENTS.values() for name in names}
    assert arguments - named == set()


def test_what_contracts_demand_is_complete() -> None:
    named = _named("contracts")
    assert set(ENFORCED_OPTIONS) - named == set()
    assert set(LOGICAL_TYPES) - named == set()
    assert set(METRICS) - named == set()


def test_words_that_values_can_be_are_complete() -> None:
    assert set(literals.PARAMETER_TYPES) - ticked(SECTIONS["Parameters"]) == set()
    assert set(consumers.CONSUMER_TYPES) - ticked(SECTIONS["consumers.yaml"]) == set()
    assert set(sources.FORMATS) - ticked(SECTIONS["Sources"]) == set()
    assert set(RESERVED_NAMES) - ticked(SECTIONS["Names and addresses"]) == set()
    assert set(TABLE_FUNCTIONS) - ticked(SECTIONS["Models"]) == set()
    assert {f"{word}: {action}" for word, action in quality.DEFAULT_SEVERITIES.items()} - ticked(
        SECTIONS["mesh.yaml"]
    ) == set()


def test_defaults_of_the_mesh_are_those_of_the_loader() -> None:
    defaults = {ticked(row[0]).pop(): row[2] for _, rows in tables(SECTIONS["mesh.yaml"]) for row in rows}
    bare = settings.MeshSettings(name="shop", patterns=())
    assert f"`{bare.store}`" == defaults["store"]
    assert f"`{bare.state}`" == defaults["state"]
    assert f"`{bare.environments[0]}`" == defaults["environments"]


def test_every_rule_of_stored_types_is_told() -> None:
    rows = [row for _, found in tables(SECTIONS["Types as stored"]) for row in found]
    for kind, target in types._AS.items():
        told = [row for row in rows if kind in row[0] or (kind == '"NULL"' and "NULL" in row[0])]
        assert [row[1] for row in told] == [target], kind
    inferred = SECTIONS["Sources"]
    assert [kind for kind in texttypes.LADDER if kind not in inferred] == []


def test_every_example_of_a_file_says_which_file_it_is() -> None:
    languages = {"yaml", "sql", "python", "csv", "json"}
    placed = {(example.language, example.text) for example in placed_examples(PAGE)}
    assert {(one.language, one.text) for one in examples(PAGE) if one.language in languages} == placed


def _write(root: Path, found: list[Example]) -> Path:
    for example in found:
        assert example.path is not None
        path = root / example.path
        assert not path.exists(), f"{example.path} is there twice"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(example.text, encoding="utf-8")
    return root


def test_the_examples_of_a_policy_hold(tmp_path: Path) -> None:
    report = policy_examples.test_examples(open_workspace(_write(tmp_path, placed_examples(PAGE))))
    assert report.ok
    assert [tested.policy.name for tested in report.policies] == ["columns_are_described"]


def test_the_examples_are_a_mesh_without_findings_that_runs(tmp_path: Path) -> None:
    workspace = open_workspace(_write(tmp_path, placed_examples(PAGE)))
    found = check(workspace)
    assert [str(one) for one in found.diagnostics] == []
    assert found.counts["products"] == 4
    report = apply(workspace, RunOptions())
    assert [step.error for step in report.steps if step.state is not StepState.SUCCEEDED] == []
    assert [outcome.finding for outcome in report.tests if outcome.verdict != "pass"] == []
    assert sorted(report.published) == ["finance.revenue", "sales.history", "sales.orders"]


@pytest.mark.parametrize("name", ["formats.md", "json.md"])
def test_links_inside_a_page_lead_to_a_heading(name: str) -> None:
    text = page(name)
    assert set(re.findall(r"\]\(#([^)]+)\)", text)) - anchors(text) == set()
    elsewhere = re.findall(r"\]\((formats|json)\.md#([^)]+)\)", text)
    assert [found for found in elsewhere if found[1] not in anchors(page(f"{found[0]}.md"))] == []


CONTRACT_RULES = ticked(page("contract-rules.md"))


def test_what_rules_of_other_tools_become_is_complete() -> None:
    assert {*EXPECTATIONS, *SODA_METRICS, *DBT_TESTS} - CONTRACT_RULES == set()


def test_formats_options_and_service_levels_are_complete() -> None:
    assert {*TEXT_FORMATS, *INTEGER_FORMATS, *ENFORCED_OPTIONS} - CONTRACT_RULES == set()
    assert {*MEASURED, *SYNONYMS, *SYNONYMS.values()} - CONTRACT_RULES == set()
