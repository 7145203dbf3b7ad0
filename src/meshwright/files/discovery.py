"""Which folders are domains and products, and which files they hold: the map of a mesh before anything is read.

What lies where nothing belongs is a finding here, so that no file is silently left out.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Sequence
from fnmatch import translate
from functools import partial

from meshwright.diagnostics import Diagnostic, Severity, SourceSpan
from meshwright.files.places import COMPONENTS_FOLDER, POLICIES_FOLDER
from meshwright.files.reading import Entry, MeshReader
from meshwright.frozen import dataclass

DOMAIN_FILE = "domain.yaml"
PRODUCT_FILE = "product.odps.yaml"
PIPELINE_FILE = "pipeline.yaml"
CONSUMERS_FILE = "consumers.yaml"
CONTRACT_SUFFIX = ".odcs.yaml"
MODEL_SUFFIX = ".sql"
UNIT_TEST_SUFFIX = ".unit.yaml"
EXAMPLES_SUFFIX = ".test.yaml"
EXEMPTIONS_FILE = "exemptions.yaml"

_PRODUCT_FILES = (PRODUCT_FILE, PIPELINE_FILE, CONSUMERS_FILE)
_PRODUCT_FOLDERS = ("contracts", "models", "tests")
#: Files and folders that the format knows and this version does not act on.
_UNSUPPORTED_FILES = frozenset({"access.yaml"})
_UNSUPPORTED_FOLDERS = frozenset({"access"})
#: Files that make a folder a project of another tool.
_DBT_FILES = frozenset({"dbt_project.yml"})
_SQLMESH_FILES = frozenset({"config.yaml", "config.yml", "config.py", "sqlmesh.yaml", "sqlmesh.yml"})
_GLOB = re.compile(r"[*?\[]")
_VERSION = re.compile(r"(v\d+)\.", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True, slots=True)
class DomainPattern:
    """One entry of `domains` in `mesh.yaml`."""

    text: str
    span: SourceSpan


@dataclass(frozen=True, kw_only=True, slots=True)
class FoundFile:
    """A file whose stem names something: a model, a test, a contract."""

    name: str
    path: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ProductFolder:
    """A product's folder and the files in it that make it."""

    name: str
    path: str
    has_product: bool = False
    has_pipeline: bool = False
    has_consumers: bool = False
    contracts: tuple[FoundFile, ...] = ()
    models: tuple[FoundFile, ...] = ()
    tests: tuple[FoundFile, ...] = ()
    unit_tests: tuple[FoundFile, ...] = ()
    #: What else lies in the folder; a source may read it, so whether it is stray is known only later.
    others: tuple[Entry, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class PolicyFolder:
    """A folder of policies, of the mesh or of a domain."""

    path: str
    policies: tuple[FoundFile, ...] = ()
    has_exemptions: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class DomainFolder:
    """A domain's folder."""

    name: str
    path: str
    has_document: bool
    products: tuple[ProductFolder, ...]
    policies: PolicyFolder | None = None
    #: The folder of the components that the domain shares.
    components: str | None = None


def find_domains(reader: MeshReader, patterns: Sequence[DomainPattern]) -> tuple[DomainFolder, ...]:
    """Return the domain folders that the patterns match, each once, by path."""
    found: dict[str, Entry] = {}
    for pattern in patterns:
        matched = _match(reader, pattern)
        if not matched:
            _no_match(reader, pattern)
        found.update((entry.path, entry) for entry in matched)
    for folder in (POLICIES_FOLDER, COMPONENTS_FOLDER):  # a pattern such as '*' matches them, and they are no domains
        found.pop(folder, None)
    return tuple(_domain(reader, entry) for _, entry in sorted(found.items()))


def find_mesh_policies(reader: MeshReader) -> PolicyFolder | None:
    """Return the folder of the policies of the whole mesh."""
    found = None
    for entry in reader.folder("", {POLICIES_FOLDER, EXEMPTIONS_FILE}.__contains__):
        if entry.name == POLICIES_FOLDER and entry.is_folder:
            found = _policies(reader, entry)
        else:
            _misplaced(reader, entry, "")
    return found


def refuse_unsupported(reader: MeshReader) -> None:
    """Note what lies at the mesh root that the format knows and this version does not act on."""
    known = _UNSUPPORTED_FILES | _UNSUPPORTED_FOLDERS
    for entry in reader.folder("", known.__contains__):
        if _is_unsupported(entry):
            _unsupported(reader, entry)


def note_strays(reader: MeshReader, folder: ProductFolder, used: Sequence[str]) -> None:
    """Note what lies in a product's folder without a use; `used` are the paths that its sources read."""
    for entry in folder.others:
        inside = entry.path + "/"
        if any(path == entry.path or path.startswith(inside) for path in used):
            continue
        _ignored(reader, entry, "it is no part of a product")


def _match(reader: MeshReader, pattern: DomainPattern) -> list[Entry]:
    """Return the folders that match, walking segment by segment; only folders that can match are listed."""
    level = [Entry(name="", path="", is_folder=True)]
    segments = pattern.text.strip("/").split("/")
    for depth, segment in enumerate(segments):
        is_last = depth == len(segments) - 1
        following = []
        for folder in level:
            for entry in reader.folder(folder.path, partial(_fits, re.compile(translate(segment)))):
                if entry.is_folder:
                    following.append(entry)
                elif is_last:
                    _stray_in(reader, entry, (), "a domain is a folder")
        level = following
    return level


def _fits(pattern: re.Pattern[str], name: str) -> bool:
    return pattern.match(name) is not None


def _no_match(reader: MeshReader, pattern: DomainPattern) -> None:
    is_glob = bool(_GLOB.search(pattern.text))
    reader.findings.append(
        Diagnostic(
            code="MW-M112",
            message=f"'{pattern.text}' matches no folder: no domain comes of it",
            span=pattern.span,
            fix="make a domain's folder with a domain.yaml in it, or correct the pattern",
            severity=Severity.WARNING if is_glob else Severity.ERROR,
        )
    )


def _domain(reader: MeshReader, entry: Entry) -> DomainFolder:
    has_document = False
    products = []
    policies = components = None
    for child in reader.folder(entry.path):
        if child.name == DOMAIN_FILE:
            has_document = True
        elif child.name == POLICIES_FOLDER and child.is_folder:
            policies = _policies(reader, child)
        elif child.name in {POLICIES_FOLDER, EXEMPTIONS_FILE}:
            _misplaced(reader, child, f"{entry.path}/")
        elif child.name == COMPONENTS_FOLDER and child.is_folder:
            components = child.path
        elif _is_unsupported(child):
            _unsupported(reader, child)
        elif child.is_folder and _is_foreign(reader, child):
            continue  # nodes of the domain's products run it: what it holds is the tool's to judge
        elif child.is_folder:
            product = _product(reader, child)
            if product is not None:
                products.append(product)
        elif not child.name.endswith(".py"):  # Python nodes of the domain's products may import it
            _stray_in(reader, child, (DOMAIN_FILE,), "a domain's folder holds domain.yaml and product folders")
    return DomainFolder(
        name=entry.name,
        path=entry.path,
        has_document=has_document,
        products=tuple(products),
        policies=policies,
        components=components,
    )


def _is_foreign(reader: MeshReader, folder: Entry) -> bool:
    """Whether a folder is a project of dbt or SQLMesh, whose folders are called like those of a product."""
    wanted = {*_DBT_FILES, *_SQLMESH_FILES, *_PRODUCT_FILES, "contracts", "models"}
    names = {entry.name for entry in reader.folder(folder.path, wanted.__contains__)}
    if names & {*_PRODUCT_FILES, "contracts"}:
        return False
    return bool(names & _DBT_FILES) or ("models" in names and bool(names & _SQLMESH_FILES))


def _policies(reader: MeshReader, folder: Entry) -> PolicyFolder:
    names = {entry.name for entry in reader.folder(folder.path, lambda name: name.startswith("exemptions."))}
    rule = f"{POLICIES_FOLDER} holds <name>.sql files, policies, with <name>{EXAMPLES_SUFFIX}, and {EXEMPTIONS_FILE}"
    for near in sorted(names & {"exemptions.yml", "exemptions.json"}):
        path = f"{folder.path}/{near}"
        reader.add("MW-M007", f"'{path}' would not be read: {rule}", path, f"rename it to '{EXEMPTIONS_FILE}'")
    files = _list(reader, folder.path, (MODEL_SUFFIX, EXAMPLES_SUFFIX), rule, besides=names)
    policies = tuple(file for file in files if not file.path.endswith(EXAMPLES_SUFFIX))
    known = {file.name for file in policies}
    for file in files:
        if file.path.endswith(EXAMPLES_SUFFIX) and file.name not in known:
            message = f"'{file.path}' would not be read: there is no policy {folder.path}/{file.name}{MODEL_SUFFIX}"
            reader.add("MW-M007", message, file.path, "give it the name of the policy that it has examples of")
    return PolicyFolder(
        path=folder.path,
        policies=policies,
        has_exemptions=EXEMPTIONS_FILE in names,
    )


def _misplaced(reader: MeshReader, entry: Entry, owner: str) -> None:
    """Note policies or exemptions in a place where nothing reads them; `owner` is the folder whose policies are meant."""
    place = f"{owner}{POLICIES_FOLDER}"
    if entry.name == POLICIES_FOLDER:
        fix = f"move its files to {place}/" if entry.is_folder else "make it a folder of <name>.sql files"
    else:
        fix = f"move it to {place}/{EXEMPTIONS_FILE}, beside the policies that it exempts from"
    reader.add(
        "MW-M007", f"'{entry.path}' would not be read: policies belong to the mesh or to a domain", entry.path, fix
    )


def _product(reader: MeshReader, folder: Entry) -> ProductFolder | None:
    files: set[str] = set()
    kinds: dict[str, tuple[FoundFile, ...]] = {}
    others = []
    findings_before = len(reader.findings)
    for child in reader.folder(folder.path):
        # A folder named like a file (or the reverse) is kept: reading it says what is wrong with it.
        if child.name in _PRODUCT_FILES:
            files.add(child.name)
        elif child.is_folder and child.name in _PRODUCT_FOLDERS:
            kinds[child.name] = _LISTERS[child.name](reader, child.path)
        elif _is_unsupported(child):
            _unsupported(reader, child)
        elif child.name in {POLICIES_FOLDER, EXEMPTIONS_FILE}:
            _misplaced(reader, child, f"{folder.path.rpartition('/')[0]}/")
        elif child.name == COMPONENTS_FOLDER:
            message = f"'{child.path}' would not be read: components belong to the mesh or to a domain"
            fix = f"move it to {folder.path.rpartition('/')[0]}/{COMPONENTS_FOLDER}/"
            reader.add("MW-M007", message, child.path, fix)
        elif not _near_miss(reader, child, _PRODUCT_FOLDERS if child.is_folder else _PRODUCT_FILES):
            others.append(child)
    if not files and not kinds and len(reader.findings) == findings_before:
        if any(entry.name.endswith(".py") for entry in others):  # a package that Python nodes of the domain may import
            return None
        _ignored(reader, folder, "it holds nothing that makes a product (models, pipeline.yaml, product.odps.yaml)")
        return None
    return ProductFolder(
        name=folder.name,
        path=folder.path,
        has_product=PRODUCT_FILE in files,
        has_pipeline=PIPELINE_FILE in files,
        has_consumers=CONSUMERS_FILE in files,
        contracts=kinds.get("contracts", ()),
        models=kinds.get("models", ()),
        tests=tuple(file for file in kinds.get("tests", ()) if not file.path.endswith(UNIT_TEST_SUFFIX)),
        unit_tests=tuple(file for file in kinds.get("tests", ()) if file.path.endswith(UNIT_TEST_SUFFIX)),
        others=tuple(others),
    )


def _list_models(reader: MeshReader, path: str) -> tuple[FoundFile, ...]:
    return _list(reader, path, (MODEL_SUFFIX,), "models holds one <dataset>.sql file a dataset")


def _list_contracts(reader: MeshReader, path: str) -> tuple[FoundFile, ...]:
    return _list(reader, path, (CONTRACT_SUFFIX,), "contracts holds one <port>.odcs.yaml file a port")


def _list_tests(reader: MeshReader, path: str) -> tuple[FoundFile, ...]:
    rule = "tests holds one <name>.sql file a test, and one <name>.unit.yaml file a unit test"
    return _list(reader, path, (MODEL_SUFFIX, UNIT_TEST_SUFFIX), rule)


_LISTERS = {"models": _list_models, "contracts": _list_contracts, "tests": _list_tests}


def _list(
    reader: MeshReader, path: str, suffixes: Sequence[str], rule: str, *, besides: Collection[str] = ()
) -> tuple[FoundFile, ...]:
    """Return the files of `path` with one of `suffixes`; what else lies there is a finding, but for names `besides`."""
    found = []
    for entry in reader.folder(path):
        if entry.name in besides:
            continue
        suffix = next((each for each in suffixes if entry.name.endswith(each) and entry.name != each), None)
        if suffix is not None:
            found.append(FoundFile(name=entry.name[: -len(suffix)], path=entry.path))
        elif entry.is_folder:
            reader.add("MW-M009", f"'{entry.path}' is a folder, and {rule}", entry.path, "move the files one level up")
        elif (renamed := _with_suffix(entry.name, suffixes)) is not None:
            reader.add("MW-M007", f"'{entry.path}' would not be read: {rule}", entry.path, f"rename it to '{renamed}'")
        else:
            _ignored(reader, entry, rule)
    return tuple(found)


def _with_suffix(name: str, suffixes: Sequence[str]) -> str | None:
    """Return the name that was probably meant where `name` ends almost with one of `suffixes`."""
    stem, _, rest = name.partition(".")
    suffix = suffixes[0]
    version = _VERSION.match(rest) if suffix == CONTRACT_SUFFIX else None
    if version:  # orders.v2.odcs.yml
        stem, rest = f"{stem}.{version[1]}", rest[version.end() :]
    ending = "." + rest.lower()
    if UNIT_TEST_SUFFIX in suffixes and ending in {".unit.yml", ".unit", ".units.yaml", ".unittest.yaml"}:
        return stem.lower() + UNIT_TEST_SUFFIX if stem else None
    if EXAMPLES_SUFFIX in suffixes and ending in {
        ".test.yml",
        ".tests.yaml",
        ".test",
        ".examples.yaml",
        ".yaml",
        ".yml",
    }:
        return stem.lower() + EXAMPLES_SUFFIX if stem else None
    if suffix == CONTRACT_SUFFIX:
        meant = ending in {".yaml", ".yml", ".odcs", ".odcs.yml", ".odcs.yaml", ".odcs.json", ".json"}
    else:
        meant = ending in {".sql", ".sq", ".sqll", ".sql.txt", ".sql.j2", ".sql.jinja"}
    return stem.lower() + suffix if meant and stem else None


def _near_miss(reader: MeshReader, entry: Entry, known: Sequence[str]) -> bool:
    """Note an entry that looks like a misspelt or misplaced part of a product; whether it does."""
    if not entry.is_folder and entry.name.lower().endswith(MODEL_SUFFIX):
        fix = f"move it to models/{entry.name.lower()} (a dataset) or tests/{entry.name.lower()} (a test)"
    elif not entry.is_folder and ".odcs." in entry.name.lower():
        meant = (
            _with_suffix(entry.name, (CONTRACT_SUFFIX,)) or f"{entry.name.partition('.')[0].lower()}{CONTRACT_SUFFIX}"
        )
        fix = f"move it to contracts/{meant}"
    else:
        nearest = difflib.get_close_matches(entry.name.lower(), known, n=1, cutoff=0.8)
        if not nearest:
            return False
        fix = f"did you mean '{nearest[0]}{'/' if entry.is_folder else ''}'?"
    reader.add("MW-M007", f"'{entry.path}' would not be read: it is no part of a product", entry.path, fix)
    return True


def _stray_in(reader: MeshReader, entry: Entry, known: Sequence[str], rule: str) -> None:
    nearest = difflib.get_close_matches(entry.name.lower(), known, n=1, cutoff=0.8)
    if nearest:
        reader.add("MW-M007", f"'{entry.path}' would not be read: {rule}", entry.path, f"did you mean '{nearest[0]}'?")
    else:
        _ignored(reader, entry, rule)


def _ignored(reader: MeshReader, entry: Entry, rule: str) -> None:
    reader.findings.append(
        Diagnostic(
            code="MW-M008",
            message=f"'{entry.path}' is not read: {rule}",
            span=SourceSpan(file=entry.path),
            fix="move it out of the domains, or give it a name that begins with a dot",
            severity=Severity.WARNING,
        )
    )


def _is_unsupported(entry: Entry) -> bool:
    return entry.name in (_UNSUPPORTED_FOLDERS if entry.is_folder else _UNSUPPORTED_FILES)


def _unsupported(reader: MeshReader, entry: Entry) -> None:
    """Refuse what would protect or change something if it were read; an empty folder promises nothing."""
    if entry.is_folder and not reader.folder(entry.path):
        return
    what = "folder" if entry.is_folder else "file"
    reader.add(
        "MW-M403",
        f"{what} '{entry.path}' is not supported by this version of meshwright",
        entry.path,
        "remove it: it would have no effect, and nobody should rely on it yet",
    )
