"""RFC 9421: published vectors, what must be covered, and attempts to get past."""

import base64
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from signing_samples import (
    BODY,
    DOCKERS,
    ED25519_KEY,
    INBOX,
    NOW,
    RSA_KEY,
    as_received,
    inbound,
    posted,
    public,
    vectors,
)

from fediverse_coord.errors import MalformedDocument, SignatureError
from fediverse_coord.protocol.algorithms import sign
from fediverse_coord.protocol.keys import SigningKey
from fediverse_coord.protocol.signatures import (
    ACCEPT_SIGNATURE,
    Claim,
    InboundRequest,
    Spec,
    digests_of,
    holds,
    read_claim,
    sign_get,
    sign_post,
)
from fediverse_coord.protocol.signatures.fields import byte_sequences, dictionary
from fediverse_coord.protocol.signatures.rfc9421 import input_of, signature_base

PUBLISHED = vectors("rfc9421.json")["vectors"]
SHAPED = vectors("rfc9421.json")["generated_for_this_project"]
KEYS = {"test-key-rsa": RSA_KEY, "test-key-ed25519": ED25519_KEY}
ORIGIN = "https://coord.example"


def read(request: InboundRequest, *, now: Any = NOW, authority: str = "coord.example") -> Claim:
    return read_claim(request, authority=authority, scheme="https", now=now)


def by_name(vector: dict[str, Any]) -> str:
    return str(vector["name"])


@pytest.mark.parametrize("vector", PUBLISHED, ids=by_name)
def test_the_rfcs_own_examples_hold(vector: dict[str, Any]) -> None:
    request, label = as_received(vector), vector["label"]
    found = input_of(dictionary(vector["signature_input"], "Signature-Input")[label])
    signature = byte_sequences(vector["signature"], "Signature")[label]
    base = signature_base(request, found, "https://" + request.headers["host"])

    assert base.decode() == vector["signature_base"]
    assert sign(KEYS[vector["key"]].private_key, base) == signature


def shaped_by(vector: dict[str, Any]) -> SigningKey:
    return ED25519_KEY if vector["algorithm"] == "ed25519" else RSA_KEY


@pytest.mark.parametrize("vector", SHAPED, ids=by_name)
def test_a_request_as_peers_shape_it_is_read_and_holds(vector: dict[str, Any]) -> None:
    claim = read(as_received(vector, vector["headers_added"]), authority="remote.example")

    assert claim.spec is Spec.RFC9421
    assert claim.signing_string.decode() == vector["signature_base"]
    assert holds(claim, public(shaped_by(vector), claim.key_id))


@pytest.mark.parametrize("vector", SHAPED, ids=by_name)
def test_no_vector_holds_for_another_host_or_with_another_key(vector: dict[str, Any]) -> None:
    request = as_received(vector, vector["headers_added"])
    here, elsewhere = read(request, authority="remote.example"), read(request)
    key = shaped_by(vector)
    other = RSA_KEY if key is ED25519_KEY else ED25519_KEY

    assert not holds(elsewhere, public(key, here.key_id))
    assert not holds(here, public(other, here.key_id))
    assert not holds(here, public(key, f"{here.key_id}-2"))


@pytest.mark.parametrize("key", [RSA_KEY, ED25519_KEY], ids=["rsa", "ed25519"])
def test_what_we_send_holds_on_the_other_side(key: SigningKey) -> None:
    url = "https://coord.example/actors/miners/outbox?page=2"
    fetch = sign_get(Spec.RFC9421, url, key, NOW, "application/activity+json")

    assert holds(read(posted(Spec.RFC9421, key)), public(key))
    assert holds(read(inbound(fetch, method="GET", url=url, body=b"")), public(key))


def test_our_signature_covers_what_every_receiver_asks_for() -> None:
    headers = sign_post(Spec.RFC9421, INBOX, digests_of(BODY), RSA_KEY, NOW)
    assert headers["Signature-Input"] == (
        'sig1=("@method" "@target-uri" "@authority" "content-digest" "content-type" "date")'
        f';created=1792000000;keyid="{DOCKERS}#main-key";alg="rsa-v1_5-sha256"'
    )
    assert list(headers) == [
        "Host",
        "Date",
        "Content-Digest",
        "Content-Type",
        "Signature-Input",
        "Signature",
    ]


