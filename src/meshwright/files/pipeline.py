"""`pipeline.yaml`: the parameters, nodes and tests of a product.

An entry under ``nodes`` is a source, a Python node, a node of a tool, or adds settings to the model file of its name. Every
setting that this version does not act on is refused by name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from types import MappingProxyType

from meshwright.diagnostics import Diagnostic, Severity, SourceSpan, known_names_hint
from meshwright.files.component_uses import USE_KEYS, ComponentEntry, read_use
from meshwright.files.fields import Fields, Keys, check_name, open_fields
from meshwright.files.incremental import NO_INCREMENTAL, IncrementalEntry, check_use, read_incremental
from meshwright.files.items import ItemList, read_items
from meshwright.files.literals import SIZE_FORM, column_type, size_bytes
from meshwright.files.outside import OutsideEntry, ToolReader, read_outside
from meshwright.files.parameters import NO_PARAMETERS, Parameters, merge, read_parameters
from meshwright.files.python import PythonEntry, read_python
from meshwright.files.running import Running, read_concurrency, read_condition, read_running
from meshwright.files.sources import read_source
from meshwright.files.yaml import YamlEntry, YamlMapping, YamlScalar
from meshwright.frozen import dataclass
from meshwright.model import INTERVAL_PARAMETERS, ITEM_PARAMETER, Column, Columns, FileSource, Refresh, Source
from meshwright.model.outside import Condition, Retry, RunIf

PIPELINE_KEYS = Keys(
    known=(
        "params",
        "nodes",
        "tests",
        "variations",
        "triggers",
        "schedule",
        "retry",
        "timeout",
        "concurrency",
        "aliases",
    ),
)
#: The kinds of nodes that are read here; every other one is a tool's.
_OWN_KINDS = ("sql", "source", "python", "component")
_SETTINGS = (
    "after", "engine", "as", "columns", "params", "deterministic", "refresh", "retry", "timeout", "inputs", "memory",
    "incremental", "description", "tags", "datasets", "when", "run_if", "pool", "effects", "sandbox", "for_each",
)  # fmt: skip
_LATER = frozenset({"resource"})
#: Settings that nodes of tools have a use for, and no other.
_OUTSIDE_KEYS = ("datasets", "effects", "sandbox")
#: Settings that nodes of tools have no use for.
_NOT_OUTSIDE = ("engine", "as", "deterministic", "memory", "incremental")


@dataclass(frozen=True, kw_only=True, slots=True)
class NodeEntry:
    """One entry under ``nodes``; what was wrong or absent has its default."""

    name: str
    #: None where the entry only adds settings to a model file.
    source: Source | None = None
    #: Python nodes: None where what it says cannot be used.
    python: PythonEntry | None = None
    #: The component that it is: None where what it says cannot be used.
    component: ComponentEntry | None = None
    is_component: bool = False
    refresh: Refresh = Refresh.ON_CHANGE
    #: Limits of one attempt; the second is of Python nodes.
    timeout_s: float | None = None
    memory_bytes: int | None = None
    #: Where the first one stands.
    timeout_span: SourceSpan | None = None
    #: Whether the entry says that it is a source, readable or not.
    is_source: bool = False
    #: Whether anything in the entry is wrong.
    is_broken: bool = False
    columns: Columns = ()
    #: How it is built in parts.
    incremental: IncrementalEntry = NO_INCREMENTAL
    params: Parameters = field(default_factory=lambda: NO_PARAMETERS)
    is_deterministic: bool = True
    #: Whether the model's dataset is a view.
    is_view: bool = False
    #: Names of nodes of the product, with where they are written.
    after: tuple[tuple[str, SourceSpan], ...] = ()
    description: str | None = None
    tags: tuple[str, ...] = ()
    #: Name of a logical engine, with where it is written.
    engine: tuple[str, SourceSpan] | None = None
    #: What a tool is to do; None for the other kinds.
    outside: OutsideEntry | None = None
    #: The list over which a model or a function fans out.
    items: ItemList | None = None
    #: Whether it means to, whether or not the list can be used.
    is_fanned: bool = False
    #: Whether a Python node yields no dataset.
    is_none: bool = False
    when: Condition | None = None
    run_if: RunIf = RunIf.SUCCESS
    retry: Retry | None = None
    pool: str | None = None
    #: Where the pool is named.
    pool_span: SourceSpan | None = None
    span: SourceSpan

    @property
    def own_names(self) -> frozenset[str]:
        """Names that mean the interval's moments, or the item of a list, in the node's code."""
        names = INTERVAL_PARAMETERS if self.incremental.has_intervals else ()
        return frozenset((*names, ITEM_PARAMETER) if self.is_fanned else names)


@dataclass(frozen=True, kw_only=True, slots=True)
class PipelineDocument:
    """`pipeline.yaml` as it was read."""

    params: Parameters = field(default_factory=lambda: NO_PARAMETERS)
    nodes: Mapping[str, NodeEntry] = field(default_factory=lambda: MappingProxyType({}))
    #: Names under ``tests``, with where they are written; the rules are read by `files.readings`.
    tests: tuple[tuple[str, SourceSpan], ...] = ()
    concurrency: int | None = None
    #: What holds for each node that says nothing itself.
    running: Running = field(default_factory=Running)


def read_pipeline(
    mapping: YamlMapping,
    *,
    product: str,
    models: frozenset[str],
    inherited: Parameters,
    findings: list[Diagnostic],
    tools: ToolReader,
) -> PipelineDocument:
    """Return what the document says of `product`; `models` are the names of its model files."""
    fields = open_fields(mapping, PIPELINE_KEYS, what="the pipeline", findings=findings, address=product)
    params = read_parameters(fields, inherited)
    visible = merge(inherited, params)
    nodes = read_nodes(fields, visible, tools, models=models)
    defaults = read_running(fields)
    nodes = {name: with_defaults(entry, defaults) for name, entry in nodes.items()}
    return PipelineDocument(
        params=params,
        nodes=MappingProxyType(nodes),
        tests=tuple((entry.key, entry.key_span) for entry in fields.entries("tests")),
        concurrency=read_concurrency(fields),
        running=defaults,
    )


def read_nodes(
    fields: Fields, visible: Parameters, tools: ToolReader, *, models: frozenset[str]
) -> dict[str, NodeEntry]:
    """Return the entries under ``nodes`` of a pipeline, or of a component; `visible` are the parameters that hold there."""
    nodes = {}
    for entry in fields.entries("nodes"):
        if check_name(entry.key, entry.key_span, what="a node", findings=fields.findings, address=fields.address):
            nodes[entry.key] = _node(fields, entry, visible, tools, is_model=entry.key in models)
    return nodes


def _node(pipeline: Fields, entry: YamlEntry, visible: Parameters, tools: ToolReader, *, is_model: bool) -> NodeEntry:
    before = len(pipeline.findings)
    address = f"{pipeline.address}.{entry.key}"
    mapping = entry.value
    if isinstance(mapping, YamlScalar) and mapping.value is None:
        mapping = YamlMapping(file=entry.file, line=entry.line, column=entry.column, by_key=MappingProxyType({}))
    if not isinstance(mapping, YamlMapping):
        pipeline.wrong_type(entry.key, mapping, "a mapping such as {source: {path: data/file.csv}}")
        return NodeEntry(name=entry.key, is_broken=True, span=entry.key_span)
    what = f"node '{entry.key}'"
    kinds = _kinds(mapping, tools)
    fields = Fields(mapping=mapping, what=what, findings=pipeline.findings, address=address)
    if len(kinds) > 1:
        _refuse_kinds(fields, entry, kinds)
        # Its other keys belong to one of them, nobody knows which.
        return NodeEntry(name=entry.key, is_broken=True, span=entry.key_span)
    if not _check_kind(fields, entry, kinds, tools, is_model=is_model):
        # Its other keys belong to a kind that nobody knows.
        return NodeEntry(name=entry.key, is_broken=True, span=entry.key_span)
    if kinds == ["component"]:
        return _component(pipeline, entry, mapping)
    known = Keys(known=(*_OWN_KINDS, *kinds, *_SETTINGS), unsupported=_LATER)
    fields = open_fields(mapping, known, what=what, findings=pipeline.findings, address=address)
    outside = read_outside(fields, kinds[0]) if kinds and kinds[0] not in _OWN_KINDS else None
    _check_outside_keys(fields, is_outside=outside is not None)
    source_mapping = fields.nested("source")
    source = read_source(fields, source_mapping) if source_mapping is not None else None
    python = read_python(fields) if "python" in fields else None
    _check_python_keys(fields, is_outside=outside is not None)
    running = read_running(fields)
    if running.timeout_s is not None and "source" in fields:
        fields.findings.append(_without_effect(fields, "timeout"))
    deterministic = fields.flag("deterministic")
    is_none = _is_none(fields)
    refresh = _refresh(fields, is_opaque=deterministic is False or is_none or "source" in fields or outside is not None)
    is_view = _is_view(fields, kinds, is_deterministic=deterministic is not False)
    items = read_items(fields, visible) if outside is None else None
    incremental = _incremental(fields, source, is_view=is_view, is_deterministic=deterministic is not False)
    return NodeEntry(
        name=entry.key,
        source=source,
        python=python,
        incremental=incremental,
        refresh=refresh,
        items=items,
        is_fanned="for_each" in fields,
        outside=outside,
        is_none=is_none,
        when=read_condition(fields),
        run_if=_run_if(fields),
        retry=running.retry,
        pool=fields.text("pool"),
        pool_span=fields.span_of("pool"),
        timeout_s=running.timeout_s,
        timeout_span=running.timeout_span,
        memory_bytes=_memory_bytes(fields),
        is_source="source" in fields,
        columns=_columns(fields),
        params=read_parameters(fields, visible),
        is_deterministic=deterministic is not False,
        is_view=is_view,
        after=_after(fields),
        description=fields.text("description"),
        tags=fields.texts("tags") or (),
        engine=(name, fields.span_of("engine")) if (name := fields.text("engine")) else None,
        is_broken=_has_new_error(pipeline.findings, before),
        span=entry.key_span,
    )


def _component(pipeline: Fields, entry: YamlEntry, mapping: YamlMapping) -> NodeEntry:
    """Return a node that is a component; what it becomes is found by `files.component_expansion`."""
    before = len(pipeline.findings)
    address = f"{pipeline.address}.{entry.key}"
    what = f"component node '{entry.key}'"
    fields = open_fields(mapping, Keys(known=USE_KEYS), what=what, findings=pipeline.findings, address=address)
    running = read_running(fields)
    return NodeEntry(
        name=entry.key,
        component=read_use(fields),
        is_component=True,
        when=read_condition(fields),
        run_if=_run_if(fields),
        retry=running.retry,
        timeout_s=running.timeout_s,
        timeout_span=running.timeout_span,
        pool=fields.text("pool"),
        pool_span=fields.span_of("pool"),
        after=_after(fields),
        description=fields.text("description"),
        tags=fields.texts("tags") or (),
        is_broken=_has_new_error(pipeline.findings, before),
        span=entry.key_span,
    )


def _run_if(fields: Fields) -> RunIf:
    word = fields.choice("run_if", tuple(word.value for word in RunIf))
    return RunIf(word) if word else RunIf.SUCCESS


def _incremental(fields: Fields, source: Source | None, *, is_view: bool, is_deterministic: bool) -> IncrementalEntry:
    """Return how the node is built in parts, without the parts where it cannot be built so."""
    entry = read_incremental(fields)
    if "incremental" not in fields:
        return entry
    kind = "view" if is_view else "source" if "source" in fields else "python" if "python" in fields else "sql"
    is_usable = check_use(
        fields,
        entry,
        kind=kind,
        reads_files=source is None or isinstance(source, FileSource),
        is_deterministic=is_deterministic,
    )
    return entry if is_usable else replace(entry, incremental=None)


def with_defaults(entry: NodeEntry, defaults: Running) -> NodeEntry:
    """Return the entry with what the pipeline says of all of its nodes, where it says nothing itself."""
    entry = replace(entry, retry=entry.retry or defaults.retry)
    if entry.timeout_s is not None or entry.is_source:
        return entry
    return replace(entry, timeout_s=defaults.timeout_s, timeout_span=defaults.timeout_span)


def _has_new_error(findings: list[Diagnostic], before: int) -> bool:
    return any(finding.severity is Severity.ERROR for finding in findings[before:])


def _kinds(mapping: YamlMapping, tools: ToolReader) -> list[str]:
    """Return the kind keys of a node: its own kinds, and names of tools."""
    others = [entry.key for entry in mapping if entry.key not in _SETTINGS and entry.key not in _LATER]
    known = frozenset(tools.names()) if any(key not in _OWN_KINDS for key in others) else frozenset()
    return [key for key in others if key in _OWN_KINDS or key in known]


def _refuse_kinds(fields: Fields, entry: YamlEntry, kinds: Sequence[str]) -> None:
    fields.find(
        "MW-M202",
        f"node '{entry.key}' has {len(kinds)} kinds: {', '.join(kinds)}",
        fields.mapping.span_of(kinds[1]),
        "keep one kind; make a second node for the other",
    )


def _check_outside_keys(fields: Fields, *, is_outside: bool) -> None:
    """Refuse what nodes of tools, or all but those, have no use for."""
    for key in _NOT_OUTSIDE if is_outside else _OUTSIDE_KEYS:
        if key in fields:
            whom = "not for nodes of tools" if is_outside else "for nodes of tools"
            fields.find(
                "MW-J007", f"'{key}' of {fields.what} is {whom}", fields.mapping.span_of(key), f"remove '{key}'"
            )


def _is_none(fields: Fields) -> bool:
    """Whether ``as: none`` says that a Python node yields no dataset."""
    if fields.text("as") != "none":
        return False
    if "python" not in fields:
        fields.find(
            "MW-J007",
            f"'as: none' of {fields.what} is for Python nodes",
            fields.span_of("as"),
            "remove 'as'",
        )
    return "python" in fields


def _check_kind(fields: Fields, entry: YamlEntry, kinds: Sequence[str], tools: ToolReader, *, is_model: bool) -> bool:
    """A node's kind is that of its one kind key, or `sql` by its model file; whether it is one that is known."""
    if "sql" in kinds:
        _refuse_inline_sql(fields, entry)
    elif is_model and kinds:
        fields.find(
            "MW-M203",
            f"node '{entry.key}' is a {kinds[0]} here, and models/{entry.key}.sql is a node of the same name",
            entry.key_span,
            "rename one of the two",
        )
    elif not is_model and not kinds:
        return _no_kind(fields, entry, tools)
    return True


