"""`verify`: what a file or a document proves, on any machine.

A file is examined without a network and, where there is no server, without settings and a
database; only `--online`, or an address instead of a file, asks other servers.
"""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fediverse_coord.cli import session, telling
from fediverse_coord.errors import ConfigError, MalformedDocument, Refusal

if TYPE_CHECKING:
    from fediverse_coord.app import Services
    from fediverse_coord.config import Config
    from fediverse_coord.desk.proofs import KeyOf, Verdict

LARGEST_JSON = 1_000_000
UNCHANGED = (
    "unchanged since it was signed; who signed it is not known here: name the coordination's actor "
    "document with --actor FILE"
)


@click.command()
@click.argument("source", metavar="FILE|URL")
@click.option(
    "--actor",
    "actor_file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="The signer's actor document, as its id answers it: whose key it is, without a network.",
)
@click.option("--online", is_flag=True, help="Ask the signer's server for its key.")
@click.option("--json", "as_json", is_flag=True)
def verify(source: str, actor_file: Path | None, online: bool, as_json: bool) -> None:
    """Say whether a PDF's or a document's proof holds, and what it shows; exit 1 where it does not.

    FILE is a PDF or a JSON document that fediverse-coord made. Who signed it is known from --actor,
    from --online, or from what this server remembers.
    """
    is_address = source.startswith(("https://", "http://"))
    if actor_file is not None and (online or is_address):
        raise click.UsageError("--actor is for a file without a network: leave --online away")
    if is_address:
        verdict = _of_address(source)
    else:
        verdict = _of_file(_content(Path(source)), actor_file, online=online)
    _tell(verdict, as_json=as_json)
    if not verdict.proved:
        click.get_current_context().exit(1)


def _tell(verdict: "Verdict", *, as_json: bool) -> None:
    from dataclasses import asdict

    if as_json:
        telling.result_json(asdict(verdict))
        return
    telling.result(_judgement(verdict))
    for reason in verdict.reasons:
        telling.result(f"  {reason}")
    for one in verdict.not_shown:
        telling.result(f"  not shown by it: {one}")


def _judgement(verdict: "Verdict") -> str:
    if verdict.signer_unknown:
        return UNCHANGED
    return "proved" if verdict.proved else "not proved"


def _content(file: Path) -> bytes:
    from fediverse_coord.press.paper_proof import LARGEST, is_pdf

    try:
        with file.open("rb") as opened:
            content = opened.read(LARGEST + 1)
    except OSError as error:
        raise Refusal(f"{file} cannot be read: {error.strerror}") from None
    if len(content) > (LARGEST if is_pdf(content) else LARGEST_JSON):
        raise Refusal(f"{file} is larger than anything that could be proved here")
    return content


def _of_file(content: bytes, actor_file: Path | None, *, online: bool) -> "Verdict":
    from fediverse_coord.desk import proof_keys

    if actor_file is not None:
        find = proof_keys.from_document(_content(actor_file))
        return asyncio.run(_judged(content, find))
    config = _server()
    if config is None:
        return asyncio.run(_apart(content, online=online))

    async def judge(services: "Services") -> "Verdict":
        from fediverse_coord.desk.proofs import key_of

        desk = services.desk
        asked: KeyOf = lambda key_id: key_of(desk, key_id)  # noqa: E731
        return await _judged(content, asked if online else proof_keys.from_memory(desk))

    return session.acting(judge, with_files=False, config=config)


async def _judged(content: bytes, find: "KeyOf") -> "Verdict":
    from fediverse_coord.app import utc_now
    from fediverse_coord.desk.paper_proofs import of_paper
    from fediverse_coord.desk.proofs import examined
    from fediverse_coord.press.paper_proof import is_pdf
    from fediverse_coord.protocol.wire import loads

    if is_pdf(content):
        return await of_paper(content, find, utc_now())
    try:
        document = loads(content)
    except MalformedDocument as error:
        raise Refusal(f"it proves nothing: no PDF, or damaged where one begins; {error}") from None
    return await examined(document, find, utc_now())


async def _apart(content: bytes, *, online: bool) -> "Verdict":
    """On a machine that is no server."""
    from fediverse_coord.app import asking
    from fediverse_coord.desk import proof_keys

    if not online:
        return await _judged(content, proof_keys.from_nobody())
    async with asking() as client:
        return await _judged(content, proof_keys.from_origin(client))


def _server() -> "Config | None":
    """The settings of a server that is there; a look must not make one. Raises ConfigError."""
    from fediverse_coord.storage.database import is_postgres
    from fediverse_coord.storage.snapshot import file_of

    try:
        config = session.settings()
    except ConfigError:
        if session.chosen_file() is not None:
            raise
        return None
    url = config.database_url
    return config if is_postgres(url) or file_of(url).exists() else None


def _of_address(url: str) -> "Verdict":
    config = _server()
    if config is not None:
        return session.acting(lambda services: _fetched(services, url), config=config)
    return asyncio.run(_fetched_apart(url))


async def _fetched(services: "Services", url: str) -> "Verdict":
    from fediverse_coord.desk import papers, proof_keys, proofs
    from fediverse_coord.press.paper_proof import LARGEST

    desk, config = services.desk, services.config
    if not _names_paper(url):
        return await proofs.of_url(desk, url)
    if desk.uris.is_ours(url):
        paper = await papers.at_address(desk, config.path(config.media.directory), url)
        return await _judged(paper.content, proof_keys.from_memory(desk))
    content = await proof_keys.fetched_file(services.client, url, LARGEST)
    return await _judged(content, lambda key_id: proofs.key_of(desk, key_id))


async def _fetched_apart(url: str) -> "Verdict":
    from fediverse_coord.app import asking, utc_now
    from fediverse_coord.desk import proof_keys, proofs
    from fediverse_coord.press.paper_proof import LARGEST

    async with asking() as client:
        find = proof_keys.from_origin(client)
        if _names_paper(url):
            return await _judged(await proof_keys.fetched_file(client, url, LARGEST), find)
        document = await proof_keys.fetched(client, url)
        return await proofs.examined(document, find, utc_now())


def _names_paper(url: str) -> bool:
    return url.partition("#")[0].partition("?")[0].endswith(".pdf")
