"""The OpenAPI document is the contract of the API: valid, whole, and what the server gives."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator
from scripts.api_describing.examples import shortened
from scripts.api_describing.page import render_http
from scripts.api_describing.recording import built_mesh, record_examples
from scripts.api_describing.stated import Stated
from scripts.client_writing.modules import client_files
from scripts.write_api import documented_names

import meshwright.client
from meshwright.access import Action, Kind
from meshwright.access.rules import RULES
from meshwright.diagnostics import Diagnostic, RefusedError
from meshwright.faces.http.application import openapi_document
from meshwright.faces.http.described import component_name, described
from meshwright.faces.http.problems import problem_response
from tests.docs.pages import ROOT
from tests.http.comparing import comparable

DOCUMENT = openapi_document()
METHODS = ("get", "put", "post", "delete", "patch")
OPERATIONS: dict[str, Mapping[str, Any]] = {
    item[method]["operationId"]: item[method]
    for item in DOCUMENT["paths"].values()
    for method in METHODS
    if method in item
}


def validator(component: str) -> jsonschema.Draft202012Validator:
    schema = {"$ref": f"#/components/schemas/{component}", "components": DOCUMENT["components"]}
    return jsonschema.Draft202012Validator(schema)


def test_the_document_is_valid() -> None:
    """By a validator that is not ours."""
    assert [str(error) for error in OpenAPIV31SpecValidator(DOCUMENT).iter_errors()] == []
    assert DOCUMENT["openapi"].startswith("3.1")


def test_operations_have_names_of_their_own() -> None:
    names = [item[method]["operationId"] for item in DOCUMENT["paths"].values() for method in METHODS if method in item]
    assert len(names) == len(set(names))
    assert all(name.isidentifier() and name == name.lower() for name in names)


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_is_told_whole(name: str) -> None:
    """What it is, of which kind, what it takes to be allowed, what it answers and refuses."""
    operation = OPERATIONS[name]
    assert operation["summary"]
    assert operation["description"]
    action = operation["x-action"]
    if action == "none":
        assert operation["security"] == []
    else:
        assert operation["security"] == [{"bearer": []}]
        assert operation["tags"] == [RULES[Action(action)].kind.value]
        assert {"401", "403"} <= set(operation["responses"])
    assert set(operation["tags"]) <= set(Kind)
    problems = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for code, answer in operation["responses"].items():
        assert answer["description"], code
        if code[0] in "45":
            assert problems.items() <= answer["content"].items(), code
    assert any(code.startswith("2") for code in operation["responses"])


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_has_an_example(name: str) -> None:
    """python -m scripts.write_api --examples records them; scripts/api_describing/requests.py says what is asked."""
    operation, example = OPERATIONS[name], described("examples.json").get(name)
    assert example is not None
    # Requests for runs are answered in two ways: that they go on, and, to who waits, what came of them.
    good = str(example["status"])
    assert good in {code for code in operation["responses"] if code.startswith("2")}
    content = operation["responses"][good]["content"]
    assert example["media_type"] in content
    if component_name(example["answer"]) is not None:
        assert content["application/json"]["example"] == example["answer"]
    needed = {each["name"] for each in operation.get("parameters", ()) if each.get("required")}
    assert needed <= {**example["path"], **example["query"]}.keys()
    if "requestBody" in operation and operation["requestBody"].get("required"):
        assert example["body"] is not None


def test_there_are_examples_of_operations_alone() -> None:
    assert sorted(set(described("examples.json")) - set(OPERATIONS)) == []


@pytest.mark.parametrize("name", sorted(described("examples.json")))
def test_an_example_is_as_its_schema_says(name: str) -> None:
    answer = described("examples.json")[name]["answer"]
    component = component_name(answer)
    if component is None:  # what its route declares
        if answer is not None:
            schema = OPERATIONS[name]["responses"]["200"]["content"]["application/json"]["schema"]
            resolved = {**schema, "components": DOCUMENT["components"]}
            assert schema
            assert [error.message for error in jsonschema.Draft202012Validator(resolved).iter_errors(answer)] == []
        return
    assert [error.message for error in validator(component).iter_errors(answer)] == []


@pytest.mark.parametrize("name", OPERATIONS)
def test_what_the_examples_send_is_as_its_schema_says(name: str) -> None:
    operation = OPERATIONS[name]
    sent = [(each["schema"], each["example"]) for each in operation.get("parameters", ()) if "example" in each]
    bodies = operation.get("requestBody", {"content": {}})["content"].values()
    sent += [(body["schema"], body["example"]) for body in bodies if "example" in body]
    for schema, example in sent:
        whole = {"allOf": [schema], "components": DOCUMENT["components"]}
        assert [error.message for error in jsonschema.Draft202012Validator(whole).iter_errors(example)] == []


def test_documented_schemas_are_answered() -> None:
    """A schema that no operation answers, and that is no part of one that is, is one that nobody keeps true."""
    answered = documented_names()
    schemas = described("schemas.json")
    parts = set(re.findall(r"#/components/schemas/(\w+)", json.dumps(schemas)))
    assert sorted(set(schemas) - answered - parts) == []
    assert sorted(parts - set(schemas)) == []


def test_the_client_is_what_the_document_gives() -> None:
    folder = Path(meshwright.client.__file__).parent
    for name, text in client_files(DOCUMENT).items():
        assert (folder / name).read_text(encoding="utf-8") == text, f"{name}: python -m scripts.write_api"


def test_the_page_is_what_the_document_gives() -> None:
    written = (ROOT / "docs/reference/http.md").read_text(encoding="utf-8")
    assert written == render_http(DOCUMENT), "python -m scripts.write_api"


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Any]:
    """What the server gives for the examples, each operation's first, on a new aviation mesh."""
    found: dict[str, Any] = {}
    for each in record_examples(built_mesh(tmp_path_factory.mktemp("examples") / "aviation")):
        found.setdefault(each.example.operation, each)
    return found


