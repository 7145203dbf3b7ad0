"""`plan --resolved` as YAML, for people and programs: where a value comes from stands behind it as a comment."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from meshwright.checks.verdict import bound_words
from meshwright.faces.documents.plainvalues import plain
from meshwright.faces.text.terminal import Look, one_line
from meshwright.model import dataset_name

if TYPE_CHECKING:
    from meshwright.app.varied_resolved import NodeAsRun, PipelineAsRun, ResolvedMesh
    from meshwright.checks.spec import CheckSpec
    from meshwright.diagnostics import SourceSpan

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_./@-]*")
#: Plain words that YAML, or an older reader of it, takes for something else.
_TYPED = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})


def resolved_lines(found: ResolvedMesh, look: Look) -> list[str]:
    """Write pipelines out, whole."""
    lines = [f"environment: {found.environment}"]
    if found.variation:
        lines.append(f"variation: {found.variation}")
    if found.engines:
        lines.append("engines:")
        for name, engine in found.engines.items():
            settings = {"type": engine.type, "memory_bytes": engine.memory_bytes, "threads": engine.threads}
            told = {key: value for key, value in settings.items() if value is not None}
            lines.append(f"  {name}: {_value(told)}")
    lines.append("pipelines:" if found.pipelines else "pipelines: {}")
    for pipeline in found.pipelines:
        lines += _pipeline_lines(pipeline)
    return [_painted(line, look) for line in lines]


def _pipeline_lines(found: PipelineAsRun) -> Iterator[str]:
    yield f"  {_value(found.product.address)}:"
    for key, sourced in found.settings.items():
        yield f"    {key}: {_value(sourced.value)}{_comment(sourced.level, sourced.span)}"
    yield "    params:" if found.parameters else "    params: {}"
    seen: dict[str, int] = {}
    for parameter in found.parameters:
        winner = parameter.settings[0]
        seen[parameter.name] = seen.get(parameter.name, 0) + 1
        # One name may hold several values, where nodes set it for themselves: these stand under their nodes.
        if seen[parameter.name] == 1:
            unused = "" if parameter.users else "; nothing uses it"
            comment = _comment(winner.level, winner.parameter.span, unused)
            yield f"      {parameter.name}: {_value(parameter.value)}{comment}"
    if found.left_out:
        yield f"    left_out: {_value(list(found.left_out))}"
    yield "    nodes:" if found.nodes else "    nodes: {}"
    for node in found.nodes:
        yield from _node_lines(node)


def _node_lines(found: NodeAsRun) -> Iterator[str]:
    node = found.node
    yield f"      {dataset_name(node.address)}:{_comment('', node.span)}"
    yield f"        kind: {node.kind}"
    if found.code:
        yield f"        code: {_value(list(found.code) if len(found.code) > 1 else found.code[0])}"
    for key, others in (("reads", node.reads), ("after", node.after)):
        if others:
            yield f"        {key}: {_value(list(others))}"
    yield f"        engine: {_value(found.engine.value)}{_comment(found.engine.level, found.engine.span)}"
    for key, sourced in found.settings.items():
        yield f"        {key}: {_value(sourced.value)}{_comment(sourced.level, sourced.span)}"
    if found.params:
        yield "        params:"
        for name, setting in found.params.items():
            comment = _comment(setting.level, setting.parameter.span)
            yield f"          {name}: {_value(setting.parameter.value)}{comment}"
    if found.tests:
        yield "        tests:"
        for spec in found.tests:
            yield f"          {_value(spec.id)}: {_test(spec)}{_comment(spec.origin, spec.span)}"


def _test(spec: CheckSpec) -> str:
    return _value({**bound_words(spec), "action": spec.action.value})


def _value(value: object) -> str:
    """Return a value on one line, as YAML reads it."""
    if isinstance(value, str) and _PLAIN.fullmatch(value) and value.lower() not in _TYPED:
        return value
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_value(str(key))}: {_value(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_value(item) for item in value) + "]"
    return json.dumps(plain(value), ensure_ascii=False)


def _comment(level: str, span: SourceSpan | None, more: str = "") -> str:
    told = ", ".join(filter(None, (level, str(span) if span else "")))
    return f"  # {one_line(told)}{more}" if told or more else ""


def _painted(line: str, look: Look) -> str:
    text, sign, comment = line.partition("  # ")
    return f"{text}{look.paint(f'{sign}{comment}', 'dim')}" if sign else line
