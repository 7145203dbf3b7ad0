"""Python nodes: what `pipeline.yaml` says of them, checked against the function in their file.

The file is read, never imported: whatever it would do happens in a worker process when the node is built.
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence

from meshwright.diagnostics import Diagnostic, SourceSpan, known_names_hint
from meshwright.files.fields import Fields
from meshwright.files.pythonast import Argument, Function, ModuleReading
from meshwright.files.pythonmodules import LocalModules, MainFile, ModuleReader, definition_modules
from meshwright.files.yaml import YamlMapping, YamlScalar, YamlSequence
from meshwright.frozen import dataclass
from meshwright.model import Frame, PythonInput, PythonModel, canonical_json, identity

_FRAMES: Mapping[str, Frame] = {
    "pyarrow.Table": Frame.ARROW,
    "pyarrow.lib.Table": Frame.ARROW,
    "pyarrow.RecordBatchReader": Frame.BATCHES,
    **{
        f"{package}.{name}[pyarrow.RecordBatch]": Frame.BATCHES
        for package in ("collections.abc", "typing")
        for name in ("Iterator", "Iterable")
    },
    "duckdb.DuckDBPyRelation": Frame.DUCKDB,
    "polars.DataFrame": Frame.POLARS,
    "polars.LazyFrame": Frame.POLARS_LAZY,
    "pandas.DataFrame": Frame.PANDAS,
}
_FRAME_FIX = (
    "annotate it as pa.Table, pa.RecordBatchReader, Iterator[pa.RecordBatch], duckdb.DuckDBPyRelation, pl.DataFrame, "
    "pl.LazyFrame or pd.DataFrame, under a name that the file imports"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class PythonEntry:
    """What `pipeline.yaml` says of a Python node."""

    #: As written, relative to the pipeline file's folder.
    file: str
    function: str
    #: Argument, dataset as written, and where it is written.
    inputs: tuple[tuple[str, str, SourceSpan], ...]
    span: SourceSpan


@dataclass(frozen=True, kw_only=True, slots=True)
class PythonScope:
    """What a Python node is read against."""

    #: Folders of the product and of the domain.
    folder: str
    domain_folder: str
    modules: ModuleReader
    #: Node's file -> what it is made of.
    local: Mapping[MainFile, LocalModules]
    #: Requirements of the domain's environment.
    requires: tuple[str, ...]


def read_python(fields: Fields) -> PythonEntry | None:
    """Return what a node's ``python`` and ``inputs`` say; None, with a finding, where they cannot be read."""
    text = fields.text("python")
    if text is None:
        return None
    span = fields.span_of("python")
    file, colon, function = text.rpartition(":")
    if not colon or not file.endswith(".py") or not function.isidentifier():
        fix = f"write {text.partition('.py')[0]}.py:build" if ".py" in text else "write for example delays.py:build"
        fields.find("MW-N101", f"'{text}' of {fields.what} is not FILE.py:FUNCTION", span, fix)
        return None
    inputs = read_inputs(fields)
    return None if inputs is None else PythonEntry(file=file, function=function, inputs=inputs, span=span)


def main_file(file: str, folder: str, domain_folder: str) -> MainFile | None:
    """Return the file that ``python: file:...`` names; None where it lies outside the domain's folder."""
    path = posixpath.normpath(posixpath.join(folder, file))
    if posixpath.isabs(file) or not path.startswith(f"{domain_folder}/") or "\\" in file or "\0" in file:
        return None
    return MainFile(path=path, product=folder, domain=domain_folder)


def main_files(pipeline: YamlMapping, folder: str, domain_folder: str) -> list[MainFile]:
    """Return the files that the Python nodes of a pipeline name, as far as they can be told; for reading ahead."""
    nodes = pipeline.get("nodes")
    return node_files(nodes, folder, domain_folder) if isinstance(nodes, YamlMapping) else []


def node_files(nodes: YamlMapping, folder: str, domain_folder: str) -> list[MainFile]:
    """Return the files that the Python nodes among `nodes` name, as `main_files` does."""
    found = []
    for entry in nodes:
        said = entry.value.get("python") if isinstance(entry.value, YamlMapping) else None
        if isinstance(said, YamlScalar) and isinstance(said.value, str):
            main = main_file(said.value.rpartition(":")[0], folder, domain_folder)
            if main is not None and main.path.endswith(".py"):
                found.append(main)
    return found