def test_our_challenge_names_what_we_demand() -> None:
    ((label, member),) = dictionary(ACCEPT_SIGNATURE, "Accept-Signature").items()
    found = input_of(member)
    assert label == "sig1"
    assert found.components == ("@method", "@target-uri", "@authority", "content-digest")
    assert found.parameters == {"created": True}


def tampered(**changed: Any) -> InboundRequest:
    request = posted(Spec.RFC9421)
    parts = {"method": request.method, "target": request.target, "body": request.body}
    return InboundRequest(**{**parts, "headers": request.headers, **changed})


def test_another_body_is_refused_before_any_key_is_asked() -> None:
    with pytest.raises(SignatureError, match="not the digest of the body"):
        read(tampered(body=BODY.replace(b"4", b"5")))


def test_another_body_with_its_own_digest_does_not_hold() -> None:
    body = BODY.replace(b"4", b"5")
    request = posted(Spec.RFC9421, Content_Digest=digests_of(body).content_digest)
    claim = read(InboundRequest("POST", request.target, request.headers, body))
    assert not holds(claim, public(RSA_KEY))


@pytest.mark.parametrize(
    "changed",
    [{"target": "/actors/dockers/inbox"}, {"target": "/actors/miners/inbox?x"}, {"method": "PUT"}],
    ids=str,
)
def test_another_method_or_target_does_not_hold(changed: dict[str, str]) -> None:
    assert not holds(read(tampered(**changed)), public(RSA_KEY))


def test_a_host_header_that_a_proxy_changed_makes_no_difference() -> None:
    assert holds(read(posted(Spec.RFC9421, Host="127.0.0.1:8000")), public(RSA_KEY))


SECONDS = int(NOW.timestamp())
ENOUGH = '"@method" "@target-uri" "content-digest"'
USUAL = f';created={SECONDS};keyid="{RSA_KEY.key_id}"'


def member(components: str = ENOUGH, parameters: str = USUAL) -> tuple[str, bytes]:
    """A member of Signature-Input and the signature that is right for it."""
    text = f"({components}){parameters}"
    try:
        found = input_of(dictionary(f"a={text}", "Signature-Input")["a"])
        base = signature_base(posted(Spec.RFC9421), found, ORIGIN)
    except SignatureError:
        return text, b"?"
    return text, sign(RSA_KEY.private_key, base)


def carrying(**members: tuple[str, bytes]) -> InboundRequest:
    """A POST with these signatures by their labels."""
    pairs = {label: base64.b64encode(one).decode() for label, (_, one) in members.items()}
    return posted(
        Spec.RFC9421,
        Signature_Input=", ".join(f"{label}={text}" for label, (text, _) in members.items()),
        Signature=", ".join(f"{label}=:{text}:" for label, text in pairs.items()),
    )


@pytest.mark.parametrize(
    "components",
    [
        ENOUGH,
        '"content-digest" "@method" "date" "@target-uri" "host"',
        '"@method" "@authority" "@path" "content-digest"',
        '"@method" "@authority" "@request-target" "content-digest"',
        '"@method" "@authority" "@path" "@query" "@scheme" "content-digest"',
    ],
)
def test_any_way_of_covering_enough_will_do(components: str) -> None:
    assert holds(read(carrying(sig1=member(components))), public(RSA_KEY))


@pytest.mark.parametrize(
    "components",
    [
        "",
        '"@method" "@target-uri"',
        '"@target-uri" "content-digest"',
        '"@method" "content-digest"',
        '"@method" "@path" "content-digest"',
        '"@method" "@authority" "content-digest"',
    ],
)
def test_less_than_enough_is_refused(components: str) -> None:
    with pytest.raises(SignatureError, match="does not cover"):
        read(carrying(sig1=member(components)))


def test_the_path_alone_is_not_enough_where_there_is_a_query() -> None:
    request = carrying(sig1=member('"@method" "@authority" "@path" "content-digest"'))
    with pytest.raises(SignatureError, match="does not cover"):
        read(InboundRequest("POST", request.target + "?silent=1", request.headers, BODY))


def test_a_get_with_a_body_must_cover_its_digest() -> None:
    headers = sign_get(Spec.RFC9421, INBOX, RSA_KEY, NOW, "application/activity+json")
    with pytest.raises(SignatureError, match="content-digest"):
        read(inbound(headers, method="GET", body=BODY))


