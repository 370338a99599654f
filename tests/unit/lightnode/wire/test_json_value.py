"""Values of JSON-RPC answers: bounded, unambiguous, and nothing but our errors."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lightnode.errors import LightNodeError, LimitError, WireError
from lightnode.wire import json_value as js


def test_parse() -> None:
    assert js.parse('{"a": [1, "b", null, true, 1.5]}') == {"a": [1, "b", None, True, 1.5]}
    assert js.parse('"\\ud83d\\ude00"') == "\U0001f600"
    assert js.parse(b'{"a": "\xc3\xa9"}') == {"a": "\u00e9"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "{} {}",
        '{"a": 1, "a": 1}',
        '[{"a": {"b": 1, "b": 2}}]',
        "[NaN]",
        "[Infinity]",
        "[-Infinity]",
        "[" + "1" * 81 + "]",
        "[1,]",
        "'a'",
        b"\xff",
        b'"\xed\xa0\x80"',
        '"\\ud800"',
        '{"\\uDC00": 1}',
        "[1]".encode("utf-16"),
    ],
)
def test_refuses(text: str | bytes) -> None:
    with pytest.raises(js.JsonError):
        js.parse(text)


def test_limits() -> None:
    with pytest.raises(LimitError):
        js.parse("[1]", max_bytes=2)
    with pytest.raises((LimitError, js.JsonError)):
        js.parse("[" * 200_000)
    with pytest.raises(LightNodeError):
        js.parse('{"a":' * 200_000)


@pytest.mark.parametrize("unit", ["0,", "[],", "{},", '"",'])
@pytest.mark.parametrize("kind", [str, str.encode])
def test_values_are_counted_before_they_take_memory(unit: str, kind: Callable[[str], str | bytes]) -> None:
    marks = sum(unit.count(mark) for mark in ",[{")
    fits = js.MAX_VALUES // marks - 1
    assert len(js.parse(kind("[" + (unit * fits)[:-1] + "]"))) == fits
    with pytest.raises(LimitError):
        js.parse(kind("[" + (unit * (fits + 2))[:-1] + "]"))


def test_memory_that_runs_out_is_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    def loads(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr(js.json, "loads", loads)
    with pytest.raises(LimitError):
        js.parse("[]")


@pytest.mark.parametrize(
    ("value", "number"), [("0x0", 0), ("0x1f", 31), ("0x01", 1), ("0XfF", 255), ("0x" + "f" * 64, 2**256 - 1)]
)
def test_quantity(value: str, number: int) -> None:
    assert js.quantity(value) == number


@pytest.mark.parametrize(
    "value",
    [None, 1, True, "", "0x", "1", "x1", "0x1_0", "0x 1", "0x-1", "0x+1", "0xg", "0x" + "1" * 65, "0x\u0661", []],
)
def test_no_quantity(value: object) -> None:
    with pytest.raises(js.JsonError):
        js.quantity(value)


def test_data() -> None:
    assert js.data("0x") == b""
    assert js.data("0xAb01") == b"\xab\1"
    assert js.hash_value("0x" + "00" * 32) == bytes(32)
    assert js.address_value("0x" + "00" * 20) == bytes(20)
    for wrong in (None, 1, "", "00", "0x0", "0x0 00", "0xzz", "0x00\n", "0x00  ", "0x 00 ", "0x\u0661\u0661", [], {}):
        with pytest.raises(js.JsonError):
            js.data(wrong)
    for width in (0, 19, 20, 31, 33):
        with pytest.raises(WireError):
            js.hash_value("0x" + "00" * width)
    with pytest.raises(WireError):
        js.address_value("0x" + "00" * 32)


def test_field() -> None:
    assert js.field({"a": 0}, "a") == 0
    for wrong in ({}, {"a": None}, [], None, "a"):
        with pytest.raises(js.JsonError):
            js.field(wrong, "a")


@settings(max_examples=300, derandomize=True, deadline=None)
@given(st.binary(max_size=40) | st.text(max_size=40) | st.text('[]{}":,0123456789eE.-truefalsn ', max_size=40))
def test_only_our_errors_escape(text: bytes | str) -> None:
    with contextlib.suppress(LightNodeError):
        value = js.parse(text)
        for read in (js.quantity, js.data, js.hash_value, js.address_value, lambda item: js.field(item, "a")):
            with contextlib.suppress(LightNodeError):
                read(value)
