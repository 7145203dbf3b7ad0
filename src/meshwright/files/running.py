"""How a node runs: how often it is tried, how long it may take, and whether its turn comes at all."""

from __future__ import annotations

from meshwright.diagnostics import SourceSpan
from meshwright.files.durations import read_duration_ms
from meshwright.files.fields import Fields, Keys, open_fields
from meshwright.files.yaml import YamlScalar
from meshwright.frozen import dataclass
from meshwright.model.outside import Condition, Retry

_RETRY_KEYS = Keys(known=("attempts", "backoff"), required=("attempts",))
_BACKOFF_MS = 10_000
#: Where more than this may run at once, nothing is limited.
MOST_AT_ONCE = 10_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Running:
    """What one level says of how nodes run."""

    retry: Retry | None = None
    #: Seconds that one attempt may take.
    timeout_s: float | None = None
    #: Where that stands.
    timeout_span: SourceSpan | None = None


def read_running(fields: Fields) -> Running:
    """Return what ``retry`` and ``timeout`` say."""
    timeout_ms = read_duration_ms(fields, "timeout")
    if timeout_ms == 0:
        fields.wrong_value("timeout", fields.mapping.by_key["timeout"].value, "longer than nothing")
    retry = None
    mapping = fields.nested("retry")
    if mapping is not None:
        inner = open_fields(mapping, _RETRY_KEYS, what="retry", findings=fields.findings, address=fields.address)
        attempts = inner.whole("attempts", minimum=1, maximum=1000)
        backoff_ms = read_duration_ms(inner, "backoff")
        if attempts is not None:
            retry = Retry(attempts=attempts, backoff_s=(_BACKOFF_MS if backoff_ms is None else backoff_ms) / 1000)
    return Running(
        retry=retry,
        timeout_s=timeout_ms / 1000 if timeout_ms else None,
        timeout_span=fields.mapping.by_key["timeout"].value.span if timeout_ms else None,
    )


def read_concurrency(fields: Fields) -> int | None:
    """Return how much may run at once; None for no limit."""
    return fields.whole("concurrency", minimum=1, maximum=MOST_AT_ONCE)


def read_condition(fields: Fields) -> Condition | None:
    """Return what ``when`` says; None, with findings, where it is no condition."""
    node = fields.mapping.get("when")
    if node is None:
        return None
    if not isinstance(node, YamlScalar) or not node.text.strip():
        fields.wrong_type("when", node, "a boolean SQL expression")
        return None
    from meshwright.sql.conditions import parse_condition  # lazy: the parser of SQL, for the few nodes with a condition

    parsed = parse_condition(node.text)
    for problem in parsed.problems:
        # A quoted or folded text has no place for each of its characters: its beginning is told.
        span = SourceSpan(file=node.file, line=node.line, column=node.column)
        fields.find(problem.code, f"{problem.message} ('when' of {fields.what})", span, problem.fix)
    if parsed.problems:
        return None
    return Condition(
        text=node.text,
        nodes=tuple(sorted({fact.name for fact in parsed.facts if fact.kind == "node"})),
        params=tuple(sorted({fact.name for fact in parsed.facts if fact.kind == "param"})),
        span=node.span,
    )
