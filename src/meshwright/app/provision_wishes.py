"""What a sandbox is provisioned with, settled: each component with a value for every parameter. Nothing is done here.

Values come from `mesh.yaml`, from ``--param``, from whoever is asked, and from defaults, in this order. Only parameters that
have none of these are asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from meshwright.diagnostics import Diagnostic, InputError, known_names_hint
from meshwright.files.component_documents import ParameterDeclared
from meshwright.files.provision_loading import LoadedProvisions
from meshwright.files.provisions import ProvisionRead, filled
from meshwright.frozen import dataclass
from meshwright.model import Parameter, Scalar, bytes_identity
from meshwright.model.parameters import typed_value
from meshwright.model.provisions import Provision


@dataclass(frozen=True, kw_only=True, slots=True)
class AskedParameter:
    """A parameter that a value is asked for."""

    #: Key under ``sandboxes.provision``.
    provision: str
    #: Component and version, in words.
    component: str
    name: str
    type: str
    #: The values that it may have; empty for all of its type.
    values: tuple[str, ...] = ()
    description: str | None = None

    @property
    def words(self) -> str:
        """What it is, in words: ``string, one of small, large. How large it is.``"""
        among = f", one of {', '.join(self.values)}" if self.values else ""
        return f"{self.type}{among}. {self.description}" if self.description else f"{self.type}{among}"


#: Asks a person for a value; told what was wrong with the last answer.
Ask = Callable[[AskedParameter, str | None], str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Settled:
    """What a sandbox is provisioned with, and the files of the components, by their digests."""

    provisions: tuple[Provision, ...]
    blobs: Mapping[str, bytes]


def settle(loaded: LoadedProvisions, params: Mapping[str, str], facts: Mapping[str, str], ask: Ask | None) -> Settled:
    """Return what a sandbox is provisioned with. `params` are as given, ``name`` or ``provision.name``.

    Raises InputError with every parameter that is missing, unknown or wrong (MW-K083).
    """
    findings = [*_unknown(loaded.provisions, params), *_wrong(loaded.provisions, params)]
    if findings:
        raise InputError(*findings)
    missing = [
        (read, declared)
        for read in loaded.provisions
        for declared in read.free.values()
        if declared.default is None and _given(read, declared, params) is None
    ]
    if missing and ask is None:
        raise InputError(*(_missing(read, declared) for read, declared in missing))
    asked = {
        (read.name, declared.name): _answered(read, declared, ask) for read, declared in missing if ask is not None
    }
    provisions, blobs = [], {}
    for read in loaded.provisions:
        assert read.definition is not None  # what could not be read was raised
        inside = f"{read.definition.folder.path}/"
        contents = {path.removeprefix(inside): loaded.contents[path] for path in read.files}
        digests = {path: bytes_identity(data) for path, data in contents.items()}
        blobs.update({digests[path]: data for path, data in contents.items()})
        provisions.append(
            Provision(
                name=read.name,
                component=read.definition.reference,
                params=MappingProxyType(dict(_values(read, loaded, params, facts, asked))),
                files=MappingProxyType(digests),
                nodes=read.nodes,
            )
        )
    return Settled(provisions=tuple(provisions), blobs=MappingProxyType(blobs))


def refuse_params(params: Mapping[str, str]) -> None:
    """Raise InputError (MW-K083) for parameters that are given where sandboxes are provisioned with nothing."""
    findings = tuple(_unknown((), params))
    if findings:
        raise InputError(*findings)


def _values(
    read: ProvisionRead,
    loaded: LoadedProvisions,
    params: Mapping[str, str],
    facts: Mapping[str, str],
    asked: Mapping[tuple[str, str], Scalar],
) -> Iterator[tuple[str, Scalar]]:
    assert loaded.settings is not None  # it was read
    here = loaded.settings.environment_params.get(facts["sandbox:base"], {})
    for name, parameter in read.given.items():
        reference = read.references.get(name)
        if reference is None:
            yield name, filled(parameter.value, facts)
        else:
            yield name, here[reference].value if reference in here else parameter.value
    for name, declared in read.free.items():
        text = _given(read, declared, params)
        if text is not None:
            yield name, _typed(declared, text)
        elif (read.name, name) in asked:
            yield name, asked[read.name, name]
        else:
            assert not isinstance(declared.default, tuple)  # it names no columns
            yield name, declared.default


def _given(read: ProvisionRead, declared: ParameterDeclared, params: Mapping[str, str]) -> str | None:
    """Return what ``--param`` says of a parameter: for this provision alone, or for all that have it."""
    return params.get(f"{read.name}.{declared.name}", params.get(declared.name))


def _unknown(provisions: tuple[ProvisionRead, ...], params: Mapping[str, str]) -> Iterator[Diagnostic]:
    free = {known for read in provisions for name in read.free for known in (name, f"{read.name}.{name}")}
    fixed = {known for read in provisions for name in read.given for known in (name, f"{read.name}.{name}")}
    for name in params:
        if name in free:
            continue
        if name in fixed:
            message = f"parameter '{name}' is set by mesh.yaml, and is not for who makes a sandbox to choose"
            fix = f"leave it away, or take it out of sandboxes.provision: --param {name}=..."
        elif not free:
            message, fix = f"sandboxes ask for no parameter, and not for '{name}'", "leave --param away"
        else:
            shown = sorted({each for read in provisions for each in read.free})
            message, fix = f"sandboxes have no parameter '{name}'", known_names_hint(name, shown, what="parameters")
        yield Diagnostic(code="MW-K083", message=message, fix=fix, object=name)


def _wrong(provisions: tuple[ProvisionRead, ...], params: Mapping[str, str]) -> Iterator[Diagnostic]:
    for read in provisions:
        for declared in read.free.values():
            text = _given(read, declared, params)
            problem = _problem(declared, text) if text is not None else None
            if problem is not None:
                yield Diagnostic(
                    code="MW-K083",
                    message=f"parameter '{declared.name}' of {_label(read)}: {problem}",
                    span=declared.span,
                    fix=f"it is: {_asked(read, declared).words}",
                    object=f"provision.{read.name}",
                )


def _missing(read: ProvisionRead, declared: ParameterDeclared) -> Diagnostic:
    return Diagnostic(
        code="MW-K083",
        message=f"parameter '{declared.name}' of {_label(read)} is not given: {_asked(read, declared).words}",
        span=declared.span,
        fix=f"--param {declared.name}=VALUE",
        object=f"provision.{read.name}",
    )


def _answered(read: ProvisionRead, declared: ParameterDeclared, ask: Ask) -> Scalar:
    """Ask until the answer fits."""
    problem: str | None = None
    while True:
        text = ask(_asked(read, declared), problem)
        problem = _problem(declared, text)
        if problem is None:
            return _typed(declared, text)


def _problem(declared: ParameterDeclared, text: str) -> str | None:
    """Say what is wrong with a value as given."""
    if "${" in text:
        return "a reference cannot be given; a secret is no parameter, since values of parameters are stored"
    try:
        value = _typed(declared, text)
    except ValueError:
        return f"'{text}' is not of type {declared.type}"
    if declared.values and value not in declared.values:
        return f"'{text}' is none of the values that it may have"
    return None


def _typed(declared: ParameterDeclared, text: str) -> Scalar:
    return typed_value(text, Parameter(name=declared.name, value=None, type=declared.type))


def _asked(read: ProvisionRead, declared: ParameterDeclared) -> AskedParameter:
    return AskedParameter(
        provision=read.name,
        component=_label(read),
        name=declared.name,
        type=declared.type,
        values=tuple(map(str, declared.values)),
        description=declared.description,
    )


def _label(read: ProvisionRead) -> str:
    assert read.definition is not None  # what could not be read was raised
    return read.definition.label
