"""Records survive being bytes, and bytes from strangers can call nothing."""

from __future__ import annotations

import datetime as dt
import gc
import os
import pickle
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pytest
from mesh_folders import GOOD, write_mesh

from meshwright.diagnostics import Diagnostic, Severity, SourceSpan
from meshwright.files import decoded
from meshwright.files.decoded import decode_once, forget_decoded
from meshwright.files.loader import load_mesh
from meshwright.files.records import (
    UnreadableRecord,
    collected_later,
    decode_record,
    encode_record,
)
from meshwright.files.snapshots import keep_value, kept_value
from meshwright.model import Column, StoredFile, Version
from meshwright.model.rules import Action

VALUES = (
    None,
    (1, 2.5, "text", b"bytes", True, [1], {"a": {2}}, frozenset({"x"})),
    MappingProxyType({"read": MappingProxyType({"only": 1})}),
    dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
    dt.date(2026, 1, 1),
    Action.WARN,
    SourceSpan(file="a", line=2),
    Diagnostic(code="MW-M001", message="m", severity=Severity.WARNING, span=SourceSpan(file="b")),
    Version(
        id="v",
        dataset="a.b.c",
        columns=(Column(name="n", type="INTEGER"),),
        files=(StoredFile(path="p", size_bytes=1, checksum="0", rows=1),),
        rows=1,
        content_digest="d",
        fingerprint="f",
        node_kind="sql",
        is_opaque=False,
    ),
)


@pytest.mark.parametrize("value", VALUES, ids=range(len(VALUES)))
def test_a_value_comes_back_as_it_was(value: object) -> None:
    again = decode_record(encode_record(value))
    assert again == value
    assert type(again) is type(value)


def test_a_whole_mesh_comes_back_as_it_was(tmp_path: Path) -> None:
    loaded = replace(load_mesh(write_mesh(tmp_path, GOOD)), read={})
    assert decode_record(encode_record(loaded)) == loaded


def test_what_is_equal_in_several_records_is_there_once() -> None:
    def made(name: str) -> bytes:
        return encode_record(replace(VALUES[8], dataset=f"{name}.b.c", inputs=MappingProxyType({})))

    one, other = decode_record(made("one")), decode_record(made("other"))
    assert isinstance(one, Version) and isinstance(other, Version)  # noqa: PT018 - for the types
    assert one.dataset != other.dataset
    assert one.node_kind is other.node_kind
    assert one.columns[0] is other.columns[0]
    assert one.inputs is other.inputs
    assert (one, other) == (replace(other, dataset="one.b.c"), replace(one, dataset="other.b.c"))


def test_the_same_bytes_are_read_once_until_others_need_the_room(monkeypatch: pytest.MonkeyPatch) -> None:
    forget_decoded()
    data = encode_record(VALUES[7])
    assert decode_once(data) is decode_once(bytes(bytearray(data)))
    monkeypatch.setattr(decoded, "MOST_BYTES", len(data))
    first = decode_once(data)
    decode_once(encode_record(VALUES[6]))
    assert decode_once(data) == first
    assert decode_once(data) is not first


def test_garbage_is_collected_again_when_records_are_read() -> None:
    with collected_later():
        assert not gc.isenabled()
    assert gc.isenabled()


class _Calls:
    def __init__(self, *call: object) -> None:
        self.call = call

    def __reduce__(self) -> object:
        return self.call[0], tuple(self.call[1:])


@pytest.mark.parametrize(
    "hostile",
    [
        _Calls(os.system, "touch /tmp/owned"),
        _Calls(eval, "1 + 1"),
        _Calls(getattr, Column, "__init__"),
        _Calls(__import__, "antigravity"),
        _Calls(pickle.loads, b"N."),
        _Calls(load_mesh, "/"),
        _Calls(keep_value, Path("/tmp/x"), "key", 1),
        Path("/tmp"),
        (Column(name="n", type="INTEGER"), _Calls(os.getcwd)),
    ],
    ids=range(9),
)
def test_bytes_that_name_anything_but_records_are_refused(hostile: object) -> None:
    with pytest.raises(UnreadableRecord):
        decode_record(pickle.dumps(hostile))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no pickle",
        encode_record(VALUES[1])[:-3],
        b"cmeshwright.files.records\n_KNOWN\n.",
        b"cmeshwright.files.records\npickle.loads\n.",
        b"cmeshwright.model.mesh\nMappingProxyType\n.",
        b"cmeshwright.files.cache\nParseCache\n.",
    ],
    ids=range(7),
)
def test_bytes_that_are_no_records_are_refused(data: bytes) -> None:
    with pytest.raises(UnreadableRecord):
        decode_record(data)


def test_what_cannot_be_read_again_is_not_written() -> None:
    with pytest.raises(UnreadableRecord):
        encode_record(lambda: None)


def test_a_value_is_kept_for_one_key(tmp_path: Path) -> None:
    place = tmp_path / "deep" / "value.snapshot"
    assert kept_value(place, "key") is None
    keep_value(place, "key", ("value", 1))
    assert kept_value(place, "key") == ("value", 1)
    assert kept_value(place, "another key") is None
    assert place.stat().st_mode & 0o077 == 0, "it is nobody else's"
    assert [path.name for path in place.parent.iterdir()] == ["value.snapshot"]


def test_no_flipped_bit_of_a_kept_value_is_believed(tmp_path: Path) -> None:
    place = tmp_path / "value.snapshot"
    keep_value(place, "key", ("value", 1))
    data = place.read_bytes()
    for at in range(len(data)):
        place.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
        assert kept_value(place, "key") is None, at
