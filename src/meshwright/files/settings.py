"""`mesh.yaml`: what all domains share.

Some settings are checked and then have no effect to promise in this version, and are accepted for the day they have:
``approvals: 0`` (the default). A setting that would protect or change something is
refused: ``approvals``, ``environments.*.engines``, other engines, executors and stores.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import field
from types import MappingProxyType
from typing import Any  # options of tools

from meshwright.diagnostics import SourceSpan, known_names_hint
from meshwright.files.addresses import DEFAULT_STATE, DEFAULT_STORE, ENV_REFERENCE, holds_password, is_state_address
from meshwright.files.component_sources import GitComponents, read_component_sources
from meshwright.files.discovery import DomainPattern
from meshwright.files.documents import read_mapping
from meshwright.files.environments import read_environments, read_retention, read_sandboxes
from meshwright.files.fields import Fields, Keys, check_name, open_fields
from meshwright.files.literals import SIZE_FORM, size_bytes
from meshwright.files.parameters import NO_PARAMETERS, Parameters, read_parameters
from meshwright.files.places import MESH_FILE
from meshwright.files.provision_entries import ProvisionEntry, read_provision_entries
from meshwright.files.reading import MeshReader
from meshwright.files.reporting import read_lineage, read_prices
from meshwright.files.running import MOST_AT_ONCE, read_concurrency
from meshwright.files.standards import DEFAULT_SEVERITIES
from meshwright.files.yaml import YamlEntry, YamlMapping, YamlScalar, shown
from meshwright.files.yaml_nodes import to_plain
from meshwright.frozen import dataclass
from meshwright.model import Action, EngineSettings, EnvironmentSettings, Retention, SandboxSettings
from meshwright.model.names import ENVIRONMENT_PATTERN
from meshwright.model.prices import NO_PRICES, Prices
from meshwright.model.reporting import NO_LINEAGE, LineageSettings

#: The version of the mesh format that this version reads.
FORMAT_VERSION = 1

_KEYS = Keys(
    known=(
        "meshwright", "name", "domains", "dialect", "store", "state", "engines", "engine", "executor", "params",
        "environments", "sandboxes", "http", "severity", "retention", "tools", "pools", "components", "prices", "openlineage",
        "concurrency",
    ),
    required=("meshwright", "name"),
)  # fmt: skip
_ENGINE_KEYS = Keys(known=("type", "memory", "threads", "concurrency"), required=("type",))
_OTHER_ENGINES = ("spark", "postgres", "snowflake")
_HTTP_KEYS = Keys(known=("allow",))
#: Tools that call addresses which a node writes.
CALLING_TOOLS = ("http", "rest")
#: What ``tools`` says of a tool that is none of its options.
_CONCURRENCY = "concurrency"


@dataclass(frozen=True, kw_only=True, slots=True)
class MeshSettings:
    """`mesh.yaml` as it was read; what was wrong or absent has its default."""

    name: str
    patterns: tuple[DomainPattern, ...]
    store: str = DEFAULT_STORE
    state: str = DEFAULT_STATE
    engines: Mapping[str, EngineSettings] = field(default_factory=lambda: MappingProxyType({}))
    engine: str = "local"
    params: Parameters = field(default_factory=lambda: NO_PARAMETERS)
    environments: tuple[str, ...] = ("prod",)
    #: Environment -> the parameter values that it sets, not yet held against what is declared.
    environment_params: Mapping[str, Parameters] = field(default_factory=lambda: MappingProxyType({}))
    environment_settings: Mapping[str, EnvironmentSettings] = field(default_factory=lambda: MappingProxyType({}))
    sandboxes: SandboxSettings = field(default_factory=SandboxSettings)
    #: Components that sandboxes are provisioned with, in the order in which they are.
    provisions: tuple[ProvisionEntry, ...] = ()
    retention: Retention = field(default_factory=Retention)
    severity: Mapping[str, Action] = field(default_factory=lambda: DEFAULT_SEVERITIES)
    #: Repositories that components are fetched from.
    components: tuple[GitComponents, ...] = ()
    prices: Prices = NO_PRICES
    openlineage: LineageSettings = NO_LINEAGE
    #: Tool -> options that hold for all of its nodes; those that call out are told which private ranges they may reach.
    tools: Mapping[str, Mapping[str, Any]] = field(default_factory=lambda: MappingProxyType({}))
    #: Tool -> where those options are written.
    tool_places: Mapping[str, YamlEntry] = field(default_factory=lambda: MappingProxyType({}))
    pools: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    concurrency: int | None = None
    #: Tool -> how many of its jobs run at once.
    tool_concurrency: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    span: SourceSpan | None = None


def read_settings(reader: MeshReader) -> MeshSettings | None:
    """Return the settings of the mesh; None where `mesh.yaml` is unusable, with findings."""
    mapping = read_mapping(reader, MESH_FILE, what=MESH_FILE, env_keys=("store", "state"))
    if mapping is None or not _is_known_format(reader, mapping):
        return None
    fields = open_fields(mapping, _KEYS, what=MESH_FILE, findings=reader.findings)
    engines = _engines(fields)
    environments = read_environments(fields)
    _refuse_others(fields, "dialect", "duckdb")
    _refuse_others(fields, "executor", "local")
    allowed = _http_allow(fields)
    state, store = _state(fields), _store(fields)
    if state is None or store is None or _is_twice(reader, "state", "store"):
        return None
    return MeshSettings(
        name=_mesh_name(fields),
        patterns=_patterns(fields),
        store=store,
        state=state,
        engines=engines,
        engine=_default_engine(fields, engines),
        params=read_parameters(fields, NO_PARAMETERS),
        environments=tuple(environments),
        environment_params=MappingProxyType(
            {name: found.params for name, found in environments.items() if found.params}
        ),
        environment_settings=MappingProxyType({name: found.settings for name, found in environments.items()}),
        sandboxes=read_sandboxes(fields),
        provisions=read_provision_entries(fields),
        retention=read_retention(fields),
        severity=_severity(fields),
        components=read_component_sources(fields),
        prices=read_prices(fields),
        openlineage=read_lineage(fields),
        tools=_tools(fields, allowed),
        tool_places=MappingProxyType({entry.key: entry for entry in fields.entries("tools")}),
        pools=_pools(fields),
        concurrency=read_concurrency(fields),
        tool_concurrency=_tool_concurrency(fields),
        span=SourceSpan(file=MESH_FILE),
    )


def _is_known_format(reader: MeshReader, mapping: YamlMapping) -> bool:
    """Whether the file's format is one that this version reads; an absent or odd value is a finding only."""
    node = mapping.get("meshwright")
    if node is None:
        return True
    fields = Fields(mapping=mapping, what=MESH_FILE, findings=reader.findings)
    version = node.value if isinstance(node, YamlScalar) and not isinstance(node.value, bool) else None
    if isinstance(version, int) and version > FORMAT_VERSION:
        fields.find(
            "MW-M109",
            f"the mesh is written in format {version}, this version of meshwright reads format {FORMAT_VERSION}",
            node.span,
            "use a newer meshwright",
        )
        return False
    if not isinstance(version, int) or version != FORMAT_VERSION:
        fields.wrong_value("meshwright", node, f"the format's version, {FORMAT_VERSION}", f"write {FORMAT_VERSION}")
    return True


