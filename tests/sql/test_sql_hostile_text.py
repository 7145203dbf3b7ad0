"""Hostile text gives a problem: never a crash, a hang or a traceback. Crashes of C code show in a process of their own."""

from __future__ import annotations

import re
import subprocess
import sys
import textwrap

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meshwright.model import Column
from meshwright.sql import parse_statement, statement_lineage

#: Repeated forms; the parser recurses on each of them, or takes quadratic time.
FORMS = {
    "parentheses": "'select ' + '(' * n + '1' + ')' * n",
    "rows": "'select ' + 'row(' * n + '1' + ')' * n",
    "maps": "'select ' + 'map {' * n + '1' + ': 1}[1]' * n",
    "any": "'select ' + 'a > any({x: ' * n + '1' + '})' * n",
    "method calls": "'select ' + 'a.f(' * n + '1' + ')' * n",
    "calls on calls": "'select a' + '.f(b.c)' * n",
    "joins without a condition": "'select * from t' + ' left join u' * n",
    "joins with late conditions": "'select * from t ' + 'join u ' * n + 'on 1 ' * n",
    "joins in brackets": "'select * from t' + ' join (u join v)' * n",
    "open parentheses": "'select ' + '(' * n",
    "brackets": "'select ' + '[' * n + '1' + ']' * n",
    "structs": "'select ' + '{\"a\":' * n + '1' + '}' * n",
    "subqueries": "'select * from ' + '(select * from ' * n + 't' + ')' * n",
    "joins in parentheses": "'select * from ' + '(' * n + 't' + ' join u on 1)' * n",
    "set operations": "'(select 1 union ' * n + 'select 1' + ')' * n",
    "case": "'select ' + 'case when a then ' * n + '1' + ' end' * n",
    "not": "'select ' + 'not ' * n + 'a'",
    "minus": "'select ' + '- ' * n + 'a'",
    "interval": "'select ' + 'interval ' * n + '1'",
    "casts": "'select a' + '::int' * n",
    "fields": "'select a' + '.b' * n",
    "subscripts": "'select a' + '[1]' * n",
    "methods": "'select a' + '.f()' * n",
    "arrows": "'select a' + '->1' * n",
    "powers": "'select a' + '**a' * n",
    "array types": "'select a::int' + '[]' * n",
    "struct types": "'select a::' + 'struct(a ' * n + 'int' + ')' * n",
    "from": "'from ' * n + 't'",
    "nested with": "'with a as (' * n + 'select 1' + ') select 1' * n",
    "lambdas": "'select f(' + 'x -> ' * n + '1)'",
    "lambda words": "'select f(' + 'lambda x : ' * n + '1)'",
    "exists": "'select ' + 'exists (select ' * n + '1' + ')' * n",
    "comments": "'select 1 ' + '/*' * n",
    "quotes": "'select ' + chr(39) * (2 * n + 1)",
    "dollars": "'select ' + '$a$' * (2 * n + 1)",
    "sum": "'select ' + '+'.join(['a'] * n)",
    "semicolons": "';' * n",
    "commas": "'select ' + ',' * n",
    "long name": "'select ' + 'a' * (100 * n) + ' from t'",
    "long string": "'select ' + chr(39) + 'a' * (100 * n) + chr(39)",
    "nul bytes": "chr(0) * n",
    "braces": "'{' * n",
}


def test_no_form_of_hostile_text_ends_the_process() -> None:
    """On a thread with a small stack, at sizes around the bounds and far beyond."""
    script = textwrap.dedent(
        f"""
        import threading, time
        from meshwright.sql import parse_statement, statement_lineage
        forms = {FORMS!r}
        def run():
            for name, form in forms.items():
                for n in (95, 12_000):
                    text = eval(form, {{"n": n}})
                    started = time.perf_counter()
                    parsed = parse_statement(text)
                    if not parsed.problems:
                        statement_lineage(text, "duckdb", tables={{}}, output=None)
                    took = time.perf_counter() - started
                    print(name, n, parsed.problems[0].code if parsed.problems else "fine", took < 20)
        threading.stack_size(1024 * 1024)
        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
        """
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    lines = done.stdout.splitlines()
    assert len(lines) == 2 * len(FORMS), done.stderr[-2000:]
    assert all(line.endswith("True") for line in lines), lines


def test_joins_that_miss_their_condition_are_named() -> None:
    (problem,) = parse_statement("select * from t" + " join u" * 20).problems
    assert problem.code == "MW-Q106"
    assert "joins wait for their ON" in problem.message


def test_hundreds_of_joins_with_conditions_are_fine() -> None:
    for join in (" join u using (a)", " cross join u", " natural left join u", " left join u on t.a = u.a"):
        assert parse_statement("select 1 from t" + join * 300).problems == ()


def test_a_megabyte_of_text_is_refused() -> None:
    (problem,) = parse_statement("select '" + "x" * 1_000_001 + "'").problems
    assert problem.code == "MW-Q106"


@pytest.mark.parametrize("depth", [30, 90])
def test_moderate_nesting_is_fine(depth: int) -> None:
    tables = {("t",): ("d.p.t", (Column(name="a", type="INTEGER"),))}
    for text in (
        "select * from " + "(select * from " * depth + "t" + ")" * depth,
        "select " + "(" * depth + "a" + ")" * depth + " as a from t",
        "select a from t" + " union all select a from t" * depth * 10,
    ):
        assert parse_statement(text).problems == ()
        found = statement_lineage(text, "duckdb", tables=tables, output=None)
        assert [(source.output, source.column, source.kind) for source in found] == [("a", "a", "direct")]


WORDS = re.split(
    r"\s+",
    """select from where ( ) [ ] { } , . ; * + - :: := -> => $ ? ' " $$ -- /* */ with recursive as union all by name
join left using on case when then else end over partition order group having qualify limit exclude replace columns a b t
1 1e9 0x 'x' "y" values pivot unpivot for in not null is between and lateral unnest lambda : interval date cast #1 @ !
tablesample window row set into describe \\ é \u202e \ufeff \U0001f600""",
)


@settings(deadline=None, max_examples=150)
@given(st.lists(st.sampled_from(WORDS), max_size=14).map(" ".join))
def test_any_words_in_any_order_give_an_answer(text: str) -> None:
    for candidate in (text, "select " + text, "select a from t where " + text):
        parsed = parse_statement(candidate)
        assert bool(parsed.problems) or bool(parsed.fingerprint)
        lines = candidate.splitlines() or [""]
        for found in (*parsed.problems, *parsed.warnings, *parsed.impure, *parsed.tables):
            assert 1 <= found.line <= len(lines)
            assert 1 <= found.column <= len(candidate) + 1
        statement_lineage(candidate, "duckdb", tables={}, output=None)


@settings(deadline=None, max_examples=80)
@given(st.text(max_size=60))
def test_any_text_gives_an_answer(text: str) -> None:
    parsed = parse_statement(text)
    assert bool(parsed.problems) or bool(parsed.fingerprint)