def _no_kind(fields: Fields, entry: YamlEntry, tools: ToolReader) -> bool:
    """Note that a node has no kind, or one that nobody knows; whether its other keys can be judged."""
    others = [each for each in fields.mapping if each.key not in _SETTINGS and each.key not in _LATER]
    known = (*_OWN_KINDS[1:], *tools.names())
    if others:
        fields.find(
            "MW-J001",
            f"node '{entry.key}' is of kind '{others[0].key}', which no installed tool knows",
            others[0].key_span,
            known_names_hint(others[0].key, known, what="kinds"),
        )
        return False
    fields.find(
        "MW-M201",
        f"node '{entry.key}' has no kind, and there is no models/{entry.key}.sql",
        entry.key_span,
        f"write models/{entry.key}.sql, or give the node one of the kinds: {', '.join(known)}",
    )
    return True


def _refuse_inline_sql(fields: Fields, entry: YamlEntry) -> None:
    fields.find(
        "MW-M204",
        f"node '{entry.key}' holds SQL; the SQL of a node stands in a file of its own",
        fields.mapping.span_of("sql"),
        f"move the SELECT to models/{entry.key}.sql and remove 'sql'",
    )


def _refresh(fields: Fields, *, is_opaque: bool) -> Refresh:
    """Return when the node runs again; only a node whose recipe does not determine its rows ever does so by itself."""
    text = fields.choice("refresh", tuple(word.value for word in Refresh))
    refresh = Refresh(text) if text else Refresh.ON_CHANGE
    if refresh is not Refresh.ON_CHANGE and not is_opaque:
        fields.find(
            "MW-M224",
            f"'refresh: {refresh.value}' of {fields.what} has no use: a deterministic node gives the same rows again",
            fields.span_of("refresh"),
            "add 'deterministic: false' where it does not, or remove 'refresh'",
        )
        return Refresh.ON_CHANGE
    return refresh


