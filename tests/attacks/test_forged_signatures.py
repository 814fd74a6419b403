"""Requests that were not signed as they stand.  security B1–B7, signatures.md 8.

Whatever was changed after signing, left out of it, or signed for something else: the answer
says no, and nothing has changed.
"""

import base64
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, TypeAlias

import pytest
from besieged import Besieged
from cryptography.hazmat.primitives.asymmetric import rsa
from peers import Peer, Person

from fediverse_coord.protocol.keys import SigningKey, generate_rsa, public_pem
from fediverse_coord.protocol.signatures import InboundRequest, Spec
from fediverse_coord.protocol.signatures.digest import content_digest_header, digest_header

Tamper: TypeAlias = Callable[[InboundRequest], InboundRequest]


def with_headers(request: InboundRequest, **changed: str | None) -> InboundRequest:
    named = {name.replace("_", "-"): value for name, value in changed.items()}
    headers = {**request.headers, **named}
    return replace(request, headers={k: v for k, v in headers.items() if v is not None})


def rewritten(header: str, old: str, new: str) -> Tamper:
    def tampered(request: InboundRequest) -> InboundRequest:
        assert old in request.headers[header], request.headers[header]
        changed = request.headers[header].replace(old, new)
        return replace(request, headers={**request.headers, header: changed})

    return tampered


def other_body(request: InboundRequest) -> InboundRequest:
    return replace(request, body=request.body.replace(b"Follow", b"Delete"))


def other_body_with_its_digest(request: InboundRequest) -> InboundRequest:
    other = other_body(request)
    fresh = {
        "digest": digest_header(other.body),
        "content-digest": content_digest_header(other.body),
    }
    known = {name: value for name, value in fresh.items() if name in request.headers}
    return replace(other, headers={**other.headers, **known})


def without(*names: str) -> Tamper:
    return lambda request: replace(
        request, headers={k: v for k, v in request.headers.items() if k not in names}
    )


CAVAGE: dict[str, Tamper] = {
    "other body": other_body,
    "other body with its digest": other_body_with_its_digest,
    "digest not covered": lambda r: rewritten("signature", " digest", "")(
        other_body_with_its_digest(r)
    ),
    "host not covered": rewritten("signature", " host", ""),
    "target not covered": rewritten("signature", "(request-target) ", ""),
    "date not covered": rewritten("signature", " date", ""),
    "names exchanged": rewritten("signature", "host date", "date host"),
    "no list of names": rewritten("signature", "headers=", "h="),
    "two lists of names": rewritten("signature", ",signature=", ',headers="date",signature='),
    "two keys": lambda r: with_headers(r, signature=r.headers["signature"] + ',keyId="http://x/"'),
    "signature of nothing": rewritten("signature", 'signature="', 'signature="A'),
    "no signature": without("signature"),
    "no digest": without("digest"),
    "no date": without("date"),
    "other date": lambda r: with_headers(r, date="Sun, 06 Nov 1994 08:49:37 GMT"),
    "other algorithm": rewritten("signature", "rsa-sha256", "hmac-sha256"),
    "no algorithm we know": rewritten("signature", "rsa-sha256", "none"),
    "another's key of that name": rewritten("signature", "#main-key", "#other-key"),
    "digest of another kind": lambda r: with_headers(r, digest="MD5=1B2M2Y8AsgTpgAmY7PhCfg=="),
}

