"""No form of a hidden value is left in a text."""

from __future__ import annotations

import base64
import copy
import html
import json
import pickle
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meshwright.secrets.hiding import Hidden

VALUE = "päss/w:rd+ '&\"\\<x>"


def forms(value: str) -> dict[str, str]:
    """Ways in which programs print a value."""
    data = value.encode()
    return {
        "plain": value,
        "stripped": value.strip(),
        "url": quote(value, safe=""),
        "path": quote(value),
        "form": quote_plus(value),
        "base64": base64.b64encode(data).decode(),
        "base64 without padding": base64.urlsafe_b64encode(data).decode().rstrip("="),
        "json": json.dumps({"x": value}),
        "json in json": json.dumps(json.dumps({"x": value})),
        "utf-8 json": json.dumps({"x": value}, ensure_ascii=False),
        "python": repr(value),
        "python bytes": repr(data),
        "html": html.escape(value),
        "sql": value.replace("'", "''"),
        "hex": data.hex(),
        "one line": " ".join(f"said {value} twice".split()),
    }


@pytest.mark.parametrize("value", [VALUE, "  spaces around it  \n", "line one of it\nline two of it", "canary" * 40])
@pytest.mark.parametrize("form", list(forms("x")))
def test_a_form_is_hidden(value: str, form: str) -> None:
    hidden = Hidden()
    hidden.add(value, "${env:X}")
    text = forms(value)[form]
    shown = hidden.hidden(f"before {text} after")
    assert "${env:X}" in shown
    assert text.strip() not in shown


@pytest.mark.parametrize("user", ["a", "ab", "abc", "ana"])
@pytest.mark.parametrize("after", ["", "x", "xy"])
def test_a_value_inside_a_longer_text_in_base64_is_hidden(user: str, after: str) -> None:
    hidden = Hidden()
    hidden.add("canary-password")
    header = base64.b64encode(f"{user}:canary-password{after}".encode()).decode()
    shown = hidden.hidden(f"Authorization: Basic {header}")
    assert "***" in shown
    left = shown.removeprefix("Authorization: Basic ").split("***")
    assert all(len(piece) <= 8 for piece in left)


def test_the_lines_of_a_value_are_hidden_one_by_one() -> None:
    hidden = Hidden()
    hidden.add("-----BEGIN KEY-----\ncanary-line-one\ncanary-line-two\n-----END KEY-----\n")
    assert "canary" not in hidden.hidden("log: canary-line-two")


def test_values_inside_a_json_text_and_a_nested_value_are_hidden() -> None:
    hidden = Hidden()
    hidden.add('{"user": "ana", "password": "canary-1", "more": [{"x": "canary-2"}]}')
    hidden.add({"a": ["canary-3", 77_345, None, True]})
    shown = hidden.hidden("canary-1 canary-2 canary-3 77345 None True")
    assert "canary" not in shown
    assert "77345" not in shown
    assert shown.endswith("None True")


def test_the_parts_of_an_address_are_hidden() -> None:
    hidden = Hidden()
    hidden.add("postgresql://ana:c%40nary@db/shop?sslmode=require&token=canary-token-long", "${env:URL}")
    assert hidden.hidden("c@nary c%40nary canary-token-long require") == "*** *** *** require"


def test_an_address_that_is_a_secret_is_hidden_without_its_host_too() -> None:
    hidden = Hidden()
    hidden.add("https://hooks.example.org/services/T0/canary-hook-token", "${env:HOOK}")
    said = "Max retries exceeded with url: /services/T0/canary-hook-token (at /canary-hook-token)"
    assert hidden.hidden(said) == "Max retries exceeded with url: /${env:HOOK} (at /${env:HOOK})"


def test_short_values_and_words_tear_no_holes() -> None:
    hidden = Hidden()
    for value in ("", "ab", "true", "null", "  "):
        hidden.add(value)
    assert hidden.hidden("true about null, ab") == "true about null, ab"


def test_what_is_shown_instead_is_not_looked_into() -> None:
    hidden = Hidden()
    hidden.add("password", "${vault:kv/a#b}")
    hidden.add("canary", "${vault:kv/password#password}")
    assert hidden.hidden("canary password") == "${vault:kv/password#password} ${vault:kv/a#b}"


def test_a_longer_value_goes_first() -> None:
    hidden = Hidden()
    hidden.add("canary", "A")
    hidden.add("canary-long", "B")
    assert hidden.hidden("canary-long canary") == "B A"


def test_nothing_of_it_is_shown_copied_or_sent() -> None:
    hidden = Hidden()
    hidden.add("canary")
    assert "canary" not in repr(hidden)
    with pytest.raises(TypeError):
        pickle.dumps(hidden)
    with pytest.raises(TypeError):
        copy.deepcopy(hidden)


@given(
    st.text(min_size=4, max_size=30).filter(lambda text: len(text.strip()) >= 6),
    st.text(max_size=10),
    st.text(max_size=10),
)
def test_no_form_of_any_text_is_left(value: str, before: str, after: str) -> None:
    hidden = Hidden()
    hidden.add(value, "\x00")
    try:
        value.encode()
    except UnicodeEncodeError:
        return
    for text in forms(value).values():
        shown = hidden.hidden(f"{before}{text}{after}")
        assert "\x00" in shown
