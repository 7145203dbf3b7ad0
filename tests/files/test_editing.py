"""Single values of a YAML file are changed, and nothing else of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meshwright.files.editing import NotEditable, ValueEdit, edited
from meshwright.files.yaml import parse_yaml, to_plain


@pytest.mark.parametrize(
    ("before", "path", "value", "after"),
    [
        ("params: {a: 1}  # one\n", "params.a", 2, "params: {a: 2}  # one\n"),
        ("params:\n  a: 1   # one\n  b: x\n", "params.a", 100, "params:\n  a: 100   # one\n  b: x\n"),
        (
            "params:\n  a:\n    type: integer\n    default: 0 # d\n",
            "params.a.default",
            -7,
            "params:\n  a:\n    type: integer\n    default: -7 # d\n",
        ),
        ("a: {p: 'it''s'}\n", "a.p", "x: y", 'a: {p: "x: y"}\n'),
        ('a: {p: "two\n  lines"}\n', "a.p", "x", "a: {p: x}\n"),
        ("a:\n  p: |\n    block\n    text\n  q: 1\n", "a.p", "x", None),
        ("a: {p: 1}\n", "a.p", "2013-01-31", 'a: {p: "2013-01-31"}\n'),
        ("a: {p: 1}\n", "a.p", "yes", 'a: {p: "yes"}\n'),
        ("a: {p: 1}\n", "a.p", True, "a: {p: true}\n"),
        ("a: {p: 1}\n", "a.p", 0.5, "a: {p: 0.5}\n"),
        ("a:\n  p:\n  q: 1\n", "a.p", 3, "a:\n  p: 3\n  q: 1\n"),
        ("params: {a: 1}\n", "params.b", 2, "params: {b: 2, a: 1}\n"),
        ("params: {}\n", "params.b", 2, "params: {b: 2}\n"),
        ("# top\nparams:\n    # of a\n    a: 1\n", "params.b", 2, "# top\nparams:\n    # of a\n    b: 2\n    a: 1\n"),
        ("# top\nnodes: {x: {as: view}}\n", "params.b", 2, "# top\nparams: {b: 2}\nnodes: {x: {as: view}}\n"),
        ("{nodes: {x: {}}}\n", "params.b", 2, "{params: {b: 2}, nodes: {x: {}}}\n"),
        ("nodes:\r\n  x: 1\r\n", "nodes.x", 2, "nodes:\r\n  x: 2\r\n"),
        ("ü: {ß: 1} # é\n", "ü.ß", 22, "ü: {ß: 22} # é\n"),
        ("\ufeffa: {p: 1}\n", "a.p", 2, "\ufeffa: {p: 2}\n"),
        ("a: {p: &x 1}\nb: {q: *x}\n", "a.p", 2, None),
        ("a: &x {p: 1}\nb: *x\n", "b.p", 2, None),
        ("a: [1]\n", "a.p", 2, None),
        ("a: 1\n", "a.p", 2, None),
        ("a: {p: {q: 1}}\n", "a.p", 2, None),
    ],
)
def test_a_value_is_written(before: str, path: str, value: str | int | float | bool, after: str | None) -> None:
    edit = ValueEdit(path=tuple(path.split(".")), value=value)
    if after is None:
        with pytest.raises(NotEditable) as caught:
            edited(before.encode(), "x.yaml", [edit])
        assert caught.value.edit == edit
    else:
        assert edited(before.encode(), "x.yaml", [edit]).decode() == after


@given(
    st.one_of(
        st.integers(-(2**62), 2**62),
        st.booleans(),
        st.floats(allow_nan=False, allow_infinity=False),
        st.text(st.characters(codec="utf-8"), max_size=30),
    )
)
def test_what_is_written_is_what_is_read(value: int | bool | float | str) -> None:
    edit = ValueEdit(path=("params", "p"), value=value)
    try:
        data = edited(b"params: {p: 1, q: 2} # c\n", "x.yaml", [edit])
    except NotEditable:
        assert isinstance(value, str)
        assert not value.isprintable()
        return
    document, findings = parse_yaml(data, "x.yaml")
    assert document is not None
    assert findings == ()
    assert to_plain(document.root) == {"params": {"p": value, "q": 2}}