def python_model(
    scope: PythonScope, entry: PythonEntry, *, address: str, params: frozenset[str], findings: list[Diagnostic]
) -> PythonModel | None:
    """Return what the node runs; None, with findings, where its file or function does not fit.

    `params` are the names of the parameters that hold in the node.
    """
    main = main_file(entry.file, scope.folder, scope.domain_folder)
    if main is None:
        message = f"'{entry.file}' lies outside the domain's folder, {scope.domain_folder}"
        findings.append(_at(entry.span, "MW-N102", message, "move the file into the domain", address))
        return None
    if not scope.modules.reader.has_file(main.path):
        findings.append(_missing(scope, entry, main, address))
        return None
    local = scope.local[main]
    if not _check_modules(scope, local, address, findings):
        return None
    reading = scope.modules.readings[main.path]
    function = _function(reading, entry, main.path, address, findings)
    if function is None:
        return None
    check = _Arguments(entry=entry, function=function, path=main.path, address=address, findings=findings)
    product = address.rpartition(".")[0]
    inputs = check.inputs(product)
    used = check.params(params)
    modules = definition_modules(local, scope.modules.texts, scope.modules.readings)
    return PythonModel(
        file=main.path,
        function=entry.function,
        inputs=inputs,
        fingerprint=_modules_fingerprint(modules, scope.requires),
        definition=canonical_json(
            {
                "line": function.place.line,
                "modules": modules,
                "requires": list(scope.requires),
                "roots": list(local.roots),
            }
        ),
        params=used,
        requires=scope.requires,
    )


def _modules_fingerprint(modules: Sequence[Mapping[str, str]], requires: Sequence[str]) -> str:
    named = [[module["name"], module["fingerprint"]] for module in modules]
    return identity("mwpython1", named, list(requires))


@dataclass(frozen=True, kw_only=True, slots=True)
class _Arguments:
    """Checks the arguments of a node's function against its inputs and parameters."""

    entry: PythonEntry
    function: Function
    path: str
    address: str
    findings: list[Diagnostic]

    def inputs(self, product: str) -> tuple[PythonInput, ...]:
        """Return the inputs with their frames; findings for those that no argument takes."""
        arguments = {argument.name: argument for argument in self.function.arguments}
        found = []
        for name, dataset, span in self.entry.inputs:
            argument = arguments.get(name)
            address = dataset if "." in dataset else f"{product}.{dataset}"
            if argument is None and not self.function.takes_any:
                message = f"input '{name}' has no argument in {self.function.name}()"
                hint = known_names_hint(name, arguments, what="arguments") if arguments else "add the argument"
                self.findings.append(_at(span, "MW-N106", message, hint, self.address))
            frame = self._frame(argument) if argument is not None else Frame.ARROW
            found.append(PythonInput(argument=name, dataset=address, frame=frame, span=span))
        return tuple(found)

    def params(self, declared: frozenset[str]) -> tuple[str, ...]:
        """Return the parameters that the function takes; findings for arguments that nothing fills."""
        taken = {name for name, _, _ in self.entry.inputs}
        for name in self.function.by_position:
            message = f"{self.function.name}() takes '{name}' by position alone"
            self._find("MW-N107", message, "remove the '/' from its arguments", self.function)
        for argument in self.function.arguments:
            if argument.name in taken or argument.name in declared or argument.has_default:
                continue
            hint = known_names_hint(argument.name, taken | declared, what="inputs and parameters")
            message = (
                f"nothing fills argument '{argument.name}' of {self.function.name}(): it is no input and no parameter"
            )
            self._find("MW-N105", message, hint, argument)
        names = {argument.name for argument in self.function.arguments}
        return tuple(sorted(names & declared - taken))

    def _frame(self, argument: Argument) -> Frame:
        if argument.annotation is None:
            return Frame.ARROW
        frame = _FRAMES.get(argument.annotation)
        if frame is None:
            message = f"argument '{argument.name}' is annotated '{argument.annotation_text}', which is no frame"
            self._find("MW-N108", message, _FRAME_FIX, argument)
        return frame or Frame.ARROW

    def _find(self, code: str, message: str, fix: str, where: Function | Argument) -> None:
        span = SourceSpan(file=self.path, line=where.place.line, column=where.place.column)
        self.findings.append(_at(span, code, message, fix, self.address))


