"""Whatever stands in the files of policies and exemptions, it ends in findings with places, or in nothing."""

from __future__ import annotations

import datetime as dt
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from loader_cases import EXEMPTIONS, POLICY, POLICY_TEXT, exempted
from mesh_folders import GOOD, write_mesh
from test_loader_hostile import check_places, mangled

from meshwright.files.cache import ParseCache
from meshwright.files.exemptions import CannotAdd, exemptions_of, with_exemption
from meshwright.files.loader import load_mesh
from meshwright.files.policies import PolicyText, read_draft
from meshwright.files.yaml import parse_yaml, root_mapping
from meshwright.model import Exemption, PolicyLevel

GOVERNED = {**GOOD, POLICY: POLICY_TEXT, EXEMPTIONS: exempted()}


def test_policies_and_exemptions_are_read_with_their_places(tmp_path: Path) -> None:
    domain = "domains/operations/policies"
    files = {
        **GOVERNED,
        f"{domain}/own.sql": POLICY_TEXT.replace("warn", "block"),
        f"{domain}/exemptions.yaml": exempted(),
    }
    loaded = load_mesh(write_mesh(tmp_path, files))
    assert loaded.mesh is not None
    (policy,) = loaded.mesh.policies
    assert (policy.address, policy.level, policy.why, policy.fix) == ("named", PolicyLevel.WARN, "Because.", "Mend it.")
    assert (policy.reads, str(policy.span)) == (("mesh.ports",), f"{POLICY}:1:1")
    (exemption,) = loaded.mesh.exemptions
    assert (exemption.object, exemption.expires, str(exemption.span)) == (
        "operations",
        dt.date(2999, 12, 31),
        f"{EXEMPTIONS}:2:5",
    )
    (own,) = loaded.mesh.domains["operations"].policies
    assert (own.address, own.domain) == ("operations.own", "operations")
    assert [item.domain for item in loaded.mesh.all_exemptions()] == [None, "operations"]
    paths = {file.path for file in loaded.mesh.all_files()}
    assert {POLICY, EXEMPTIONS, f"{domain}/own.sql", f"{domain}/exemptions.yaml"} <= paths


def test_the_cache_changes_nothing_that_is_read(tmp_path: Path) -> None:
    texts = [POLICY_TEXT, POLICY_TEXT.replace("mesh.ports", "mesh.prots"), POLICY_TEXT + "where $today > expires"]
    with ParseCache.open(tmp_path / "cache.db") as cache:
        for text in texts:
            root = write_mesh(tmp_path / "mesh", {**GOVERNED, POLICY: text})
            plain, first, second = (load_mesh(root, cache=given) for given in (None, cache, cache))
            assert plain.diagnostics == first.diagnostics == second.diagnostics
            assert plain.mesh is not None
            assert first.mesh is not None
            assert second.mesh is not None
            assert plain.mesh.policies == first.mesh.policies == second.mesh.policies


@pytest.mark.parametrize("key", ["exemptions", "policy", "object", "owner", "reason", "expires"])
@pytest.mark.parametrize(
    "shape",
    ["null", "[]", "{}", "[[]]", "{a: [1]}", "1", "1.5", "true", "''", "text", "[null]", "[1, {a: b}]", "${env:X}"],
)
def test_every_value_of_an_exemption_may_be_of_any_shape(tmp_path: Path, key: str, shape: str) -> None:
    lines = [f"{line.partition(':')[0]}: {shape}" if f"{key}:" in line else line for line in exempted().splitlines()]
    text = "\n".join(lines[:1] if key == "exemptions" else lines)
    root = write_mesh(tmp_path, {**GOVERNED, EXEMPTIONS: text})
    check_places(load_mesh(root).diagnostics, root)


@settings(max_examples=60, deadline=None)
@given(st.randoms(use_true_random=False))
def test_a_mangled_policy_ends_in_findings(random_: random.Random) -> None:
    text = mangled(POLICY_TEXT, random_).decode("utf-8", "replace")
    findings: list[object] = []
    policy = read_draft(PolicyText(path="p.sql", name="p", text=text), None, findings)  # type: ignore[arg-type]
    assert (policy is None) <= bool(findings)


def _read(text: str) -> tuple[Exemption, ...]:
    document, findings = parse_yaml(text.encode(), "x.yaml")
    assert document is not None, (text, findings)
    mapping, findings = root_mapping(document, what="x")
    assert mapping is not None, (text, findings)
    problems: list[object] = []
    read = exemptions_of(mapping, None, problems)  # type: ignore[arg-type]
    assert problems == [], text
    return read


@settings(max_examples=80, deadline=None)
@given(
    reason=st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp", "Co", "Cn")), min_size=1, max_size=40),
    indent=st.sampled_from(["", "  ", "    "]),
    after=st.sampled_from(["", "\n", "\n\n# the end\n", "\n  # indented\n"]),
)
def test_any_reason_is_read_back_as_it_was_given(reason: str, indent: str, after: str) -> None:
    if not reason.strip() or "${" in reason:
        return
    item = Exemption(
        policy="named",
        object="sales.orders/orders",
        owner="user:ana@example.org",
        reason=reason.strip(),
        expires=dt.date(2999, 1, 1),
        domain=None,
    )
    before = exempted().rstrip().replace("\n  ", f"\n{indent}") + after
    made = with_exemption(before, item, "x.yaml")
    first, second = _read(made)
    assert first == _read(exempted())[0].__class__(
        policy=first.policy,
        object="operations",
        owner="team:a",
        reason="Soon.",
        expires=dt.date(2999, 12, 31),
        domain=None,
        span=first.span,
    )
    assert (second.reason, second.object, second.owner, second.expires) == (
        item.reason,
        item.object,
        item.owner,
        item.expires,
    )
    assert [line for line in before.splitlines() if line not in made.splitlines()] == []
    assert _read(with_exemption("", item, "x.yaml"))[0].reason == item.reason


@pytest.mark.parametrize(
    "text",
    [
        "exemptions: []\n",
        "exemptions:\n",
        "exemptions: [{policy: a, object: b, owner: 'team:c', reason: d, expires: 2999-01-01}]\n",
        "[",
        "- a\n",
        "other: 1\n",
        "exemptions:\n  [{policy: a, object: b, owner: 'team:c', reason: d, expires: 2999-01-01}]\n",
        "{exemptions: [\n  {policy: a, object: b, owner: 'team:c', reason: d, expires: 2999-01-01}]}\n",
        "exemptions:\n  - {policy: a}\n",
        "exemptions:\n  - - a\n",
    ],
)
def test_what_is_not_in_block_form_or_not_sound_is_not_touched(text: str) -> None:
    item = Exemption(policy="p", object="o", owner="team:a", reason="r", expires=dt.date(2999, 1, 1), domain=None)
    with pytest.raises(CannotAdd):
        with_exemption(text, item, "x.yaml")
