"""What a use gives to a component, held against what the component asks for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from types import MappingProxyType

from meshwright.diagnostics import Diagnostic, SourceSpan, known_names_hint
from meshwright.files.component_catalog import Definition
from meshwright.files.component_documents import ParameterDeclared, form_of, parameter_value
from meshwright.files.component_uses import ComponentEntry, referred
from meshwright.files.fields import Fields
from meshwright.files.parameters import Parameters
from meshwright.files.yaml import YamlEntry, YamlMapping, YamlNode, YamlScalar, YamlSequence
from meshwright.frozen import dataclass
from meshwright.model import Parameter, UsedColumns, UsedInput
from meshwright.model.parameters import SECRET_TYPE
from meshwright.model.references import holds_secret

_NO_MAPPING = YamlMapping(file="", line=1, column=1, by_key=MappingProxyType({}))
#: Dataset as written -> its address and where a person named it; None where there is no such thing.
Lookup = Callable[[str, SourceSpan], tuple[str, SourceSpan] | None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Bound:
    """What a component's inside sees."""

    #: Input -> address of the dataset, and where a person's pipeline names it.
    inputs: Mapping[str, tuple[str, SourceSpan]] = field(default_factory=lambda: MappingProxyType({}))
    #: Parameters that are columns.
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    #: Parameters that are values.
    values: Parameters = field(default_factory=lambda: MappingProxyType({}))
    #: Parameter -> the product's parameter that it is bound to.
    references: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    #: Names of the parameters that the use gives.
    given: frozenset[str] = frozenset()
    #: For checks against the columns of the inputs.
    used_inputs: tuple[UsedInput, ...] = ()
    used_columns: tuple[UsedColumns, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Around:
    """What surrounds a use: a product's pipeline, or a component."""

    lookup: Lookup
    #: Parameters that ``${param:x}`` may name.
    params: Parameters
    #: In a component: what its own parameters are bound to.
    references: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    #: Whether it is a component.
    is_component: bool = False
    #: Names that `lookup` knows, for messages.
    known: tuple[str, ...] = ()


def bind(
    entry: ComponentEntry,
    definition: Definition,
    around: Around,
    *,
    address: str,
    findings: list[Diagnostic],
    is_asked: bool = False,
) -> Bound | None:
    """Return what the inside of `definition` sees; None, with findings, where the use does not fit it.

    With `is_asked` parameters that have no default may be missing: they are asked for.
    """
    before = len(findings)
    fields = Fields(mapping=_NO_MAPPING, what=definition.label, findings=findings, address=address)
    inputs = _inputs(entry, definition, around, fields)
    params = _Given(definition=definition, around=around, fields=fields)
    for given in entry.params:
        params.take(given)
    params.take_defaults(entry.span, is_asked=is_asked)
    if len(findings) > before:
        return None
    declared = definition.document.params
    return Bound(
        inputs=MappingProxyType({name: (each.dataset, place) for name, (each, place) in inputs.items()}),
        columns=MappingProxyType(params.columns),
        values=MappingProxyType(params.values),
        references=MappingProxyType(params.references),
        given=frozenset(params.given),
        used_inputs=tuple(each for each, _ in inputs.values()),
        used_columns=tuple(
            UsedColumns(
                param=name,
                input=of,
                dataset=inputs[of][0].dataset,
                columns=found,
                span=params.given.get(name, entry.span),
            )
            for name, found in params.columns.items()
            if (of := declared[name].of) is not None
        ),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Given:
    """The parameters that a use gives, taken one by one."""

    definition: Definition
    around: Around
    fields: Fields
    columns: dict[str, tuple[str, ...]] = field(default_factory=dict)
    values: dict[str, Parameter] = field(default_factory=dict)
    references: dict[str, str] = field(default_factory=dict)
    #: Name -> where its value is written.
    given: dict[str, SourceSpan] = field(default_factory=dict)

    def take(self, given: YamlEntry) -> None:
        """Take one that the use gives; a finding where it does not fit."""
        label, declared = self.definition.label, self.definition.document.params
        parameter = declared.get(given.key)
        if parameter is None:
            hint = known_names_hint(given.key, declared, what="parameters") if declared else f"remove '{given.key}'"
            self.fields.find("MW-K012", f"{label} has no parameter '{given.key}'", given.key_span, hint)
            return
        self.given[given.key] = given.value.span
        reference = referred(given.value)
        if reference is not None:
            self._refer(reference, parameter, given)
            return
        found = parameter_value(given.value, parameter.type)
        if parameter.type != SECRET_TYPE and (misplaced := _secret_within(given.value)) is not None:
            message = (
                f"the reference '{misplaced.text}' cannot stand here: parameter '{given.key}' of {label} is no secret"
            )
            fix = "write the value itself: what a parameter holds is stored with every version, unless it is 'type: secret'"
            self.fields.find("MW-M404", message, misplaced.span, fix)
        elif found is None:
            # What was written for a secret may be one.
            is_shown = isinstance(given.value, YamlScalar) and parameter.type != SECRET_TYPE
            shown = f"'{given.value.text}'" if isinstance(given.value, YamlScalar) and is_shown else given.value.kind
            message = f"{shown} is not of type {parameter.type}, as parameter '{given.key}' of {label} is"
            self.fields.find("MW-K012", message, given.value.span, form_of(parameter.type))
        elif isinstance(found, tuple):
            self.columns[given.key] = found
        elif parameter.values and found not in parameter.values:
            message = f"'{found}' is none of the values that parameter '{given.key}' of {label} may have"
            hint = known_names_hint(str(found), map(str, parameter.values), what="values")
            self.fields.find("MW-K012", message, given.value.span, hint)
        else:
            self.values[given.key] = Parameter(name=given.key, value=found, type=parameter.type, span=given.key_span)

    def take_defaults(self, span: SourceSpan, *, is_asked: bool) -> None:
        """Take the defaults of all that the use, written at `span`, does not give."""
        for name, parameter in self.definition.document.params.items():
            if name in self.given or (parameter.default is None and is_asked):
                continue
            if parameter.default is None:
                message = f"parameter '{name}' of {self.definition.label} has no default, and must be given"
                fix = f"write params: {{{name}: ...}}; {form_of(parameter.type)}"
                self.fields.find("MW-K012", message, span, fix)
            elif isinstance(parameter.default, tuple):
                self.columns[name] = parameter.default
            else:
                self.values[name] = Parameter(
                    name=name, value=parameter.default, type=parameter.type, span=parameter.span
                )

    def _refer(self, reference: str, parameter: ParameterDeclared, given: YamlEntry) -> None:
        value = _referred(reference, parameter, given, self.around, self.fields)
        if value is None:
            return
        self.values[given.key] = value
        if not self.around.is_component:
            self.references[given.key] = reference
        elif reference in self.around.references:
            self.references[given.key] = self.around.references[reference]


def _secret_within(node: YamlNode) -> YamlScalar | None:
    """Return the text, in a value that a use gives, that refers to a secret."""
    for item in node.items if isinstance(node, YamlSequence) else (node,):
        if isinstance(item, YamlScalar) and isinstance(item.value, str) and holds_secret(item.value):
            return item
    return None


def _inputs(
    entry: ComponentEntry, definition: Definition, around: Around, fields: Fields
) -> dict[str, tuple[UsedInput, SourceSpan]]:
    declared = definition.document.inputs
    found: dict[str, tuple[UsedInput, SourceSpan]] = {}
    for given in entry.inputs:
        if given.name not in declared:
            hint = known_names_hint(given.name, declared, what="inputs") if declared else f"remove '{given.name}'"
            fields.find("MW-K011", f"{definition.label} has no input '{given.name}'", given.name_span, hint)
            continue
        meant = around.lookup(given.dataset, given.span)
        if meant is None:
            hint = (
                known_names_hint(given.dataset, around.known, what="inputs and nodes")
                if around.is_component
                else "write dataset or domain.product.dataset"
            )
            fields.find("MW-K011", f"'{given.dataset}' names no dataset", given.span, hint)
            continue
        used = UsedInput(name=given.name, dataset=meant[0], required=declared[given.name].required, span=given.span)
        found[given.name] = used, meant[1]
    told = {given.name for given in entry.inputs}
    for name in declared:
        if name not in told:
            message = f"input '{name}' of {definition.label} is not given"
            fields.find("MW-K011", message, entry.span, f"write inputs: {{{name}: <dataset>}}")
    return found


def _referred(
    reference: str, parameter: ParameterDeclared, given: YamlEntry, around: Around, fields: Fields
) -> Parameter | None:
    """Return the parameter around that a value refers to; its type must be that of the component's."""
    meant = around.params.get(reference)
    if meant is None:
        where = "the component" if around.is_component else "the pipeline, the domain and the mesh"
        hint = known_names_hint(reference, around.params, what="parameters")
        fields.find("MW-K012", f"parameter '{reference}' is not declared: not by {where}", given.value.span, hint)
    elif parameter.names_columns or parameter.values:
        why = "a name of a column" if parameter.names_columns else "one of a few values"
        message = f"parameter '{given.key}' is {why}, which must be known before anything runs"
        fields.find("MW-K012", message, given.value.span, "write the value itself")
    elif parameter.type == SECRET_TYPE and meant.type != SECRET_TYPE:
        message = (
            f"parameter '{given.key}' is a secret, and '{reference}' is none: its value is stored with every version"
        )
        fields.find("MW-K012", message, given.value.span, form_of(SECRET_TYPE))
    elif meant.type != parameter.type:
        message = f"parameter '{reference}' is of type {meant.type}, and '{given.key}' of type {parameter.type}"
        fields.find("MW-K012", message, given.value.span, f"declare it with 'type: {parameter.type}'")
    else:
        return Parameter(name=given.key, value=meant.value, type=parameter.type, span=given.key_span)
    return None