def kid(key_id: str = RSA_KEY.key_id) -> str:
    return f';keyid="{key_id}"'


UNUSABLE = {
    "no created": (ENOUGH, kid()),
    "no keyid": (ENOUGH, f";created={SECONDS}"),
    "a keyid that is a token": (ENOUGH, f";created={SECONDS};keyid=main"),
    "a keyid that is no URL": (ENOUGH, f";created={SECONDS}" + kid("acct:dockers@harbour.example")),
    "created as text": (ENOUGH, f';created="{SECONDS}"' + kid()),
    "created as truth": (ENOUGH, ";created" + kid()),
    "created as fraction": (ENOUGH, f";created={SECONDS}.0" + kid()),
    "created before 1970": (ENOUGH, ";created=-1" + kid()),
    "created beyond all calendars": (ENOUGH, ";created=999999999999999" + kid()),
    "expires as text": (ENOUGH, f'{USUAL};expires="never"'),
    "a secret's algorithm": (ENOUGH, f'{USUAL};alg="hmac-sha256"'),
    "an algorithm as token": (ENOUGH, f"{USUAL};alg=ed25519"),
    "a component twice": (f'{ENOUGH} "@method"', USUAL),
    "a component in upper case": (f'{ENOUGH} "Date"', USUAL),
    "a component as token": (f"{ENOUGH} date", USUAL),
    "a component with parameters": (f'{ENOUGH} "date";sf', USUAL),
    "a component of the response": (f'{ENOUGH} "@status"', USUAL),
    "a component nobody knows": (f'{ENOUGH} "@moon"', USUAL),
    "a query parameter": (f'{ENOUGH} "@query-param";name="x"', USUAL),
    "the parameters themselves": (f'{ENOUGH} "@signature-params"', USUAL),
    "a field that is missing": (f'{ENOUGH} "x-strike"', USUAL),
    "33 components": (ENOUGH + "".join(f' "x{n}"' for n in range(30)), USUAL),
}


@pytest.mark.parametrize("case", UNUSABLE.values(), ids=UNUSABLE)
def test_a_signature_that_is_unusable_is_refused(case: tuple[str, str]) -> None:
    with pytest.raises(SignatureError):
        read(carrying(sig1=member(*case)))


@pytest.mark.parametrize(
    ("minutes", "fresh"), [(-66, False), (-64, True), (0, True), (64, True), (66, False)]
)
def test_65_minutes_each_side_are_fresh(minutes: int, fresh: bool) -> None:
    now = NOW + timedelta(minutes=minutes)
    if fresh:
        assert holds(read(posted(Spec.RFC9421), now=now), public(RSA_KEY))
    else:
        with pytest.raises(SignatureError, match="too old"):
            read(posted(Spec.RFC9421), now=now)


def test_what_has_expired_an_hour_ago_is_refused() -> None:
    with pytest.raises(SignatureError, match="expired"):
        read(carrying(sig1=member(parameters=f"{USUAL};expires={SECONDS - 3700}")))


def test_an_algorithm_that_is_not_the_keys_does_not_hold() -> None:
    claim = read(carrying(sig1=member(parameters=f'{USUAL};alg="ed25519"')))
    assert not holds(claim, public(RSA_KEY))


def test_parameters_and_spaces_are_signed_in_their_canonical_form() -> None:
    text, signature = member(parameters=f'{USUAL};tag="strike";nonce="8h"')
    loose = text.replace(" ", "   ").replace(";", "; ")
    assert holds(read(carrying(sig1=(loose, signature))), public(RSA_KEY))


def test_of_several_signatures_the_first_usable_one_is_read() -> None:
    foreign = member(parameters=f'{USUAL};alg="ecdsa-p256-sha256"')
    request = carrying(proxy=member('"@method"'), other=foreign, sig1=member(), later=member())
    claim = read(request)

    assert claim.signing_string.decode().endswith(f"({ENOUGH}){USUAL}")
    assert holds(claim, public(RSA_KEY))


def test_where_none_is_usable_the_first_fault_is_told() -> None:
    with pytest.raises(SignatureError, match="does not cover content-digest"):
        read(carrying(a=member('"@method" "@target-uri"'), b=member(parameters="")))


