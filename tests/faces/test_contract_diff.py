"""`mw contract diff`, as people and programs see it: two files, and whether the version answers what changes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from meshwright.faces.cli.main import main

CONTRACT = """\
apiVersion: v3.2.0
kind: DataContract
id: orders
version: 1.4.2
status: active
schema:
  - name: orders
    properties:
      - {name: id, logicalType: integer, required: true}
      - {name: mail, logicalType: string, classification: pii}
slaProperties:
  - {property: freshness, value: 1, unit: h}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "old.yaml").write_text(CONTRACT, encoding="utf-8")
    return tmp_path


def diff(
    capsys: pytest.CaptureFixture[str], folder: Path, *edits: tuple[str, str], old: str = CONTRACT
) -> tuple[int, str, str]:
    text = old
    for before, after in edits:
        assert before in text
        text = text.replace(before, after)
    (folder / "old.yaml").write_text(old, encoding="utf-8")
    (folder / "new.yaml").write_text(text, encoding="utf-8")
    return call(capsys, folder, "old.yaml", "new.yaml")


def call(capsys: pytest.CaptureFixture[str], folder: Path, *words: str) -> tuple[int, str, str]:
    capsys.readouterr()
    status = main(["-C", str(folder), "contract", "diff", *words])
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def test_a_change_that_the_version_answers_is_fine(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    status, out, err = diff(capsys, folder, ("required: true", "required: false"), ("1.4.2", "2.0.0"))
    assert (status, err) == (0, "")
    assert out.splitlines()[0] == (
        "major  column id of dataset orders may hold nulls (schema/orders/properties/id/required)"
    )
    assert "version 1.4.2 -> 2.0.0 answers major changes (at least 2.0.0)" in out


@pytest.mark.parametrize("version", ["1.4.2", "1.9.9", "1.0.0", "spring"])
def test_a_version_that_did_not_rise_as_demanded_is_status_1(
    capsys: pytest.CaptureFixture[str], folder: Path, version: str
) -> None:
    status, out, _ = diff(capsys, folder, ("value: 1, unit: h", "value: 7, unit: d"), ("1.4.2", version))
    assert status == 1
    assert "new.yaml:4:10 " in out
    assert ("2.0.0 is the least that will do" in out) is (version != "spring")
    assert "sla" not in out.splitlines()[-1]


def test_words_alone_demand_a_patch(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    edit = ("status: active", "status: active\ndescription: {purpose: Orders.}")
    assert diff(capsys, folder, edit)[0] == 1
    assert diff(capsys, folder, edit, ("1.4.2", "1.4.3"))[0] == 0


def test_a_draft_promises_nothing(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    draft = CONTRACT.replace("active", "draft")
    status, out, _ = diff(capsys, folder, ("required: true", "required: false"), old=draft)
    assert status == 0
    assert "the first contract is no promise yet" in out


def test_the_same_in_another_form_is_no_change(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    status, out, _ = diff(capsys, folder, ("value: 1, unit: h", "value: 60, unit: min"), ("v3.2.0", "v3.1.0"))
    assert status == 0
    assert out.startswith("nothing changes that anybody was promised")
    assert call(capsys, folder, "old.yaml", "old.yaml")[0] == 0


def test_a_program_reads_levels_policy_and_versions(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    diff(capsys, folder, (", classification: pii", ""), ("required: true", "required: true, unique: true"))
    status, out, _ = call(capsys, folder, "old.yaml", "new.yaml", "--json")
    document = json.loads(out)
    assert status == 1
    assert document["schema"] == "meshwright/contract-diff/1"
    assert (document["ok"], document["level"], document["policy"]) == (False, "major", True)
    assert document["version"] == {"before": "1.4.2", "after": "1.4.2", "least": "2.0.0", "verdict": "short"}
    assert [(one["kind"], one["level"], one["policy"]) for one in document["changes"]] == [
        ("classification_removed", "major", True),
        ("unique_added", "minor", False),
    ]
    (finding,) = document["diagnostics"]
    assert (finding["code"], finding["line"], finding["column"]) == ("MW-P301", 4, 10)


def test_input_that_cannot_be_read_is_status_2_with_every_place(
    capsys: pytest.CaptureFixture[str], folder: Path
) -> None:
    (folder / "bad.yaml").write_text("kind: DataContract\n", encoding="utf-8")
    (folder / "binary.yaml").write_bytes(b"\xff\xfe\x00")
    (folder / "product.yaml").write_text("kind: DataProduct\napiVersion: v1.0.0\n", encoding="utf-8")
    for bad in ("bad.yaml", "binary.yaml", "product.yaml", "none.yaml", "."):
        for words in (("old.yaml", bad), (bad, "old.yaml"), (bad, bad)):
            status, out, err = call(capsys, folder, *words)
            assert (status, out) == (2, ""), words
            assert "fix:" in err
            assert "Traceback" not in err
    status, out, _ = call(capsys, folder, "bad.yaml", "none.yaml", "--json")
    document = json.loads(out)
    assert (status, document["schema"]) == (2, "meshwright/error/1")
    assert {Path(one["file"]).name for one in document["error"]["diagnostics"]} == {"bad.yaml", "none.yaml"}