def _check_modules(scope: PythonScope, local: LocalModules, address: str, findings: list[Diagnostic]) -> bool:
    """Note what is wrong with the node's files; whether all of them can be read."""
    before = len(findings)
    for path in local.paths:
        reading = scope.modules.readings.get(path)
        if reading is None:  # no text at all: the reader has said so
            return False
        if reading.problem is not None and reading.problem_place is not None:
            place = reading.problem_place
            span = SourceSpan(file=path, line=place.line, column=place.column)
            findings.append(_at(span, "MW-N103", reading.problem, "correct the syntax", address))
    for problem in local.problems:
        span = SourceSpan(file=problem.path, line=problem.place.line, column=problem.place.column)
        findings.append(_at(span, problem.code, problem.message, problem.fix, address))
    return len(findings) == before


def _function(
    reading: ModuleReading, entry: PythonEntry, path: str, address: str, findings: list[Diagnostic]
) -> Function | None:
    named = {function.name: function for function in reading.functions}
    function = named.get(entry.function)
    if function is None:
        message = f"{path} defines no function '{entry.function}'"
        hint = (
            known_names_hint(entry.function, named, what="functions")
            if named
            else f"write 'def {entry.function}(...):'"
        )
        findings.append(_at(entry.span, "MW-N104", message, hint, address))
    elif function.is_async:
        span = SourceSpan(file=path, line=function.place.line, column=function.place.column)
        findings.append(_at(span, "MW-N107", f"{entry.function}() is async", "write a plain 'def'", address))
    return function


def code_files(folder: str, local: Mapping[MainFile, LocalModules]) -> tuple[str, ...]:
    """Return the paths of all Python files that the nodes of the product in `folder` are made of, sorted."""
    return tuple(sorted({path for main, found in local.items() if main.product == folder for path in found.paths}))


def _missing(scope: PythonScope, entry: PythonEntry, main: MainFile, address: str) -> Diagnostic:
    folder = posixpath.dirname(main.path)
    beside = (
        [found.name for found in scope.modules.reader.folder(folder)] if scope.modules.reader.has_folder(folder) else []
    )
    files = [name for name in beside if name.endswith(".py")]
    hint = known_names_hint(posixpath.basename(main.path), files, what="files") if files else "write it"
    return _at(entry.span, "MW-N102", f"there is no file {main.path}", hint, address)


def read_inputs(fields: Fields) -> tuple[tuple[str, str, SourceSpan], ...] | None:
    """Return the inputs; None where one of them cannot be."""
    node = fields.mapping.get("inputs")
    if node is None:
        return ()
    found: list[tuple[str, str, SourceSpan]] = []
    if isinstance(node, YamlSequence):
        found += [(item.text.rpartition(".")[2], item.text, item.span) for item in node if isinstance(item, YamlScalar)]
        is_whole = len(found) == len(node.items)
    elif isinstance(node, YamlMapping):
        found += [
            (entry.key, entry.value.text, entry.value.span) for entry in node if isinstance(entry.value, YamlScalar)
        ]
        is_whole = len(found) == len(list(node))
    else:
        is_whole = False
    if not is_whole:
        fields.find(
            "MW-N109",
            f"'inputs' of {fields.what} is no list of datasets and no mapping of arguments to datasets",
            node.span,
            "write inputs: [departures, weather.observations.hourly] or inputs: {flights: departures}",
        )
        return None
    before = len(fields.findings)
    seen: set[str] = set()
    for name, dataset, span in found:
        if dataset.count(".") not in {0, 2} or not all(part.isidentifier() for part in dataset.split(".")):
            fields.find("MW-N109", f"'{dataset}' names no dataset", span, "write dataset or domain.product.dataset")
        elif not name.isidentifier():
            fields.find("MW-N109", f"'{name}' cannot be an argument of a function", span, "write a name of Python")
        elif name in seen:
            fix = "write a mapping: inputs: {one: ..., other: ...}"
            fields.find("MW-N109", f"two inputs of {fields.what} are called '{name}'", span, fix)
        seen.add(name)
    return tuple(found) if len(fields.findings) == before else None


def _at(span: SourceSpan, code: str, message: str, fix: str, address: str) -> Diagnostic:
    return Diagnostic(code=code, message=message, span=span, fix=fix, object=address)