def test_eight_signatures_are_looked_at_and_nine_refused() -> None:
    useless = {f"s{n}": member('"@method"') for n in range(7)}
    assert holds(read(carrying(**useless, last=member())), public(RSA_KEY))
    with pytest.raises(SignatureError, match="more than eight"):
        read(carrying(**useless, s7=member('"@method"'), last=member()))


def test_labels_must_match() -> None:
    request = carrying(sig1=member())
    other = request.headers["signature"].replace("sig1", "sig2")
    with pytest.raises(SignatureError, match="no Signature"):
        read(posted(Spec.RFC9421, Signature=other))


def test_a_request_with_an_input_is_never_read_as_cavage() -> None:
    cavage = posted(Spec.CAVAGE).headers
    assert read(InboundRequest("POST", "/actors/miners/inbox", cavage, BODY)).spec is Spec.CAVAGE
    both = {**cavage, "signature-input": posted(Spec.RFC9421).headers["signature-input"]}
    with pytest.raises(MalformedDocument):
        read(InboundRequest("POST", "/actors/miners/inbox", both, BODY))


def test_a_content_digest_that_cannot_be_read_is_refused() -> None:
    with pytest.raises(SignatureError, match="cannot be read"):
        read(posted(Spec.RFC9421, Content_Digest="sha-256=:"))


RIGHT = posted(Spec.RFC9421).headers["signature-input"]


@pytest.mark.parametrize(
    "value",
    [
        "sig1",
        "sig1=",
        "sig1=(",
        'sig1=("@method"',
        f"{RIGHT},",
        f"{RIGHT}, {RIGHT}",
        f"{RIGHT};created=1",
        'sig1=("date";sf;sf);created=1',
        RIGHT + " " * 8192,
        'sig1=("é")',
        "sig1=(\N{RIGHTWARDS ARROW})",
    ],
)
def test_a_header_that_cannot_be_read_is_malformed_or_refused(value: str) -> None:
    with pytest.raises((MalformedDocument, SignatureError)):
        read(posted(Spec.RFC9421, Signature_Input=value))


@pytest.mark.parametrize("repeated", [f"{RIGHT}, {RIGHT}", f"{RIGHT};created=1"])
def test_a_label_or_parameter_that_stands_twice_is_malformed(repeated: str) -> None:
    with pytest.raises(MalformedDocument, match="twice"):
        read(posted(Spec.RFC9421, Signature_Input=repeated))


def test_a_signature_that_stands_twice_is_malformed() -> None:
    value = posted(Spec.RFC9421).headers["signature"]
    with pytest.raises(MalformedDocument, match="twice"):
        read(posted(Spec.RFC9421, Signature=f"{value}, {value}"))


SCRAPS = (
    '"@method" "@target-uri" "content-digest" "x";sf 1 1.5 :AAAA: tok ?1 '
    '%"f%c3%bc" @1659578233 " é "" () -'
)
bare = st.sampled_from(SCRAPS.split())
parameter = st.builds(";{}={}".format, st.sampled_from(["created", "keyid", "alg", "*", "A"]), bare)
inputs = st.one_of(
    st.text(),
    st.text('sig1=("@meth od");createk y:,%?.0123'),
    st.builds("sig1=({}){}".format, st.lists(bare).map(" ".join), st.lists(parameter).map("".join)),
    st.builds(
        "sig1=({}){}".format,
        st.lists(bare).map(lambda some: " ".join([ENOUGH, *some])),
        st.lists(parameter).map(lambda some: USUAL + "".join(some)),
    ),
)
signatures = st.text() | st.text("sig1=:AB+/,") | st.just("sig1=:AAAA:")


@given(inputs, signatures, st.text() | st.just("x"), st.sampled_from(["GET", "POST"]))
def test_whatever_stands_in_the_headers_only_our_errors_come_out(
    found: str, signature: str, x: str, method: str
) -> None:
    headers = {"signature-input": found, "signature": signature, "x": x}
    headers["content-digest"] = digests_of(BODY).content_digest
    try:
        claim = read(InboundRequest(method, "/inbox?x=1", headers, BODY))
    except (SignatureError, MalformedDocument):
        return
    assert not holds(claim, public(RSA_KEY, claim.key_id))