def _mesh_name(fields: Fields) -> str:
    name = fields.text("name")
    if name is not None and not ENVIRONMENT_PATTERN.fullmatch(name):
        fields.find(
            "MW-M105",
            f"'{shown(name)}' cannot name a mesh: a lower-case letter, then up to 47 lower-case letters, digits, '_' or '-'",
            fields.span_of("name"),
            "take another name",
        )
    return name or ""


def _patterns(fields: Fields) -> tuple[DomainPattern, ...]:
    if "domains" not in fields:
        return (DomainPattern(text="domains/*", span=fields.mapping.span),)
    found = []
    for item in fields.sequence("domains") or ():
        if isinstance(item, YamlMapping):
            fields.find(
                "MW-M401",
                "a domain in its own git repository is not supported by this version of meshwright",
                item.span,
                "check the repository out below the mesh and name its folder",
            )
        elif not isinstance(item, YamlScalar) or not isinstance(item.value, str):
            fields.wrong_type("domains", item, "a list of folder patterns")
        elif not _is_pattern(item.value):
            fields.find(
                "MW-M111",
                f"'{item.value}' is no pattern of folders below the mesh root",
                item.span,
                "write a relative path such as domains/* ('*' stands for part of one name)",
            )
        else:
            found.append(DomainPattern(text=item.value, span=item.span))
    return tuple(found)


