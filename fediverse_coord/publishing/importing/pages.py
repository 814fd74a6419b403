"""The texts of a page, by its mapping.

Two ways lead through a page: texts that end with a line "Read more", and texts whose titles are
set off. What stands before the first and behind the last is the site's own and left out.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import date
from urllib.parse import unquote, urlsplit

from fediverse_coord.publishing.importing.addresses import joined
from fediverse_coord.publishing.importing.blocks import Block, blocks_of
from fediverse_coord.publishing.importing.days import day_in, is_day
from fediverse_coord.publishing.importing.entries import Imported, identity_of, with_title
from fediverse_coord.publishing.importing.layouts import Layout
from fediverse_coord.publishing.importing.markup import escaped

ITEM = re.compile(r"^\s*(?:\d{1,3}[.)]|[-*•▪·])\s+(?P<title>\S.*)$")
LONG = 160  # characters: a paragraph, not a button
LETTERS = re.compile(r"\w")


def texts_in(page: str, layout: Layout, name: str, base: str | None = None) -> list[Imported]:
    """Every text of the page, in its order. `base` is the address it came from, if it did."""
    blocks = list(_shown(blocks_of(page), layout))
    head, titles = _parted(blocks, layout)
    way = _by_gaps if layout.title == "gap" else _by_ends
    found = [_text(one, layout, name, base) for one in way(head, layout)]
    return [*found, *(_title_only(one, name, base) for one in titles)]


def _shown(blocks: Sequence[Block], layout: Layout) -> Iterator[Block]:
    """From below the last line that the list begins after, to what ends it."""
    starts = [place for place, one in enumerate(blocks) if layout.begins(one.text)]
    for block in blocks[starts[-1] + 1 if starts else 0 :]:
        if layout.ends(block.text) and len(block.text) < LONG:
            return
        yield block


def _parted(blocks: list[Block], layout: Layout) -> tuple[list[Block], list[Block]]:
    """Blocks of texts, and one block for each of the mere titles below them."""
    for place, block in enumerate(blocks):
        first, _, rest = block.text.partition("\n")
        if layout.heads_titles(first):
            below = [Block(rest, block.line + 1)] if rest else []
            return blocks[:place], list(_items([*below, *blocks[place + 1 :]]))
    return blocks, []


def _items(blocks: Sequence[Block]) -> Iterator[Block]:
    for block in blocks:
        lines = [ITEM.match(line) for line in block.text.split("\n")]
        if block.is_item:
            title = ITEM.sub(r"\g<title>", block.text.replace("\n", " "))
            yield Block(title, block.line, href=block.href)
        elif all(lines):
            for place, found in enumerate(lines):
                yield Block(found["title"] if found else "", block.line + place, href=block.href)
        else:
            return


class _Piece:
    """One text's blocks: its title, what follows, and the line that leads to the whole."""

    def __init__(self, title: Block, body: Sequence[Block], day: date | None) -> None:
        self.title, self.body, self.day = title, list(body), day
        self.more: Block | None = None


def _by_ends(blocks: Sequence[Block], layout: Layout) -> Iterator[_Piece]:
    """Texts up to their "Read more"; a page without any is one text."""
    gathered: list[Block] = []
    ended = False
    for block in blocks:
        echo = layout.more_in(block.text)
        if echo is None:
            gathered.append(block)
            continue
        piece = _begun(gathered, layout, echo)
        gathered, ended = [], True
        if piece is not None:
            piece.more = block
            yield piece
    last = _begun(gathered, layout, "") if gathered else None
    if last is not None and (not ended or _is_whole(last)):
        yield last


def _is_whole(piece: _Piece) -> bool:
    """Whether it is a text at all: a paragraph of some length, below a title that is none."""
    return len(piece.title.text) < LONG and any(len(one.text) > LONG for one in piece.body)


def _begun(blocks: Sequence[Block], layout: Layout, echo: str) -> _Piece | None:
    """The title is what "Read more" repeats, else a heading, else the first line."""
    days = [day_in(one.text) for one in blocks if layout.skips(one.text) or is_day(one.text)]
    kept = [one for one in blocks if not layout.skips(one.text) and not is_day(one.text)]
    if not kept:
        return None
    start = _title_place(kept, echo)
    title, body = kept[start], kept[start + 1 :]
    return _Piece(title, body, next((one for one in days if one), None))


def _title_place(blocks: Sequence[Block], echo: str) -> int:
    wanted = _letters(echo)
    if wanted:
        for place, block in enumerate(blocks):
            if _letters(block.text).startswith(wanted):
                return place
    headings = [place for place, block in enumerate(blocks) if block.level]
    return headings[-1] if headings and wanted else (headings or [0])[0]