@pytest.mark.slow
@pytest.mark.xdist_group("aviation by url")
@pytest.mark.parametrize("name", sorted(described("examples.json")))
def test_an_example_is_what_the_server_gives(name: str, answers: Mapping[str, Any]) -> None:
    kept, given = described("examples.json")[name], answers[name].kept
    assert {**given, "answer": None, "path": None, "body": None} == {
        **kept,
        "answer": None,
        "path": None,
        "body": None,
    }
    if name == "get_run_openlineage":  # steps end in the order in which threads come to it
        assert len(given["answer"]["events"]) == len(kept["answer"]["events"])
    else:
        assert comparable(given["answer"]) == comparable(kept["answer"])
    assert shortened(given["answer"]) == given["answer"]
    component = component_name(answers[name].document)
    if component is not None:
        assert [error.message for error in validator(component).iter_errors(answers[name].document)] == []


def test_schemas_are_those_of_the_types_of_who_writes_the_documents() -> None:
    """All of them: none is inferred of what was seen."""
    stated, kept = Stated(), described("schemas.json")
    for name in sorted(stated.documents.keys() & documented_names()):
        stated.add(name, {})
    assert len(stated.schemas) > 200
    assert sorted(kept) == sorted(stated.schemas), "python -m scripts.write_api --schemas"
    for name, schema in stated.schemas.items():
        assert _without_meanings(schema) == _without_meanings(kept[name]), (
            f"{name}: python -m scripts.write_api --schemas"
        )


#: Answers whose fields no type of ours tells.
OPEN_ANSWERS = {
    "openapi_json": "the OpenAPI document itself",
    "read_port": "rows: their columns are the port's",
    "read_port_part": "rows: their columns are the port's",
    "read_port_dataset": "rows: their columns are the port's",
    "query": "rows, with `format=json`; else the document",
}


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_answer_in_json_tells_its_fields(name: str) -> None:
    schemas = [
        schema
        for answer in OPERATIONS[name]["responses"].values()
        for media_type, content in answer.get("content", {}).items()
        if media_type.endswith("json")
        for schema in content["schema"].get("anyOf", [content["schema"]])
    ]
    untold = [schema for schema in schemas if "properties" not in _resolved(schema)]
    assert bool(untold) == (name in OPEN_ANSWERS), untold


def _resolved(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    if "$ref" not in schema:
        return schema
    found: Mapping[str, Any] = DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return found


def test_words_of_a_closed_set_are_enumerated() -> None:
    """Roles, states and levels, wherever they stand; what is open says so here."""
    is_open = {
        "LogLine.level": "as who writes it calls it",
        "RecordedCall.action": "one for each operation",
        "Setting.level": "a level and its name: node d.p.n",
        "Sourced.level": "so is this",
        "RankedSetting.level": "so is this",
        "ResolvedParameter.level": "so is this",
        "ResolvedTest.level": "so is this",
        "PromotedValue.level": "so is this",
    }
    for name, schema in described("schemas.json").items():
        for field, told in schema.get("properties", {}).items():
            if field in {"role", "state", "level", "verdict", "action"} and f"{name}.{field}" not in is_open:
                assert "enum" in told, f"{name}.{field}"


def _without_meanings(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_without_meanings(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: _without_meanings(each) for key, each in schema.items() if key != "description" or isinstance(each, dict)
    }


def test_a_problem_has_the_title_of_its_type() -> None:
    """The same whenever it occurs (RFC 9457, 3.1.3), and another one for another type of the same status."""

    def title(code: str) -> str:
        error = RefusedError(Diagnostic(code=code, message="m", fix="f"))
        return str(json.loads(bytes(problem_response(error, instance="/x").body))["title"])

    assert title("MW-H212") == "The answer is one that the caller has"
    assert title("MW-H021") == "changed meanwhile"