def _is_pattern(text: str) -> bool:
    segments = text.rstrip("/").split("/")
    return not text.startswith("/") and "\\" not in text and not {"", ".", "..", "**"} & set(segments)


def _engines(fields: Fields) -> Mapping[str, EngineSettings]:
    found = {}
    for entry in fields.entries("engines"):
        if not check_name(entry.key, entry.key_span, what="an engine", findings=fields.findings):
            continue
        engine = _engine(fields, entry)
        if engine is not None:
            found[entry.key] = engine
    if "engines" not in fields:
        found["local"] = EngineSettings(name="local", type="duckdb")
    return MappingProxyType(found)


def _engine(fields: Fields, entry: YamlEntry) -> EngineSettings | None:
    if not isinstance(entry.value, YamlMapping):
        fields.wrong_type(entry.key, entry.value, "a mapping such as {type: duckdb}")
        return None
    kind = entry.value.get("type")
    if isinstance(kind, YamlScalar) and kind.text in _OTHER_ENGINES:
        fields.find(
            "MW-M402",
            f"engine '{entry.key}' is of type {kind.text}, which is not supported by this version of meshwright",
            kind.span,
            "use type: duckdb",
        )
        return None
    inner = open_fields(entry.value, _ENGINE_KEYS, what=f"engine '{entry.key}'", findings=fields.findings)
    inner.choice("type", ("duckdb",))
    memory = inner.text("memory")
    memory_bytes = size_bytes(memory) if memory else None
    if memory and memory_bytes is None:
        inner.wrong_value("memory", entry.value.by_key["memory"].value, SIZE_FORM)
    threads = inner.whole("threads", minimum=1, maximum=4096)
    return EngineSettings(
        name=entry.key,
        type="duckdb",
        memory_bytes=memory_bytes,
        threads=threads,
        concurrency=read_concurrency(inner),
    )


def _default_engine(fields: Fields, engines: Mapping[str, EngineSettings]) -> str:
    name = fields.text("engine")
    declared = tuple(entry.key for entry in fields.entries("engines")) if "engines" in fields else tuple(engines)
    if name is None:
        name = declared[0] if len(declared) == 1 else "local"
        if name in declared or "engine" in fields:
            return name
        message = f"none of the engines is called '{name}', and mesh.yaml does not say which is the default"
        fields.find("MW-M110", message, fields.span_of("engines"), "add 'engine: <name>'")
    elif name not in declared:
        hint = known_names_hint(name, declared, what="engines")
        fields.find("MW-M110", f"there is no engine '{name}'", fields.span_of("engine"), hint)
    return name


def _refuse_others(fields: Fields, key: str, only: str) -> None:
    """Accept the one value of `key` that this version knows."""
    node = fields.mapping.get(key)
    if node is None or (isinstance(node, YamlScalar) and node.value == only):
        return
    shown = f" '{node.text}'" if isinstance(node, YamlScalar) else ""
    fields.find(
        "MW-M402",
        f"{key}{shown} is not supported by this version of meshwright",
        node.span,
        f"write '{key}: {only}' or leave it out",
    )


def _is_twice(reader: MeshReader, *keys: str) -> bool:
    """Whether `mesh.yaml` has one of these keys of its own twice: which one is meant is open."""
    return any(
        found.code == "MW-Y008"
        and found.span is not None
        and (found.span.file, found.span.column) == (MESH_FILE, 1)
        and found.message.startswith(tuple(f"key '{key}' " for key in keys))
        for found in reader.findings
    )


def _store(fields: Fields) -> str | None:
    """Return the folder of the store; None where it cannot be told, and no other may be taken for it."""
    store = fields.text("store", may_refer=True)
    if store is None:
        return None if "store" in fields.mapping else DEFAULT_STORE
    if "://" in ENV_REFERENCE.sub("", store):
        _refuse_location(fields, "store", "a folder", f"write the path of a folder, for example {DEFAULT_STORE}")
        return None
    return store


