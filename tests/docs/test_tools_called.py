"""The reference of tools that call out names every option that there is, and no other."""

from __future__ import annotations

import pytest

from meshwright.tools import container_options, http_options, kubernetes_manifest, prefect_options, rest_options, ssh
from tests.docs.pages import page, tables, ticked

KEYS = {
    "http": http_options.CALL_KEYS,
    "rest": tuple(key for key in rest_options.KEYS if key != "allow"),  # the mesh gives it
    "prefect": prefect_options.KEYS,
    "ssh": ssh.KEYS,
    "container": container_options.KEYS,
    "kubernetes": kubernetes_manifest.KEYS,
}


@pytest.mark.parametrize("tool", sorted(KEYS))
def test_every_option_stands_in_the_table_of_its_page(tool: str) -> None:
    rows = next(rows for header, rows in tables(page(f"tools/{tool}.md")) if header[0] == "option")
    assert set().union(*(ticked(row[0]) for row in rows)) == set(KEYS[tool])


def test_every_page_is_in_the_list_of_tools() -> None:
    listed = page("tools.md")
    assert all(f"(tools/{tool}.md)" in listed for tool in KEYS)