RFC9421: dict[str, Tamper] = {
    "other body": other_body,
    "other body with its digest": other_body_with_its_digest,
    "digest not covered": lambda r: rewritten("signature-input", ' "content-digest"', "")(
        other_body_with_its_digest(r)
    ),
    "method not covered": rewritten("signature-input", '"@method" ', ""),
    "names exchanged": rewritten(
        "signature-input", '"@method" "@target-uri"', '"@target-uri" "@method"'
    ),
    "label twice": lambda r: with_headers(
        r, signature_input=f"{r.headers['signature-input']}, {r.headers['signature-input']}"
    ),
    "nine labels": lambda r: with_headers(
        r,
        signature_input=", ".join(
            f"l{n}{r.headers['signature-input'].partition('=')[1]}"
            f"{r.headers['signature-input'].partition('=')[2]}"
            for n in range(9)
        ),
    ),
    "other label": lambda r: with_headers(r, signature="x" + r.headers["signature"]),
    "no input": without("signature-input"),
    "no signature": without("signature"),
    "not a dictionary": lambda r: with_headers(r, signature_input="((((((("),
    "no created": rewritten("signature-input", ";created=", ";made="),
    "other algorithm": rewritten("signature-input", ";keyid=", ';alg="hmac-sha256";keyid='),
}


@pytest.fixture
async def ann(here: Besieged, far: Peer) -> Person:
    """Known here, so that it is not for want of a key that she is refused."""
    ann = far.person("ann")
    assert await here.told(ann, ann.activity("Like", "https://nothing.example/")) == 202
    return ann


def cases() -> list[tuple[Spec, str]]:
    return [(Spec.CAVAGE, one) for one in CAVAGE] + [(Spec.RFC9421, one) for one in RFC9421]


@pytest.mark.parametrize("spec, name", cases())
async def test_a_request_that_was_tampered_with_is_refused(
    here: Besieged, ann: Person, spec: Spec, name: str
) -> None:
    tamper = (CAVAGE if spec is Spec.CAVAGE else RFC9421)[name]
    request = ann.signed(here.inbox, ann.activity("Follow", here.actor()), spec=spec)
    before = here.everything()

    answer = await here.answered(tamper(request))
    await here.settled()

    assert answer.status_code in {400, 401}, answer.text
    if answer.status_code == 401:
        assert "content-digest" in answer.headers["accept-signature"]
    assert here.everything() == before


@pytest.mark.parametrize("spec", list(Spec))
async def test_the_same_requests_untouched_are_taken(
    here: Besieged, ann: Person, spec: Spec
) -> None:
    assert await here.told(ann, ann.activity("Follow", here.actor()), spec=spec) == 202
    assert here.rows(
        "SELECT 1 FROM followers f JOIN remote_actors r ON r.id = f.remote_actor"
        " WHERE r.actor_id = ?",
        ann.actor_id,
    )


@pytest.mark.parametrize("spec", list(Spec))
async def test_what_was_signed_for_another_server_or_inbox_is_refused(
    here: Besieged, ann: Person, spec: Spec
) -> None:
    follow = ann.activity("Follow", here.actor())
    before = here.everything()
    elsewhere = ann.signed("https://other.example/inbox", follow, spec=spec)
    assert await here.post(elsewhere) == 401
    assert await here.post(elsewhere, host="other.example") == 401
    assert await here.post(elsewhere, **{"x-forwarded-host": "other.example"}) == 401
    other_path = ann.signed(f"{here.actor()}/inbox", follow, spec=spec)
    assert await here.post(replace(other_path, target="/inbox")) == 401
    assert await here.post(replace(other_path, target="/actors/pits/inbox?x=1")) == 401
    await here.settled()
    assert here.everything() == before


async def test_the_public_key_is_no_shared_secret(here: Besieged, ann: Person) -> None:
    """B4: the public key, taken as the secret of an HMAC."""
    request = ann.signed(here.inbox, ann.activity("Follow", here.actor()))
    target = f"(request-target): post /inbox\nhost: {request.headers['host']}"
    text = f"{target}\ndate: {request.headers['date']}\ndigest: {request.headers['digest']}"
    pem = public_pem(ann.key.private_key.public_key()).encode()
    before = here.everything()
    for algorithm in ("hmac-sha256", "hs2019", "rsa-sha256"):
        made = base64.b64encode(hmac.digest(pem, text.encode(), hashlib.sha256)).decode()
        names = "(request-target) host date digest"
        header = (
            f'keyId="{ann.key.key_id}",algorithm="{algorithm}",headers="{names}",signature="{made}"'
        )
        assert await here.post(request, signature=header) == 401
    assert here.everything() == before