def _check_python_keys(fields: Fields, *, is_outside: bool) -> None:
    """Refuse what only Python nodes have a use for."""
    if "python" in fields:
        return
    for key in ("memory",) if is_outside else ("inputs", "memory"):
        if key in fields:
            fields.find(
                "MW-N111",
                f"'{key}' of {fields.what} is for Python nodes",
                fields.mapping.span_of(key),
                f"remove '{key}'",
            )


def _memory_bytes(fields: Fields) -> int | None:
    text = fields.text("memory")
    memory = size_bytes(text) if text else None
    if text and memory is None:
        fields.wrong_value("memory", fields.mapping.by_key["memory"].value, SIZE_FORM)
    return memory


def _is_view(fields: Fields, kinds: Sequence[str], *, is_deterministic: bool) -> bool:
    """Whether the node is a view: the SELECT of a model that gives the same rows whenever it is read."""
    if fields.choice("as", ("table", "view", "none")) != "view":
        return False
    if any(kind != "sql" for kind in kinds):
        fields.find(
            "MW-M221",
            f"{fields.what} is a {kinds[0]} and cannot be a view",
            fields.span_of("as"),
            "remove 'as'; a model (models/<dataset>.sql) that reads it may be a view",
        )
        return False
    if not is_deterministic:
        fields.find(
            "MW-M222",
            f"{fields.what} is a view and not deterministic: each reader would see other rows",
            fields.span_of("as"),
            "write 'as: table', or remove 'deterministic: false' and what depends on when it runs",
        )
        return False
    return True