def _letters(text: str) -> str:
    return "".join(LETTERS.findall(text)).casefold()


def _by_gaps(blocks: Sequence[Block], layout: Layout) -> Iterator[_Piece]:
    """A title is what is set off from the lines below it, where these are no title themselves."""
    piece: _Piece | None = None
    cut = False
    for place, block in enumerate(blocks):
        if _is_set_off(blocks, place):
            if piece is not None and piece.body:
                yield piece
            day, title = _dated_title(block)
            piece, cut = _Piece(title, [], day), False
        elif piece is not None and not cut and not layout.skips(block.text):
            piece.body.append(block)
            cut = block.text.rstrip().endswith(layout.cut) if layout.cut else False
    if piece is not None and piece.body:
        yield piece


def _is_set_off(blocks: Sequence[Block], place: int) -> bool:
    """Followed by more room than a paragraph is, and by something that is not."""
    if place + 1 >= len(blocks) or blocks[place].gap < 2 or len(blocks[place].text) > 3 * LONG:
        return False
    return blocks[place + 1].gap < 2 or place + 2 >= len(blocks)


def _dated_title(block: Block) -> tuple[date | None, Block]:
    first, _, rest = block.text.partition("\n")
    if not rest or not is_day(first):
        return None, block
    return day_in(first), Block(rest.replace("\n", " "), block.line + 1, block.gap, href=block.href)


def _text(piece: _Piece, layout: Layout, name: str, base: str | None) -> Imported:
    words = piece.title.text.replace("\n", " ")
    paragraphs = [_paragraph(one, layout) for one in piece.body]
    told = [one for one in paragraphs if one]
    href = piece.title.href or (piece.more.href if piece.more else None)
    if not told:
        return _title_only(piece.title, name, base)
    title, content = with_title(words, told)
    is_cut = piece.more is not None or piece.body[-1].text.rstrip().endswith(layout.cut or ("\0",))
    url = joined(base, href)
    return Imported(
        identity=f"page:{identity_of(words, piece.body[0].text[:80])}",
        place=f"{name}, line {piece.title.line}",
        title=title,
        content=content,
        day=piece.day or day_in(words),
        url=url,
        old_path=old_path_of(href),
        more_url=url if is_cut and base else None,
        is_beginning=is_cut,
    )


def _paragraph(block: Block, layout: Layout) -> str:
    text = block.text
    for mark in layout.cut:
        text = text.rstrip().removesuffix(mark).rstrip() + ("…" if text.endswith(mark) else "")
    lead = "### " if block.level else ("- " if block.is_item else "")
    return lead + escaped(text).replace("\n", "\n\n" if lead else "\\\n")


def _title_only(block: Block, name: str, base: str | None) -> Imported:
    words = block.text.replace("\n", " ")
    title, content = with_title(words, [])
    url = joined(base, block.href)
    return Imported(
        identity=f"page:{identity_of(words)}",
        place=f"{name}, line {block.line}",
        title=title,
        content=content or escaped(words),
        day=day_in(words),
        url=url,
        old_path=old_path_of(block.href),
        more_url=url if base else None,
        is_title_only=True,
    )


def old_path_of(href: str | None) -> str | None:
    """Path and query of a link within the site, as a later reader asks for them."""
    try:
        parts = urlsplit((href or "").strip())
    except ValueError:
        return None
    if parts.scheme not in ("", "http", "https") or not parts.path.startswith("/"):
        return None
    path = unquote(f"{parts.path}?{parts.query}" if parts.query else parts.path)
    return path if 1 < len(path) <= 1000 and "\0" not in path else None


def whole_text(page: str, beginning: str) -> str | None:
    """The text of a page that opens as `beginning` does, in Markdown; None where none does.

    It goes on to the first line that is a button or another text's title.
    """
    opening = _letters(re.sub(r"\\(.)", r"\1", beginning))[:OPENING]
    blocks = blocks_of(page)
    start = next(
        (n for n, one in enumerate(blocks) if opening and _letters(one.text)[:OPENING] == opening),
        None,
    )
    if start is None:
        return None
    paragraphs: list[str] = []
    for block in blocks[start:]:
        is_button = block.href is not None and len(block.text) < 60
        if paragraphs and (is_button or (block.level and block.href)):
            break
        paragraphs.append(_paragraph(block, NO_MARKS))
    return "\n\n".join(paragraphs)


OPENING = 40  # letters
NO_MARKS = Layout("", "", "first")
