"""`policies/exemptions.yaml`: agreed violations of the policies beside it, each with an owner, a reason and a last day.

    exemptions:
      - policy: ports_have_slo
        object: fleet.aircraft          # a domain, product, port, dataset or column, with everything in it
        owner: team:fleet
        reason: The feed is being renegotiated.
        expires: 2027-03-31

All five are required.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from dataclasses import replace

from meshwright.diagnostics import Diagnostic
from meshwright.files.discovery import EXEMPTIONS_FILE, PolicyFolder
from meshwright.files.documents import read_mapping
from meshwright.files.fields import Fields, Keys, open_fields
from meshwright.files.literals import OWNER_FORM, is_owner
from meshwright.files.reading import MeshReader
from meshwright.files.yaml import YamlMapping, YamlScalar, YamlSequence, parse_yaml, root_mapping
from meshwright.model import Exemption

_DOCUMENT_KEYS = Keys(known=("exemptions",), required=("exemptions",))
_KEYS = Keys(
    known=("policy", "object", "owner", "reason", "expires"),
    required=("policy", "object", "owner", "reason", "expires"),
)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def read_exemptions(reader: MeshReader, folder: PolicyFolder, domain: str | None) -> tuple[Exemption, ...]:
    """Return the sound exemptions of a folder of policies, as written; whether policy and object exist is not said here."""
    if not folder.has_exemptions:
        return ()
    mapping = read_mapping(reader, f"{folder.path}/{EXEMPTIONS_FILE}", what=EXEMPTIONS_FILE)
    return exemptions_of(mapping, domain, reader.findings) if mapping is not None else ()


def read_exemptions_of(data: bytes, path: str, domain: str | None) -> tuple[Exemption, ...]:
    """Return the sound exemptions of a file's content; what is wrong with it is not said: it is not the mesh's own."""
    mapping = _document(data.decode("utf-8", "replace"), path, [])
    return exemptions_of(mapping, domain, []) if mapping is not None else ()


def exemptions_of(mapping: YamlMapping, domain: str | None, findings: list[Diagnostic]) -> tuple[Exemption, ...]:
    """Return the sound exemptions of a document."""
    document = open_fields(mapping, _DOCUMENT_KEYS, what=EXEMPTIONS_FILE, findings=findings, address=domain)
    found: dict[tuple[str, str], Exemption] = {}
    for item in document.sequence("exemptions") or ():
        if not isinstance(item, YamlMapping):
            document.wrong_type("exemptions", item, "a list of mappings")
            continue
        exemption = _exemption(item, domain, findings)
        if exemption is None:
            continue
        first = found.setdefault((exemption.policy, exemption.object), exemption)
        if first is not exemption:
            document.find(
                "MW-V208",
                f"{exemption.object} is exempted from '{exemption.policy}' twice: first at {first.span}",
                item.span,
                "keep one of the two",
            )
    return tuple(found.values())


def day_of(text: str) -> dt.date | None:
    """Return the day that `text` is, None for any other text."""
    try:
        return dt.date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        return None


def _exemption(item: YamlMapping, domain: str | None, findings: list[Diagnostic]) -> Exemption | None:
    policy = item.get("policy")
    what = f"the exemption from '{policy.text[:60]}'" if isinstance(policy, YamlScalar) else "an exemption"
    fields = open_fields(item, _KEYS, what=what, findings=findings, address=domain)
    texts = {key: fields.text(key) for key in _KEYS.known}
    owner = texts["owner"]
    if owner is not None and not is_owner(owner):
        fields.find("MW-M114", f"'{owner[:60]}' names no owner", fields.span_of("owner"), f"write {OWNER_FORM}")
    day = _expires(fields, texts["expires"])
    if day is None or any(text is None for text in texts.values()):
        return None
    return Exemption(
        policy=str(texts["policy"]),
        object=str(texts["object"]),
        owner=str(owner),
        reason=str(texts["reason"]),
        expires=day,
        domain=domain,
        span=item.span,
    )


def _expires(fields: Fields, text: str | None) -> dt.date | None:
    day = day_of(text) if text is not None else None
    if text is not None and day is None:
        fields.find(
            "MW-V208",
            f"'expires' of {fields.what} '{text[:60]}' is no day",
            fields.span_of("expires"),
            "write a day as 2027-03-31",
        )
    return day


class CannotAdd(ValueError):
    """An exemption cannot be put into the text without touching more than is asked."""


def with_exemption(text: str, item: Exemption, path: str) -> str:
    """Return the document `text` (empty for a new one) with `item` as its last entry, everything else as it was.

    Raises CannotAdd, saying why, where the document cannot be read or is not in block form.
    """
    if not text.strip():
        return _sound(f"exemptions:\n{_entry(item, '  ')}", item, 1, path)
    sequence = _sequence(text, path)
    lines = [f"{line}\n" for line in text.split("\n")]
    lines[-1] = lines[-1].removesuffix("\n")
    if sequence is None or not sequence.items:
        raise CannotAdd(f"{path} has no list in block form under 'exemptions'")
    first = sequence.items[0]
    dash = lines[first.line - 1][: first.column - 1]
    if dash.strip() != "-" or lines[sequence.line - 1].lstrip().startswith(("exemptions", "[")):
        raise CannotAdd(f"{path} does not hold its exemptions in block form")
    last = _last_line(sequence, lines)
    if not lines[last - 1].endswith("\n"):
        lines[last - 1] += "\n"
    ending = "\r\n" if lines[0].endswith("\r\n") else "\n"
    lines.insert(last, _entry(item, dash[: dash.index("-")]).replace("\n", ending))
    return _sound("".join(lines), item, len(sequence.items) + 1, path)


def _sound(made: str, item: Exemption, count: int, path: str) -> str:
    """Return `made` where it reads as `count` sound exemptions, `item` the last of them."""
    findings: list[Diagnostic] = []
    document = _document(made, path, findings)
    kept = exemptions_of(document, item.domain, findings) if document is not None else ()
    if findings or len(kept) != count or replace(kept[-1], span=None) != replace(item, span=None):
        raise CannotAdd(f"{path} would not read as it should with another entry")
    return made


def _entry(item: Exemption, indent: str) -> str:
    values = {
        "policy": item.policy,
        "object": item.object,
        "owner": item.owner,
        "reason": item.reason,
        "expires": item.expires.isoformat(),
    }
    lead = [f"{indent}- ", *[f"{indent}  "] * (len(values) - 1)]
    return "".join(
        f"{before}{key}: {_scalar(value)}\n" for before, (key, value) in zip(lead, values.items(), strict=True)
    )


def _scalar(text: str) -> str:
    """Write a text so that YAML reads it back: plain where that is safe, else in quotes (JSON is YAML)."""
    is_plain = re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_./@+(),;' -]*(?::[A-Za-z0-9_./@+-]+)?[.]?", text) is not None
    document = _document(f"a: {text}\n", "", []) if is_plain else None
    node = document.get("a") if document is not None else None
    return text if isinstance(node, YamlScalar) and node.value == text else json.dumps(text, ensure_ascii=False)


def _sequence(text: str, path: str) -> YamlSequence | None:
    document = _document(text, path, [])
    if document is None:
        raise CannotAdd(f"{path} cannot be read: mw check says why")
    node = document.get("exemptions")
    return node if isinstance(node, YamlSequence) else None


def _document(text: str, path: str, findings: list[Diagnostic]) -> YamlMapping | None:
    document, found = parse_yaml(text.encode(), path)
    findings.extend(found)
    if document is None:
        return None
    mapping, found = root_mapping(document, what=EXEMPTIONS_FILE)
    findings.extend(found)
    return mapping


def _last_line(sequence: YamlSequence, lines: list[str]) -> int:
    """Return the number of the last line that belongs to the list: what is indented below its last entry, or blank in it."""
    start = sequence.items[-1].line
    margin = sequence.items[-1].column - 1
    last = start
    for number in range(start + 1, len(lines) + 1):
        line = lines[number - 1]
        if line.strip() and len(line) - len(line.lstrip(" ")) < margin:
            break
        if line.strip():
            last = number
    return last
