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
        ("***\nAir", "***\nAir"),
        ("\nAir\n\n---\n", "\nAir\n\n---\n"),
        ("Rosa: we stay.\nPetro: I too.", "Rosa: we stay.\nPetro: I too."),
        ("---\n---\ntitle: a word", "title: a word"),
        ("Air\n\nSignatories:\n\n- Ana Ruiz", "Air\n\nSignatories:\n\n- Ana Ruiz"),
        ("text\n---\ntitle: x\n---\n", "text\n---\ntitle: x\n---\n"),
        ("---\n---\nAir", "Air"),
        ("\ufeff---\r\n---\r\nAir", "Air"),
        ("\ufeffAir", "Air"),
        ("", ""),
    ],
)
def test_without_fields_the_text_is_the_text(text: str, body: str) -> None:
    assert parse(text) == ({}, body)


SIGNED = "title: To all\nsignatories:\n  - name: Ana Ruiz\n    display: hidden\n"


@pytest.mark.parametrize(
    "text",
    [
        f"---\n{SIGNED}----\nAir\n",
        f"----\n{SIGNED}---  \nAir\n",
        f"\n \t\n---\n{SIGNED}---\nAir\n",
        f"\ufeff\r\n---\r\n{SIGNED}...\r\nAir\r\n",
        f"---\n{SIGNED}---\nAir\n".replace("\n", "\r"),
    ],
)
def test_front_matter_is_known_by_lines_of_hyphens_above_all_text(text: str) -> None:
    fields, body = parse(text)
    assert fields["signatories"] == [{"name": "Ana Ruiz", "display": "hidden"}]
    assert body == "Air\n"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (f"---\n{SIGNED}\nAir\n", "begins in line 1 and is never closed: put a line of three"),
        ("\n---\nAir\n", "begins in line 2 and is never closed"),
        ("---", "write *** where a rule is meant"),
        ("---\nAir\n---\nFire", "write ***"),
        (f" ---\n{SIGNED}---\nAir", "line 1 looks like the beginning of front matter"),
        (f"\u200b---\n{SIGNED}---\nAir", "line 1 looks like the beginning"),
        (f"--\n{SIGNED}--\nAir", "line 1 looks like the beginning"),
        (f"\n\u2014\n{SIGNED}\u2014\nAir", "line 2 looks like the beginning"),
        ("+++\ntitle = 'To all'\n+++\nAir", "line 1 looks like the beginning"),
        (f"{SIGNED}---\nAir", "line 1 begins with the field 'title'"),
        (f"\n\n{SIGNED}\nAir", "line 3 begins with the field 'title'"),
        ("Title: To all\n\nAir", "put two such lines above it"),
        ("author: Ana\n\n# Air\nsummary: x\n\nAir", "line 4 begins with the field 'summary'"),
        ("author: Ana\u2028title: To all\n\nAir", "line 2 begins with the field 'title'"),
        ('"title": To all\n\nAir', "line 1 begins with the field 'title'"),
        (f"# Air\n\n---\n{SIGNED}---\nAir", "line 5 says who signs"),
        (f"---\ntitle: x\n---\n{SIGNED}\nAir", "line 5 says who signs"),
        ("Air\nsignatories: [{name: Ana}]", "line 2 says who signs"),
        ("Air\n- name: Ana\n  display: initials\n", "line 3 says who signs"),
    ],
)
def test_what_looks_like_front_matter_is_never_taken_for_text(text: str, reason: str) -> None:
    with pytest.raises(Refusal) as refused:
        parse(text)

    assert reason in refused.value.reason
    assert "Ana" not in refused.value.reason


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


def test_a_fault_tells_its_line_in_the_file() -> None:
    with pytest.raises(Refusal, match="line 5: each key must"):
        parse("\n\n---\ntitle: x\ntitle: y\n---\nAir")


@given(st.text(alphabet="ab:-[]{},&*!|>'\"#?%@ \n\t\x00é"))
def test_any_front_matter_is_read_or_refused(yaml: str) -> None:
    try:
        fields, _ = parse(f"---\n{yaml}\n---\n")
    except Refusal:
        return
    assert all(isinstance(one, str | list | dict) for one in fields.values())
