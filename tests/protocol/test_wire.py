"""Strict JSON: what is refused, and that only our own error ever comes out."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fediverse_coord.errors import MalformedDocument
from fediverse_coord.protocol.wire import MAX_DEPTH, MAX_NODES, dumps, loads


def nested(depth: int) -> bytes:
    return b'{"a":' + b"[" * (depth - 1) + b"]" * (depth - 1) + b"}"


REFUSED = {
    "nothing": b"",
    "a list": b"[]",
    "a text": b'"strike"',
    "no UTF-8": b'{"a":"\xff"}',
    "UTF-16": '{"a":1}'.encode("utf-16"),
    "a byte order mark": b"\xef\xbb\xbf{}",
    "something after it": b"{}{}",
    "a trailing comma": b'{"a":1,}',
    "a raw line break in a text": b'{"a":"\n"}',
    "NaN": b'{"a":NaN}',
    "Infinity": b'{"a":-Infinity}',
    "a fraction out of range": b'{"a":1e999}',
    "an integer of 65 bits": b'{"a":18446744073709551616}',
    "an integer of a million digits": b'{"a":' + b"9" * 1_000_000 + b"}",
    "a NUL": rb'{"a":"\u0000"}',
    "a NUL in a key": rb'{"a":[{"\u0000":1}]}',
    "half a character": rb'{"a":"\ud800"}',
    "the other half": rb'{"a":["\uDC00"]}',
    "two halves in the wrong order": rb'{"a":"\udc00\ud800"}',
    "a key twice": b'{"actor":"a","actor":"b"}',
    "a key twice, once escaped": rb'{"actor":"a","\u0061ctor":"b"}',
    "a key twice, deep inside": b'{"a":[{"b":{"c":1,"c":1}}]}',
    "@graph": b'{"@graph":[]}',
    "@included": b'{"object":{"@included":[]}}',
    "@reverse": b'{"a":[{"b":{"@reverse":{}}}]}',
    "@graph, escaped": rb'{"\u0040graph":[]}',
    "one level too many": nested(MAX_DEPTH + 1),
    "a hundred thousand levels": b"[" * 100_000,
    "a hundred thousand levels of objects": b'{"a":' * 100_000,
    "too many values": b'{"a":[' + b",".join([b"0"] * MAX_NODES) + b"]}",
    "a million keys": b"{" + b",".join(b'"%d":0' % n for n in range(1_000_000)) + b"}",
}


@pytest.mark.parametrize("data", REFUSED.values(), ids=REFUSED)
def test_what_readers_could_differ_on_is_malformed(data: bytes) -> None:
    with pytest.raises(MalformedDocument):
        loads(data)


READ = {
    rb'{"a":"\u00e9\ud83d\ude00"}': {"a": "é😀"},
    rb'{"a":"\\u0000 \\ud800"}': {"a": "\\u0000 \\ud800"},
    b'{"a":18446744073709551615,"b":-9223372036854775808}': {"a": 2**64 - 1, "b": -(2**63)},
    b'{"a":-71.184902,"b":1e3,"c":null,"d":true}': {
        "a": -71.184902,
        "b": 1e3,
        "c": None,
        "d": True,
    },
    b'{"a":{"x":1},"b":{"x":1}}': {"a": {"x": 1}, "b": {"x": 1}},
    b'{"name":"@graph"}': {"name": "@graph"},
}


@pytest.mark.parametrize("data", READ)
def test_plain_json_is_read_as_it_stands(data: bytes) -> None:
    assert loads(data) == READ[data]


def test_the_last_level_and_the_last_value_are_still_read() -> None:
    assert loads(nested(MAX_DEPTH))
    assert loads(b'{"a":[' + b",".join([b"0"] * (MAX_NODES - 2)) + b"]}")


def test_what_we_write_is_compact_and_keeps_its_order() -> None:
    assert dumps({"type": "Note", "id": "x", "content": "Grève"}) == (
        '{"type":"Note","id":"x","content":"Grève"}'.encode()
    )


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["a", "é", '"', "@id"]), inner),
    max_leaves=20,
)


@given(st.dictionaries(st.sampled_from(["type", "object", "to"]), values))
def test_what_was_written_is_read_back(document: dict[str, object]) -> None:
    assert loads(dumps(document)) == document
    assert loads(json.dumps(document).encode()) == document


@given(st.binary() | st.text('{}[]",:\\u0d8-1e.Nna@').map(str.encode))
def test_any_bytes_are_an_object_or_malformed(data: bytes) -> None:
    for one in (data, b'{"a":' + data + b"}", b'{"a":"' + data + b'"}'):
        try:
            assert isinstance(loads(one), dict)
        except MalformedDocument:
            continue
