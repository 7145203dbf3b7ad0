"""Versions of a port: which is which, and which one a reader gets who chooses none."""

from __future__ import annotations

import itertools

import pytest

from meshwright.model import Contract, Port
from meshwright.model.portversions import (
    by_port,
    find_port,
    is_active,
    is_retired,
    major_of,
    major_of_word,
    newest_active,
    numbers_of,
    unversioned,
    version_word,
)


def port(key: str, version: str = "1.0.0", status: str | None = "active", output: str | None = None) -> Port:
    contract = Contract(id=f"c-{key}-{version}", version=version, api_version="v3.2.0", status=status)
    name = key.partition("/")[0]
    return Port(address=f"sales.orders/{key}", name=name, contract=contract, datasets=(), version=output)


@pytest.mark.parametrize(
    ("version", "numbers"),
    [
        ("1.2.0", (1, 2, 0)),
        ("v2", (2,)),
        ("2", (2,)),
        ("0.9", (0, 9)),
        ("2.0.0-rc1", (2, 0, 0)),
        ("next", ()),
        (None, ()),
    ],
)
def test_a_version_is_its_numbers(version: str | None, numbers: tuple[int, ...]) -> None:
    assert numbers_of(version) == numbers
    assert major_of(version) == (numbers[0] if numbers else None)


@pytest.mark.parametrize(
    ("word", "major"), [("v2", 2), ("v10", 10), ("v0", None), ("v02", None), ("V2", None), ("2", None)]
)
def test_a_word_for_a_version_is_v_and_a_number(word: str, major: int | None) -> None:
    assert major_of_word(word) == major


#: Versions, with their status; which one is read where none is chosen.
READ = (
    ((("orders", "1.0.0", "active"),), "orders"),
    ((("orders", "1.0.0", "active"), ("orders/v2", "2.0.0", "active")), "orders/v2"),
    ((("orders", "1.0.0", "active"), ("orders/v2", "2.0.0", "draft")), "orders"),
    ((("orders", "1.0.0", "active"), ("orders/v2", "2.0.0", "proposed")), "orders"),
    ((("orders", "1.0.0", "active"), ("orders/v2", "2.0.0", "deprecated")), "orders"),
    ((("orders", "1.0.0", "deprecated"), ("orders/v2", "2.0.0", "draft")), "orders"),
    ((("orders", "1.0.0", "deprecated"), ("orders/v2", "2.0.0", "Active ")), "orders/v2"),
    ((("orders", "1.0.0", "retired"), ("orders/v2", "2.0.0", "draft")), "orders/v2"),
    ((("orders", "1.0.0", "retired"), ("orders/v2", "2.0.0", "retired")), "orders/v2"),
    ((("orders", "1.0.0", None), ("orders/v2", "2.0.0", "in use")), "orders/v2"),
    ((("orders/v9", "9.1.0", "active"), ("orders/v10", "10.0.0", "active")), "orders/v10"),
    ((("orders", "12.0.0", "active"), ("orders/v9", "9.0.0", "active")), "orders"),
)


@pytest.mark.parametrize(("versions", "read"), READ)
def test_the_newest_active_version_is_read_where_none_is_chosen(
    versions: tuple[tuple[str, str, str | None], ...], read: str
) -> None:
    for order in itertools.permutations(versions):
        assert newest_active([port(*each) for each in order]).address == f"sales.orders/{read}"


def test_versions_stand_together_oldest_first() -> None:
    ports = [port("orders/v10", "10.0.0"), port("orders/v2", "2.0.0"), port("returns"), port("orders")]
    found = {name: [each.address for each in versions] for name, versions in by_port(ports).items()}
    assert found == {
        "sales.orders/orders": ["sales.orders/orders", "sales.orders/orders/v2", "sales.orders/orders/v10"],
        "sales.orders/returns": ["sales.orders/returns"],
    }
    assert unversioned("sales.orders/orders/v2") == unversioned("sales.orders/orders") == "sales.orders/orders"


def test_a_version_is_called_by_its_file_else_by_its_number() -> None:
    assert [version_word(each) for each in (port("orders/v2", "2.1.0"), port("orders", "3.0.0"), port("orders", "x"))] == [
        "v2", "v3", "x",
    ]  # fmt: skip
    assert version_word(port("orders", "1.0.0", output="4.0.0")) == "v4"


def test_a_port_is_found_by_its_address_by_its_number_and_by_its_name() -> None:
    ports = (port("orders"), port("orders/v2", "2.0.0"), port("new/v3", "3.0.0"), port("new/v4", "4.0.0", "draft"))
    found = {
        name: each.address if (each := find_port(ports, f"sales.orders/{name}")) else None
        for name in ("orders", "orders/v1", "orders/v2", "orders/v3", "order", "new", "new/v4", "new/v1")
    }
    assert found == {
        "orders": "sales.orders/orders",
        "orders/v1": "sales.orders/orders",
        "orders/v2": "sales.orders/orders/v2",
        "orders/v3": None,
        "order": None,
        "new": "sales.orders/new/v3",
        "new/v4": "sales.orders/new/v4",
        "new/v1": None,
    }
    assert find_port(ports, "sales.other/orders") is None


def test_a_status_is_read_without_letter_case() -> None:
    assert is_retired(port("orders", status=" Retired"))
    assert is_active(port("orders", status="ACTIVE"))
    assert not is_active(port("orders", status="draft"))
