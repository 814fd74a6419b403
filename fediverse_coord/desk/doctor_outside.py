"""How a server looks from outside: asked by its public name, through the same door as any other.

Name, certificate, proxy, WebFinger, actor document, inbox, clock. Nothing is signed and nothing
is changed: the inbox is knocked at with an unsigned letter, which it has to refuse.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote

from fediverse_coord.config import Config
from fediverse_coord.desk.desk import Desk
from fediverse_coord.desk.doctor import Check, fail, ok, warn
from fediverse_coord.errors import DereferenceError, Forbidden, MalformedDocument
from fediverse_coord.network.client import Answer, Client
from fediverse_coord.network.dereference import ACCEPT, fetch_json, is_activity_json
from fediverse_coord.protocol.documents import as_list
from fediverse_coord.protocol.times import parse_http_date
from fediverse_coord.protocol.uris import parse
from fediverse_coord.protocol.vocabulary import ACTIVITY_JSON
from fediverse_coord.protocol.wire import dumps, loads
from fediverse_coord.storage import actors, inboxes
from fediverse_coord.storage.actors import LocalActor

SOME_SKEW, MUCH_SKEW = timedelta(seconds=60), timedelta(minutes=5)
SOON = timedelta(days=14)
PEERS_ASKED = 3
NOBODY = "https://doctor.invalid"  # leads nowhere (RFC 2606)
UNSIGNED = dumps({"type": "Create", "actor": f"{NOBODY}/actor", "object": f"{NOBODY}/note"})


@dataclass(frozen=True, slots=True)
class Outside:
    """What these checks work with."""

    config: Config
    desk: Desk
    client: Client


async def of_outside(config: Config, desk: Desk, client: Client) -> list[Check]:
    """What others meet. One check alone where nobody outside can reach us anyway."""
    view = Outside(config, desk, client)
    if config.is_local and not config.federation.lab:
        return [
            warn(
                "outside",
                f"{config.server.origin} is this machine's own name",
                "nobody else can follow",
                "for a public server set server.origin before its first start",
            )
        ]
    reached = await _asked("origin", view, _origin)
    if reached.state == "fail":
        return [reached, await _asked("clock", view, _clock)]
    steps = {"proxy": _proxy, "certificate": _certificate, "inbox": _inbox, "clock": _clock}
    checks = [reached, *[await _asked(name, view, step) for name, step in steps.items()]]
    everyone = [one for one in await actors.all_actors(desk.db) if one.role == "coordination"]
    for one in everyone:
        if not one.retired:
            checks += [await _webfinger(view, one), await _actor(view, one)]
    return checks


async def _asked(name: str, view: Outside, step: Callable[[Outside], Awaitable[Check]]) -> Check:
    try:
        return await step(view)
    except Forbidden as fault:
        return _leads_inside(name, view, str(fault))
    except (DereferenceError, MalformedDocument) as fault:
        return _unreachable(name, view, str(fault))


def _leads_inside(name: str, view: Outside, reason: str) -> Check:
    """Often only here: installers write a machine's own name into /etc/hosts."""
    return fail(
        name,
        f"asked from this machine, {reason}",
        "if others are led there too they cannot reach it; from here nothing more can be seen",
        f"`getent ahosts {view.config.uris.host}` must say the public address: "
        "look into /etc/hosts of this machine, then at the DNS",
    )


def _unreachable(name: str, view: Outside, reason: str) -> Check:
    return fail(
        name,
        reason,
        "other servers cannot reach it, and their follows and answers are lost",
        f"check DNS, firewall, proxy and certificate of {view.config.server.origin}",
    )


async def _alive(view: Outside) -> Answer:
    return await view.client.get(f"{view.config.server.origin}/livez", {"Accept": "text/plain"})


async def _origin(view: Outside) -> Check:
    answer = await _alive(view)
    if answer.status != 200 or "coord-seen" not in answer.headers:
        return fail(
            "origin",
            f"{answer.url} answered {answer.status}, and not as this server does",
            "what others ask for never arrives here",
            "is the server running, and does the proxy hand everything on to its port?",
        )
    return ok("origin", f"{view.config.server.origin} is reached by its public name")


async def _proxy(view: Outside) -> Check:
    """What the server saw of that request, as /livez tells."""
    seen = (await _alive(view)).headers.get("coord-seen", "")
    facts = dict(part.strip().split("=", 1) for part in seen.split(";") if "=" in part)
    address = parse(view.config.server.origin)
    faults = []
    if facts.get("host", "").lower() != address.authority:
        faults.append("Host")
    if facts.get("scheme") != address.scheme:
        faults.append("X-Forwarded-Proto")
    if facts.get("client") == "proxy" and address.scheme == "https":
        faults.append("X-Forwarded-For")
    if faults:
        return warn(
            "proxy",
            f"{', '.join(faults)} does not come through the proxy as it should",
            "all strangers look like one, and share one ration of requests",
            "see deploy/nginx.conf and deploy/Caddyfile, and server.trusted_proxies",
        )
    return ok("proxy", "it passes Host and X-Forwarded-*")