@pytest.mark.parametrize("spec", list(Spec))
async def test_a_captured_request_has_no_effect_a_second_time(
    here: Besieged, ann: Person, spec: Spec
) -> None:
    captured = ann.signed(here.inbox, ann.activity("Follow", here.actor()), spec=spec)
    assert await here.post(captured) == 202
    await here.settled()
    assert await here.told(ann, ann.activity("Undo", ann.activity("Follow", here.actor()))) == 202
    before = here.everything()

    assert await here.post(captured) == 202
    await here.settled()

    assert here.everything() == before


@pytest.mark.parametrize("minutes", [-70, 70, -60 * 24])
@pytest.mark.parametrize("spec", list(Spec))
async def test_an_old_or_a_future_request_is_refused(
    here: Besieged, ann: Person, far: Peer, spec: Spec, minutes: int
) -> None:
    moment = far.clock() + timedelta(minutes=minutes)
    request = ann.signed(here.inbox, ann.activity("Follow", here.actor()), spec=spec, now=moment)
    asked = len(far.asked)
    assert await here.post(request) == 401
    assert len(far.asked) == asked


async def test_a_key_that_was_given_up_signs_nothing_any_more(
    here: Besieged, ann: Person, far: Peer
) -> None:
    """B6: as soon as the new document is known, the stolen key is worth nothing."""
    stolen = ann.key
    ann.key = SigningKey(f"{ann.actor_id}#second-key", generate_rsa())
    far.serve(ann.actor_id, ann.document)
    assert await here.told(ann, ann.activity("Like", "https://nothing.example/2")) == 202
    before = here.everything()

    assert await here.told(ann, ann.activity("Follow", here.actor()), key=stolen) == 401
    assert here.everything() == before


@pytest.mark.parametrize("bits, exponent", [(1024, 65537), (2048, 3), (1536, 65537)])
async def test_a_weak_key_signs_for_nobody(
    here: Besieged, far: Peer, bits: int, exponent: int
) -> None:
    weak = far.person("weak")
    weak.key = SigningKey(weak.key.key_id, rsa.generate_private_key(exponent, bits))
    far.serve(weak.actor_id, weak.document | {"assertionMethod": []})
    strong = bits >= 2048
    status = await here.told(weak, weak.activity("Follow", here.actor()))
    assert status == (202 if strong else 401)


async def test_a_missing_date_or_digest_asks_nobody_for_a_key(here: Besieged, evil: Peer) -> None:
    """B5: what fails without a key fails before the key is asked for."""
    mallory = evil.person("mallory")
    request = mallory.signed(here.inbox, mallory.activity("Follow", here.actor()))
    for tamper in (without("date"), without("digest"), other_body, without("signature")):
        assert await here.post(tamper(request)) in {400, 401}
    assert evil.asked == []


def unknown(who: Person, number: int) -> SigningKey:
    return SigningKey(f"{who.peer.origin}/users/nobody{number}#main-key", who.key.private_key)


async def test_a_thousand_key_ids_are_not_a_thousand_questions(hasty: Besieged, evil: Peer) -> None:
    mallory = evil.person("mallory")
    activity: dict[str, Any] = mallory.activity("Follow", hasty.actor())
    statuses = {
        await hasty.post(mallory.signed(hasty.inbox, activity, key=unknown(mallory, number)))
        for number in range(1000)
    }
    assert statuses <= {401, 503}
    assert len(evil.asked) <= 120


async def test_other_clients_do_not_make_it_more(hasty: Besieged, evil: Peer) -> None:
    """The same from a hundred addresses: the server that is asked has a share of its own."""
    mallory = evil.person("mallory")
    activity: dict[str, Any] = mallory.activity("Follow", hasty.actor())
    for number in range(500):
        hasty.client = f"203.0.113.{number % 100}"
        request = mallory.signed(hasty.inbox, activity, key=unknown(mallory, number))
        assert await hasty.post(request) in {401, 503}
    assert len(evil.asked) <= 120
