"""The documentation says what the code does."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

from meshwright.diagnostics.codes import all_codes
from meshwright.diagnostics.reference import render_diagnostics

ROOT = Path(__file__).parents[2]
PAGES = runpy.run_path(str(ROOT / "scripts" / "write_docs.py"))["PAGES"]


@pytest.mark.parametrize("name", sorted(PAGES))
def test_generated_pages_are_up_to_date(name: str) -> None:
    written = (ROOT / "docs" / "reference" / name).read_text(encoding="utf-8")
    assert written == PAGES[name](), "run `make docs`"


def test_every_code_is_complete_and_documented() -> None:
    page = render_diagnostics()
    for entry in all_codes().values():
        assert re.fullmatch(r"MW-[A-Z]\d{3}", entry.code)
        assert entry.title, entry.code
        assert entry.meaning, entry.code
        assert entry.fix, entry.code
        assert f"### {entry.code}: " in page


def test_every_code_is_used_by_the_code() -> None:
    """A code that nothing can raise is a promise that nothing keeps."""
    sources = "\n".join(
        path.read_text(encoding="utf-8") for path in (ROOT / "src").rglob("*.py") if "catalog" not in path.parts
    )
    unused = [code for code in all_codes() if f'"{code}"' not in sources]
    assert unused == []


def test_links_between_pages_lead_somewhere() -> None:
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    broken = [
        f"{page.relative_to(ROOT)} -> {target}"
        for page in pages
        for target in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
        if not (page.parent / target).exists()
    ]
    assert broken == []


def test_every_page_is_reached_from_the_readme() -> None:
    """Directly, or over one page that the README names."""
    named = _linked(ROOT / "README.md")
    reached = named.union(*(_linked(page) for page in named if page.suffix == ".md"))
    pages = {page.resolve() for page in (ROOT / "docs").rglob("*.md")}
    assert sorted(str(page.relative_to(ROOT)) for page in pages - reached) == []


def _linked(page: Path) -> set[Path]:
    targets = re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    return {(page.parent / target).resolve() for target in targets}