async def _certificate(view: Outside) -> Check:
    end = await view.client.certificate_end(view.config.server.origin)
    if end is None:
        return ok("certificate", "none: plain http in a lab")
    left, found = end - view.desk.clock(), f"it is valid until {end:%Y-%m-%d}"
    if left < SOON:
        return warn(
            "certificate",
            found,
            "afterwards no server delivers here",
            "see why it is not renewed: the proxy's log, or `certbot renew --dry-run`",
        )
    return ok("certificate", found)


async def _inbox(view: Outside) -> Check:
    url = view.config.uris.shared_inbox
    answer = await view.client.post(url, {"Content-Type": ACTIVITY_JSON}, UNSIGNED)
    if answer.status == 401:
        return ok("inbox door", f"{url} refuses what is not signed, as it has to")
    return fail(
        "inbox door",
        f"an unsigned letter to {url} was answered {answer.status}, not 401",
        "follows and answers of other servers may not arrive",
        "does the proxy let POST through, with its body and path unchanged?",
    )


async def _webfinger(view: Outside, actor: LocalActor) -> Check:
    """The loop that others close: the handle's domain, and the actor's own, say the same."""
    name, uris = f"WebFinger {actor.name}", view.config.uris
    subject = f"acct:{actor.name}@{uris.handle_host}"
    for domain in dict.fromkeys((uris.host, uris.handle_host)):
        try:
            found = await _named(view, actor, domain)
        except DereferenceError as fault:
            return _no_domain(name, view, domain, str(fault))
        if found != (subject, [actor.actor_id]):
            return _no_domain(name, view, domain, f"it names {found[0]} and {found[1]}")
    return ok(name, f"{uris.handle(actor.name)} is found")


async def _named(view: Outside, actor: LocalActor, domain: str) -> tuple[object, list[object]]:
    """What WebFinger of that domain says of the coordination: its subject, and its ids."""
    resource = quote(f"acct:{actor.name}@{domain}", safe="")
    scheme = parse(view.config.server.origin).scheme
    url = f"{scheme}://{domain}/.well-known/webfinger?resource={resource}"
    found = await fetch_json(url, view.client)
    links = [one for one in as_list(found.get("links")) if isinstance(one, dict)]
    return found.get("subject"), [one.get("href") for one in links if one.get("rel") == "self"]


def _no_domain(name: str, view: Outside, domain: str, reason: str) -> Check:
    other = domain != view.config.uris.host
    return fail(
        name,
        f"WebFinger of {domain} does not lead to the coordination: {reason}",
        "searching for the handle finds nothing, or somebody else",
        f"let the web server of {domain} hand on /.well-known/webfinger (docs/deploy.md)"
        if other
        else "does the proxy pass /.well-known/webfinger with its query?",
    )


async def _actor(view: Outside, actor: LocalActor) -> Check:
    name = f"actor {actor.name}"
    try:
        answer = await view.client.get(actor.actor_id, {"Accept": ACCEPT})
        said = loads(answer.body).get("id") if answer.status == 200 else None
    except (DereferenceError, MalformedDocument) as fault:
        return _unreachable(name, view, str(fault))
    content_type = answer.headers.get("content-type", "none")
    if said != actor.actor_id or not is_activity_json(content_type):
        return fail(
            name,
            f"{actor.actor_id} answers {answer.status}, {content_type}, id {said}",
            "other servers do not accept the coordination",
            "does the proxy, or a cache before it, change answers or Accept headers?",
        )
    return ok(name, "answers as ActivityPub under its own id")


async def _clock(view: Outside) -> Check:
    """Against servers that we know; our own answer's Date is this machine's clock again."""
    own = view.config.server.origin
    skews = [
        skew
        for origin in await inboxes.some_origins(view.desk.db, own, PEERS_ASKED)
        if (skew := await _skew(view, origin)) is not None
    ]
    if not skews:
        return ok("clock", "no server is known yet whose clock could be compared")
    skew = sorted(skews, key=abs)[len(skews) // 2]
    found = f"{abs(skew.total_seconds()):.0f} s {'fast' if skew > timedelta() else 'slow'}"
    if abs(skew) <= SOME_SKEW:
        return ok("clock", f"as {len(skews)} other servers' (within {SOME_SKEW.seconds} s)")
    told = warn if abs(skew) <= MUCH_SKEW else fail
    return told(
        "clock",
        f"this clock is {found} of other servers'",
        "they refuse signatures whose date is wrong",
        "timedatectl set-ntp true",
    )


async def _skew(view: Outside, origin: str) -> timedelta | None:
    """How far our clock is before that server's; nothing where it does not say."""
    before: datetime = view.desk.clock()
    try:
        answer = await view.client.get(f"{origin}/.well-known/nodeinfo", {"Accept": "*/*"})
    except DereferenceError:
        return None
    between = before + (view.desk.clock() - before) / 2
    theirs = parse_http_date(answer.headers.get("date", ""))
    return between - theirs if theirs else None
