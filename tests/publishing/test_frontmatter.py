"""YAML before the text: read as text, refused by name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fediverse_coord.errors import Refusal
from fediverse_coord.publishing.frontmatter import parse

WORK = """---
title: 1917
language: no
countries: [NO, es]
dated: 2026-10-12
original: true
signatories:
  - name: Ana Ruiz
    display: initials
    from: 2026-12-01
---

# Air

---
The end.
"""


def test_values_are_texts_lists_and_mappings_and_nothing_is_guessed() -> None:
    fields, body = parse(WORK)

    assert fields == {
        "title": "1917",
        "language": "no",
        "countries": ["NO", "es"],
        "dated": "2026-10-12",
        "original": "true",
        "signatories": [{"name": "Ana Ruiz", "display": "initials", "from": "2026-12-01"}],
    }
    assert body == "# Air\n\n---\nThe end.\n"


@pytest.mark.parametrize(
    ("text", "body"),
    [
        ("# Air\n", "# Air\n"),
        ("---\nno end", "---\nno end"),
        ("text\n---\ntitle: x\n---\n", "text\n---\ntitle: x\n---\n"),
        ("---\n---\nAir", "Air"),
        ("\ufeff---\r\n---\r\nAir", "Air"),
        ("\ufeffAir", "Air"),
        ("", ""),
    ],
)
def test_without_fields_the_text_is_the_text(text: str, body: str) -> None:
    assert parse(text) == ({}, body)


@pytest.mark.parametrize(
    ("yaml", "reason"),
    [
        ("title: &a x\nsummary: *a", "line 2: anchors"),
        ("a: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b]", "line 2: anchors"),
        ("title: x\n<<: {a: b}\nsummary: !!python/object/apply:os.system [ls]", "line 4: tags"),
        ("title: x\ntitle: y", "line 3: each key must"),
        ("sources:\n  - {name: a, name: b}", "line 3: each key must"),
        ("? [a, b]\n: c", "line 2: each key must"),
        ("title: a: b", "line 2: mapping values"),
        ("title: 'open", "line 3: "),
        ("title: \x07", "not readable"),
        ("- a\n- b", "'key: value' lines"),
        ("just text", "'key: value' lines"),
        ("a: " + "[" * 9 + "]" * 9, "nested too deeply"),
        ("[" * 30_000, "nested too deeply"),
        ("title: " + "x" * 64_000, "longer than 64,000"),
    ],
)
def test_what_is_more_than_texts_and_lists_is_refused_with_its_line(yaml: str, reason: str) -> None:
    with pytest.raises(Refusal) as refused:
        parse(f"---\n{yaml}\n---\nAir")

    assert reason in refused.value.reason
    assert "\n" not in refused.value.reason


@given(st.text(alphabet="ab:-[]{},&*!|>'\"#?%@ \n\t\x00é"))
def test_any_front_matter_is_read_or_refused(yaml: str) -> None:
    try:
        fields, _ = parse(f"---\n{yaml}\n---\n")
    except Refusal:
        return
    assert all(isinstance(one, str | list | dict) for one in fields.values())