def _state(fields: Fields) -> str | None:
    """Return the address of the state; None where it cannot be told, and no other may be taken for it."""
    state = fields.text("state", may_refer=True)
    if state is None:
        return None if "state" in fields.mapping else DEFAULT_STATE
    if holds_password(state):
        fields.find(
            "MW-D122",
            "the address of the state database holds a password",
            fields.span_of("state"),
            "write ${env:NAME} in its place, or leave it away and use PGPASSWORD or ~/.pgpass",
        )
        return None
    if not is_state_address(state):
        fix = f"write for example {DEFAULT_STATE}, or postgresql+psycopg://user@host/database"
        _refuse_location(fields, "state", "a SQLite file and a PostgreSQL database", fix)
        return None
    return state


def _refuse_location(fields: Fields, key: str, wanted: str, fix: str) -> None:
    # The value is not repeated: a database address may hold a password.
    message = f"this place for '{key}' is not supported by this version of meshwright, which knows only {wanted}"
    fields.find("MW-M405", message, fields.span_of(key), fix)


def _http_allow(fields: Fields) -> list[str]:
    """Return the private ranges of addresses that nodes may call."""
    mapping = fields.nested("http")
    if mapping is None:
        return []
    found = []
    inner = open_fields(mapping, _HTTP_KEYS, what="http", findings=fields.findings)
    for item in inner.sequence("allow") or ():
        try:
            found.append(str(ipaddress.ip_network(item.text if isinstance(item, YamlScalar) else "")))
        except ValueError:
            inner.wrong_value("allow", item, "a range of addresses", "write for example 127.0.0.1/32")
    return found


def _tools(fields: Fields, allowed: list[str]) -> Mapping[str, Mapping[str, Any]]:
    """Return what ``tools`` sets for each tool, with the addresses that those which call out may reach."""
    found: dict[str, dict[str, Any]] = {name: {"allow": allowed} for name in CALLING_TOOLS}
    for entry in fields.entries("tools"):
        if isinstance(entry.value, YamlMapping):
            plain = to_plain(entry.value)
            assert isinstance(plain, dict)
            plain.pop(_CONCURRENCY, None)  # ours, no option of the tool
            found[entry.key] = {**found.get(entry.key, {}), **plain}
        else:
            fields.wrong_type(entry.key, entry.value, "a mapping of options")
    return MappingProxyType({name: MappingProxyType(options) for name, options in found.items()})


def _tool_concurrency(fields: Fields) -> Mapping[str, int]:
    """Return how many jobs of each tool may run at once."""
    found = {}
    for entry in fields.entries("tools"):
        if isinstance(entry.value, YamlMapping):
            inner = Fields(mapping=entry.value, what=f"tool '{entry.key}'", findings=fields.findings)
            most = read_concurrency(inner)
            if most is not None:
                found[entry.key] = most
    return MappingProxyType(found)


def _pools(fields: Fields) -> Mapping[str, int]:
    """Return how many steps of each pool may run at once."""
    found = {}
    mapping = fields.nested("pools")
    if mapping is not None:
        inner = Fields(mapping=mapping, what="pools", findings=fields.findings)
        for entry in mapping:
            if not check_name(entry.key, entry.key_span, what="a pool", findings=fields.findings):
                continue
            size = inner.whole(entry.key, minimum=1, maximum=MOST_AT_ONCE)
            if size is not None:
                found[entry.key] = size
    return MappingProxyType(found)


def _severity(fields: Fields) -> Mapping[str, Action]:
    actions = {action.value: action for action in Action}
    found = dict(DEFAULT_SEVERITIES)
    for entry in fields.entries("severity"):
        action = actions.get(entry.value.text) if isinstance(entry.value, YamlScalar) else None
        if entry.key in actions:
            fields.find(
                "MW-M104",
                f"'{entry.key}' is an action itself and cannot mean another one",
                entry.key_span,
                f"remove '{entry.key}' from severity",
            )
        elif action is None:
            shown = entry.value.text if isinstance(entry.value, YamlScalar) else entry.value.kind
            hint = known_names_hint(shown, actions, what="actions")
            fields.find("MW-M104", f"severity '{entry.key}' cannot mean '{shown}'", entry.value.span, hint)
        else:
            found[entry.key] = action
    return MappingProxyType(found)
