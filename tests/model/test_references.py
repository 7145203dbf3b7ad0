"""References in texts: which there are, what stays literal, and what is wrong."""

from __future__ import annotations

import pytest

from meshwright.diagnostics import SourceSpan
from meshwright.model.references import (
    ALL_KINDS,
    SECRET_KINDS,
    VALUE_KINDS,
    Reference,
    holds_secret,
    references_in,
    split_text,
    without_references,
)

SPAN = SourceSpan(file="pipeline.yaml", line=3, column=9)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", []),
        ("plain", ["plain"]),
        ("costs $5 {a}", ["costs $5 {a}"]),
        ("${env:HOOK}", ["env:HOOK"]),
        ("a${env:X}b${file:x/y z.txt}", ["a", "env:X", "b", "file:x/y z.txt"]),
        ("${vault:kv/team/shop#pass.word}", ["vault:kv/team/shop#pass.word"]),
        ("${keyring:https://x/y/ana@z}", ["keyring:https://x/y/ana@z"]),
        ("${aws:prod/db#password}", ["aws:prod/db#password"]),
        (
            "${aws:arn:aws:secretsmanager:eu-west-1:1:secret:db-a1}",
            ["aws:arn:aws:secretsmanager:eu-west-1:1:secret:db-a1"],
        ),
        ("${aws-ssm:/shop/password}", ["aws-ssm:/shop/password"]),
        ("${gcp:projects/p-1/secrets/S_1/versions/3#k}", ["gcp:projects/p-1/secrets/S_1/versions/3#k"]),
        ("${azure:my-vault/db-password}", ["azure:my-vault/db-password"]),
        ("${azure:v.vault.azure.cn/db/0a1b}", ["azure:v.vault.azure.cn/db/0a1b"]),
        ("${param:min_distance} of ${node:delays.rows}", ["param:min_distance", " of ", "node:delays.rows"]),
        ("${node:call.value.id.inner-key}", ["node:call.value.id.inner-key"]),
        ("${node:top__inner.state}", ["node:top__inner.state"]),
        ("a ${item} b", ["a ", "item:", " b"]),
        ("$${env:X} is ${env:X}", ["${env:X} is ", "env:X"]),
        ("$$${env:X}", ["$${env:X}"]),
    ],
)
def test_a_text_is_split_at_its_references(text: str, parts: list[str]) -> None:
    split = split_text(text, SPAN)
    assert split.problems == ()
    shown = [part if isinstance(part, str) else f"{part.kind}:{part.name}" for part in split.parts]
    assert shown == parts
    assert all(reference.span is SPAN for reference in split.references)


@pytest.mark.parametrize(
    ("text", "message", "fix"),
    [
        ("${evn:HOOK}", "of no kind that there is", "did you mean 'env'?"),
        ("${HOOK}", "is no reference", "write ${env:HOOK}"),
        ("${}", "is no reference", "${kind:name}"),
        ("${env:HOOK", "no closing brace", "add '}'"),
        ("${HOOK", "no closing brace", "${kind:name}"),
        ("${env:A-B}", "does not name one", "${env:NAME}"),
        ("${env:}", "does not name one", "${env:NAME}"),
        ("${file:}", "does not name one", "${file:path}"),
        ("${vault:kv/shop}", "which key of which secret", "${vault:kv/path#key}"),
        ("${vault:shop#password}", "which key of which secret", "${vault:kv/path#key}"),
        ("${vault:kv/../sys#x}", "which key of which secret", "${vault:kv/path#key}"),
        ("${vault:kv/shop/..#x}", "which key of which secret", "${vault:kv/path#key}"),
        ("${vault:kv/shop#x y}", "which key of which secret", "${vault:kv/path#key}"),
        ("${keyring:ana}", "which user of which service", "${keyring:service/user}"),
        ("${gcp:shop}", "which secret of which project", "${gcp:projects/my-project/secrets/name}"),
        ("${azure:shop}", "which secret of which vault", "${azure:vault-name/secret}"),
        ("${param:No}", "names no parameter", "${param:name}"),
        ("${node:delays}", "does not say what it asks", "${node:name.rows}"),
        ("${node:delays.colour}", "state, tests, rows or value.KEY", "${node:name.rows}"),
        ("${node:delays.value}", "state, tests, rows or value.KEY", "${node:name.rows}"),
        ("${item:x}", "it is the item", "${item}"),
        ("${node:De.rows}", "names no node", "${node:name.rows}"),
    ],
)
def test_a_wrong_reference_stays_literal_and_is_told(text: str, message: str, fix: str) -> None:
    split = split_text(text, SPAN)
    [problem] = split.problems
    assert split.parts == (text,)
    assert message in problem.message
    assert fix in problem.fix
    assert problem.span is SPAN
    assert not problem.is_misplaced


@pytest.mark.parametrize(
    "text", ["${HOME}", "${X:-y}", "${X:1:2}", "${x:?no}", "${#x}", "${x%%.*}", "echo ${", "${a:=b}"]
)
def test_what_is_a_shell_s_own_stays_where_a_shell_reads_it(text: str) -> None:
    assert split_text(text, holds_shell=True) == split_text(text, holds_shell=True).__class__(parts=(text,))
    assert split_text(text).problems != ()


def test_a_wrong_kind_is_told_in_a_shell_s_text_too() -> None:
    [problem] = split_text("curl ${evn:HOOK}", holds_shell=True).problems
    assert "did you mean 'env'?" in problem.fix


@pytest.mark.parametrize(
    ("text", "kinds"), [("${param:x}", SECRET_KINDS), ("${vault:a/b#c}", VALUE_KINDS), ("${env:X}", {})]
)
def test_a_kind_that_may_not_stand_here_is_misplaced(text: str, kinds: dict[str, str]) -> None:
    [problem] = split_text(text, SPAN, kinds=kinds).problems
    assert problem.is_misplaced
    assert f"the reference '{text}' cannot stand here" == problem.message


def test_a_text_that_is_only_a_reference_says_so() -> None:
    assert split_text("${node:a.rows}").only == Reference(kind="node", name="a.rows")
    assert split_text(" ${node:a.rows}").only is None
    assert split_text("a").only is None


def test_a_node_reference_has_a_node_and_a_fact() -> None:
    found = Reference(kind="node", name="call.value.id")
    assert (found.node, found.fact, found.is_secret) == ("call", "value.id", False)
    assert (Reference(kind="env", name="X").node, Reference(kind="env", name="X").is_secret) == (None, True)


def test_references_are_found_deep_in_a_value() -> None:
    value = {"url": "${env:A}/x", "json": {"rows": ["${node:d.rows}", 1, None, "${env:A}"]}, "${env:KEY}": "x"}
    assert [str(found) for found in references_in(value)] == ["${env:A}", "${node:d.rows}", "${env:A}"]


def test_every_kind_has_an_example_that_is_of_its_form() -> None:
    for form in ALL_KINDS.values():
        assert split_text(form).problems == ()


def test_secrets_are_told_from_values() -> None:
    assert holds_secret("a ${vault:a/b#c}")
    assert not holds_secret("a ${param:x} ${HOME}")
    assert without_references("u:${env:X}@h/${param:p}", "$") == "u:$@h/${param:p}"