def _without_effect(fields: Fields, key: str) -> Diagnostic:
    return Diagnostic(
        code="MW-M406",
        message=f"'{key}' of {fields.what} has no effect in this version of meshwright",
        span=fields.mapping.span_of(key),
        fix=f"keep '{key}' for later versions, and do not rely on it yet",
        severity=Severity.WARNING,
        object=fields.address,
    )


def _columns(fields: Fields) -> Columns:
    found: dict[str, Column] = {}
    for entry in fields.entries("columns"):
        if not entry.key.strip():
            fields.find("MW-M206", f"a column of {fields.what} has no name", entry.key_span, "name the column")
        elif entry.key.casefold() in found:
            fields.find(
                "MW-M207",
                f"column '{entry.key}' is declared twice: engines compare names without letter case",
                entry.key_span,
                "keep one of the two",
            )
        elif isinstance(entry.value, YamlScalar) and (kind := column_type(entry.value.text)) is not None:
            found[entry.key.casefold()] = Column(name=entry.key, type=kind)
        else:
            shown = f"'{entry.value.text}'" if isinstance(entry.value, YamlScalar) else entry.value.kind
            fields.find(
                "MW-M206",
                f"{shown} is no type of a column ('{entry.key}' of {fields.what})",
                entry.value.span,
                "write a DuckDB type such as INTEGER, VARCHAR, DECIMAL(18,3), TIMESTAMP or VARCHAR[]",
            )
    return tuple(found.values())


def _after(fields: Fields) -> tuple[tuple[str, SourceSpan], ...]:
    names = fields.texts("after")
    if names is None:
        return ()
    found: dict[str, SourceSpan] = {}
    for item in fields.sequence("after") or ():
        if isinstance(item, YamlScalar) and item.value in names:
            found.setdefault(item.text, item.span)
    return tuple(found.items())
