"""Where texts of earlier sites come from: files, folders, archives, and addresses.

Everything is read within limits. Addresses go through the guarded client, one after the other,
and only those of the source's own host are followed. What a text is belongs to
`publishing/importing`.
"""

import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from importlib import resources
from pathlib import Path
from typing import BinaryIO, Protocol, TextIO

from fediverse_coord.desk.import_archives import MOST_OUTBOX, OUTBOX, unpacked
from fediverse_coord.errors import DereferenceError, Refusal
from fediverse_coord.protocol.text import encodable
from fediverse_coord.publishing.importing import encodings, feeds, layouts, pages, posts, texts
from fediverse_coord.publishing.importing.addresses import host_of, joined
from fediverse_coord.publishing.importing.encodings import DECLARED, decoded
from fediverse_coord.publishing.importing.entries import Faulty, Found, unreadable
from fediverse_coord.publishing.importing.layouts import Layout

MOST_TEXT = 8_000_000  # bytes of one page or Markdown file
MOST_PAGES = 2_000  # of a feed
MOST_REDIRECTS = 3
MOST_FILES = 200_000
PAGE_SUFFIXES = (".html", ".htm", ".xhtml", ".txt")
TEXT_SUFFIXES = (".md", ".markdown")
SHIPPED = "fediverse_coord.publishing.importing"


class Answered(Protocol):
    """What came from an address."""

    @property
    def status(self) -> int: ...
    @property
    def headers(self) -> Mapping[str, str]: ...
    @property
    def body(self) -> bytes: ...


class Get(Protocol):
    """One guarded GET."""

    def __call__(
        self, url: str, headers: Mapping[str, str], *, limit_bytes: int
    ) -> Awaitable[Answered]: ...


@dataclass(frozen=True, slots=True)
class Source:
    """What is to be imported, and with what it is read. `folder` is for what is unpacked."""

    form: str
    place: str
    get: Get = field(repr=False)
    folder: Path
    layout: Layout | None = None
    largest_picture: int = 20_000_000

    @property
    def is_remote(self) -> bool:
        return self.place.startswith(("http://", "https://"))


def layout_named(named: str) -> Layout:
    """A mapping that comes along, by name, or the user's own file. Raises Refusal."""
    shipped = {
        one.name.removesuffix(".toml"): one
        for one in resources.files(SHIPPED).joinpath("layouts").iterdir()
        if one.name.endswith(".toml")
    }
    if named in shipped:
        return layouts.layout_from(shipped[named].read_text(encoding="utf-8"), named)
    path = Path(named)
    if not path.is_file():
        raise Refusal(
            f"there is no mapping {named}; give a file, or {' or '.join(sorted(shipped))}"
        )
    return layouts.layout_from(decoded(_read(path, 1_000_000)), named)


async def found_in(source: Source, now: datetime) -> AsyncIterator[Found]:
    """Everything the source holds, in its order. Raises Refusal where it cannot be read at all.

    What is not public there `now` is told of as a fault.
    """
    if source.form == "feed" and source.is_remote:
        async for one in _remote_feed(source):
            yield one
        return
    if source.form == "page" and source.is_remote:
        page, url = await fetched(source, source.place)
        for one in _on_page(page, _layout(source), url, url):
            yield one
        return
    if source.is_remote:
        raise Refusal(f"import {source.form} reads files: save {source.place} first")
    for one in LOCAL[source.form](source, now):
        yield one


def _layout(source: Source) -> Layout:
    if source.layout is None:
        raise Refusal("import page needs --mapping, such as joomla-front-page or article-list")
    return source.layout


async def _remote_feed(source: Source) -> AsyncIterator[Found]:
    """Page after page, while there is anything new on them."""
    seen: set[str] = set()
    url: str | None = source.place
    for _ in range(MOST_PAGES):
        if url is None:
            return
        try:
            data, answered = await _got(source, url, feeds.MAX_BYTES)
            page = feeds.page_of(data, url, answered)
        except Refusal as refusal:
            if not seen:
                raise
            yield Faulty(url, refusal.reason)
            return
        fresh = [one for one in page.found if getattr(one, "identity", "") not in seen]
        seen.update(one.identity for one in page.found if not isinstance(one, Faulty))
        for one in fresh:
            yield one
        if not any(not isinstance(one, Faulty) for one in fresh):
            return
        url = page.next_url if page.next_url and _same_host(url, page.next_url) else None


def _same_host(one: str, other: str) -> bool:
    host = host_of(one)
    return host is not None and host == host_of(other)


async def fetched(source: Source, url: str) -> tuple[str, str]:
    """A page of the source's own host as text, and where it was in the end. Raises Refusal."""
    data, answered = await _got(source, url, MOST_TEXT)
    return encodable(decoded(data)), answered


async def _got(source: Source, url: str, limit: int) -> tuple[bytes, str]:
    for _ in range(MOST_REDIRECTS + 1):
        if host_of(url) is None:
            raise Refusal(f"{url}: is no address of the web")
        if not _same_host(source.place, url):
            raise Refusal(f"{url}: is another site than {source.place}, and is not asked")
        try:
            answer = await source.get(url, {"Accept": "*/*"}, limit_bytes=limit)
        except DereferenceError as error:
            raise Refusal(f"{url}: {error.reason}") from None
        if answer.status in (301, 302, 303, 307, 308) and answer.headers.get("location"):
            url = _led_to(url, answer.headers["location"])
        elif answer.status == 200:
            return _with_charset(answer), url
        else:
            raise Refusal(f"{url}: answers {answer.status}")
    raise Refusal(f"{url}: leads in circles")


