"""What a person typed into a form: names and values in their order, and nothing decided.

WHATWG URL, application/x-www-form-urlencoded. What was typed is kept whole, so that it can be shown
again after any refusal.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qsl

from fediverse_coord.errors import Refusal
from fediverse_coord.protocol.text import encodable

MOST_FIELDS = 9_000  # a thousand signatories, eight fields each, and the rest
FORM_TYPE = "application/x-www-form-urlencoded"
LONG = 60
NO_FORM = "this is no form of these pages: open the page again and send it from there"
TOO_MANY = "this form has too many fields"


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came with a form; `fault` says why it was let go."""

    content: bytes = field(repr=False)
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Typed:
    """Pairs of name and value, as they came, and the file that came with them."""

    pairs: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    upload: Upload | None = field(default=None, repr=False)

    def get(self, name: str, default: str = "") -> str:
        """The first value of that name."""
        return next((value for known, value in self.pairs if known == name), default)

    def all(self, name: str) -> tuple[str, ...]:
        return tuple(value for known, value in self.pairs if known == name)

    def has(self, name: str) -> bool:
        return any(known == name for known, _ in self.pairs)

    def line(self, name: str) -> str | None:
        """The value without space around it; nothing where it is empty."""
        return self.get(name).strip() or None

    def lines(self, name: str) -> list[str]:
        """One entry a line."""
        return [one.strip() for one in self.get(name).splitlines() if one.strip()]

    def without(self, *names: str) -> "Typed":
        return replace(self, pairs=tuple(pair for pair in self.pairs if pair[0] not in names))

    def and_also(self, pairs: Iterable[tuple[str, str]]) -> "Typed":
        return replace(self, pairs=(*self.pairs, *pairs))

    def rows(self, name: str) -> Iterator["Typed"]:
        """The rows `name.0.…`, `name.1.…`, each with the rest of its names."""
        found: dict[int, list[tuple[str, str]]] = {}
        for known, value in self.pairs:
            head, _, rest = known.partition(".")
            number, _, inner = rest.partition(".")
            if head == name and inner and number.isascii() and number.isdigit() and len(number) < 5:
                found.setdefault(int(number), []).append((inner, value))
        return (Typed(tuple(pairs)) for _, pairs in sorted(found.items()))

    def has_text(self) -> bool:
        """Whether somebody wrote something here that they would not like to write again."""
        return any(len(value) > LONG or "\n" in value for _, value in self.pairs)


def read(body: bytes, content_type: str) -> Typed:
    """Raises Refusal for what is no form of ours."""
    if content_type.partition(";")[0].strip().lower() != FORM_TYPE:
        raise Refusal(NO_FORM)
    try:
        pairs = parse_qsl(
            body.decode("utf-8", "replace"),
            keep_blank_values=True,
            max_num_fields=MOST_FIELDS,
            errors="replace",
        )
    except ValueError:
        raise Refusal(TOO_MANY) from None
    return Typed(tuple((encodable(name), encodable(value)) for name, value in pairs))