def _led_to(url: str, location: str) -> str:
    led = joined(url, location)
    if led is None:
        raise Refusal(f"{url}: leads to an address that is none: {encodable(location)[:200]}")
    return led


def _with_charset(answer: Answered) -> bytes:
    """UTF-8, where the header says what it is in; the page's own word comes after that."""
    said = DECLARED.search(answer.headers.get("content-type", "").encode("latin-1", "replace"))
    return decoded(answer.body, said[1].decode("ascii")).encode() if said else answer.body


def _feed_file(source: Source, _: datetime) -> Iterator[Found]:
    path = _existing(source.place)
    with _opened(path, feeds.MAX_BYTES) as text:
        yield from feeds.Feed(text, source.place).found()


def _page_files(source: Source, _: datetime) -> Iterator[Found]:
    """One file, or every page of a folder."""
    layout = _layout(source)
    for path, name in _files(_existing(source.place), PAGE_SUFFIXES):
        if isinstance(name, Faulty):
            yield name
            continue
        try:
            yield from _on_page(decoded(_read(path, MOST_TEXT)), layout, name)
        except Refusal as refusal:
            yield Faulty(name, refusal.reason)
        except (ValueError, RecursionError) as error:
            yield Faulty(name, unreadable(error))


def _on_page(page: str, layout: Layout, name: str, base: str | None = None) -> Sequence[Found]:
    found = pages.texts_in(page, layout, name, base)
    return found or [Faulty(name, "has no text where the mapping looks for one")]


def _texts(source: Source, now: datetime) -> Iterator[Found]:
    root = _existing(source.place)
    for path, name in _files(root, TEXT_SUFFIXES):
        if isinstance(name, Faulty):
            yield name
            continue
        try:
            below = path.relative_to(root).as_posix() if root.is_dir() else path.name
            yield texts.text_from(decoded(_read(path, MOST_TEXT)), below, now)
        except Refusal as refusal:
            yield Faulty(name, refusal.reason)
        except (ValueError, RecursionError) as error:
            yield Faulty(name, unreadable(error))


def _files(root: Path, suffixes: tuple[str, ...]) -> Iterator[tuple[Path, str | Faulty]]:
    """Files below the folder, sorted; links are told of and not followed."""
    if root.is_file():
        yield root, str(root)
        return
    number = 0
    for folder, folders, names in os.walk(root, followlinks=False):
        folders.sort()
        folders[:] = [one for one in folders if not one.startswith(".")]
        for name in sorted(names):
            path = Path(folder, name)
            number += 1
            if number > MOST_FILES:
                raise Refusal(f"{root}: holds more than {MOST_FILES:,} files")
            if path.suffix.lower() in suffixes and not name.startswith("."):
                told = path.relative_to(root).as_posix()
                yield (
                    path,
                    Faulty(told, "is a link, and is not followed") if path.is_symlink() else told,
                )


def _posts(source: Source, _: datetime) -> Iterator[Found]:
    root = _existing(source.place)
    if root.is_file() and root.name != OUTBOX:
        yield from unpacked(root, source.folder, source.largest_picture)
        root = source.folder
    outbox = root if root.is_file() else next(iter(sorted(root.rglob(OUTBOX))), None)
    if outbox is None or outbox.is_symlink():
        raise Refusal(f"{source.place}: has no {OUTBOX} in it, as Mastodon's archives have")
    with _opened(outbox, MOST_OUTBOX) as text:
        for one in posts.posts_in(text, OUTBOX):
            yield one if root.is_file() else _beside(one, outbox.parent.relative_to(root))


def _beside(one: Found, folder: Path) -> Found:
    """With its pictures where the outbox lies, which may be a folder of the archive."""
    if isinstance(one, Faulty) or not one.pictures:
        return one
    named = (replace(each, name=(folder / each.name).as_posix()) for each in one.pictures)
    return replace(one, pictures=tuple(named))


def picture(source: Source, name: str) -> bytes | None:
    """A picture that came with the texts; nothing where it did not."""
    root = Path(source.place)
    if root.is_file():
        root = root.parent if root.name == OUTBOX else source.folder
    try:
        found = (root / name).resolve()
        if not found.is_relative_to(root.resolve()) or not found.is_file():
            return None
        return _read(found, source.largest_picture)
    except (Refusal, OSError, ValueError):  # too large, or a name that no file can have
        return None


def _existing(place: str) -> Path:
    path = Path(place)
    if not path.exists():
        raise Refusal(f"there is no file or folder {place}")
    return path


def _read(path: Path, limit: int) -> bytes:
    """Raises Refusal for what is too long, without reading it, and for what cannot be read."""
    with _reading(path, limit) as file:
        return file.read(limit + 1)[:limit]


@contextmanager
def _opened(path: Path, limit: int) -> Iterator[TextIO]:
    """The file's text, to be read piece by piece. Raises Refusal."""
    with _reading(path, limit) as file:
        yield encodings.opened(file)


@contextmanager
def _reading(path: Path, limit: int) -> Iterator[BinaryIO]:
    try:
        if not path.is_file():
            raise Refusal(f"{path}: is no file")
        if path.stat().st_size > limit:
            raise Refusal(f"{path}: has more than {limit:,} bytes; divide it")
        with path.open("rb") as file:
            yield file
    except OSError as error:
        raise Refusal(f"{path}: cannot be read: {error.strerror}") from None


LOCAL: dict[str, Callable[[Source, datetime], Iterator[Found]]] = {
    "feed": _feed_file,
    "page": _page_files,
    "markdown": _texts,
    "mastodon": _posts,
}
FORMS = tuple(LOCAL)
