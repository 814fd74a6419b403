"""Language editions: actors of one language each, whose objects follow the work's life."""

import pytest
from desk_rows import went_out
from desk_world import CONFIG, NOW, SEAL, coordination_file
from far_people import FarServer

from fediverse_coord.desk import (
    coordinations,
    drafts,
    edits,
    followers,
    pins,
    redacting,
    releases,
)
from fediverse_coord.desk.desk import Desk
from fediverse_coord.desk.people import OPERATOR
from fediverse_coord.errors import ConfigError, Conflict, IdentityError
from fediverse_coord.protocol.keys import public_keys_in
from fediverse_coord.protocol.signatures.integrity import proof_holds, proof_of
from fediverse_coord.protocol.wire import loads
from fediverse_coord.publishing.coordinations import Coordination, coordination_from
from fediverse_coord.storage import actors, edition_objects, objects

pytestmark = pytest.mark.both_engines

ENGLISH = {"title": "The quay", "summary": "It is shut.", "content": "The quay is shut. #Quay"}
GERMAN = {"title": "Der Kai", "summary": "Er ist zu.", "content": "Der Kai ist zu. #Kai"}
FRENCH = {"title": "Le quai", "summary": "Il est fermé.", "content": "Le quai est fermé."}
ORIGIN = CONFIG.server.origin


def files(**more: object) -> list[Coordination]:
    dockers = coordination_file("dockers") | {
        "revision": 2,
        "languages": ["en", "de", "fr"],
        "texts": {
            "de": {"name": "Hafenarbeiter", "summary": "Wir schreiben."},
            "fr": {"name": "Dockers", "summary": "Nous écrivons."},
        },
        "editions": {"de": "dockers_de", "fr": "dockers_fr"},
    }
    both = (dockers | more, coordination_file("porters"))
    return [coordination_from(one, file_name="x.toml") for one in both]


@pytest.fixture
async def spoken(desk: Desk) -> Desk:
    """The dockers have a German and a French edition."""
    applied = await coordinations.apply(desk.db, CONFIG, SEAL, files(), NOW)
    assert applied.made == ("dockers_de", "dockers_fr")
    await desk.publisher.keyring.load(desk.db, SEAL)
    return desk


async def published(desk: Desk, **more: object) -> str:
    saved = await drafts.create(
        desk,
        OPERATOR,
        "dockers",
        ENGLISH | more,
        translations=[GERMAN | {"language": "de"}],
        publish=True,
    )
    return saved.work.declaration.key


async def told(desk: Desk) -> list[tuple[str, str]]:
    """(type, actor) of what went out about objects, in order."""
    return [
        (kind, document["actor"].rpartition("/")[2])
        for kind, document, _ in await went_out(desk.db)
        if "actor" in document and "/objects/" in str(document)
    ]


async def test_each_language_speaks_with_its_own_actor_and_proof(spoken: Desk) -> None:
    key = await published(spoken)
    assert await told(spoken) == [("Create", "dockers"), ("Create", "dockers_de")]
    found = await objects.by_id(spoken.db, f"{ORIGIN}/actors/dockers_de/objects/{key}")
    assert found is not None
    document = loads(found.document)
    assert document["attributedTo"] == f"{ORIGIN}/actors/dockers_de"
    assert document["url"] == f"{ORIGIN}/@dockers_de/the-quay"
    assert list(document["contentMap"]) == ["de"]
    assert document["contentMap"]["de"] == document["content"]
    assert (document["name"], document["summary"]) == ("Der Kai", "<p>Er ist zu.</p>")
    assert f"{ORIGIN}/actors/dockers_de/followers" in document["cc"]
    assert document["content"].endswith(
        f'<p>In allen Sprachen: <a href="{ORIGIN}/@dockers/the-quay">The quay</a></p>'
    )
    assert "inReplyTo" not in document
    assert "quote" not in document
    local = await actors.by_name(spoken.db, "dockers_de")
    assert local is not None
    keys = {one.key_id: one for one in public_keys_in(loads(local.document))}
    proof = proof_of(document)
    assert proof is not None
    assert proof_holds(document, proof, keys[proof.verification_method], NOW)


async def test_mentions_stand_in_the_original_alone(spoken: Desk, far: FarServer) -> None:
    far.person("ann")
    handle = far.handle("ann")
    saved = await drafts.create(
        spoken,
        OPERATOR,
        "dockers",
        {"content": f"For {handle}."},
        translations=[{"content": f"Für {handle}.", "language": "de"}],
        publish=True,
    )
    key = saved.work.declaration.key
    whole = await objects.by_id(spoken.db, f"{ORIGIN}/actors/dockers/objects/{key}")
    edition = await objects.by_id(spoken.db, f"{ORIGIN}/actors/dockers_de/objects/{key}")
    assert whole is not None
    assert edition is not None
    assert any(one["type"] == "Mention" for one in loads(whole.document)["tag"])
    german = loads(edition.document)
    assert german["tag"] == []
    assert "mention" not in german["content"]
    assert str(far.port) not in str(german)
    assert "Für " in german["content"]


async def test_a_version_that_comes_later_is_an_editions_first_word(spoken: Desk) -> None:
    key = await published(spoken)
    await edits.put_version(spoken, OPERATOR, key, "fr", FRENCH)
    assert await told(spoken) == [
        ("Create", "dockers"),
        ("Create", "dockers_de"),
        ("Update", "dockers"),
        ("Update", "dockers_de"),
        ("Create", "dockers_fr"),
    ]
    french = await objects.by_id(spoken.db, f"{ORIGIN}/actors/dockers_fr/objects/{key}")
    assert french is not None
    assert "updated" not in loads(french.document)


async def test_what_becomes_of_the_work_becomes_of_its_editions(spoken: Desk) -> None:
    key = await published(spoken)
    object_id = f"{ORIGIN}/actors/dockers_de/objects/{key}"

    async def german() -> dict[str, object]:
        found = await objects.by_id(spoken.db, object_id)
        assert found is not None
        return loads(found.document)

    await edits.put_version(
        spoken, OPERATOR, key, "de", GERMAN | {"content": "Der Kai von Rosa Lux ist zu."}
    )
    edited = await german()
    assert "Rosa Lux" in str(edited["content"])
    assert str(edited["updated"]) > str(edited["published"])
    await redacting.redact(spoken, OPERATOR, key, "Rosa Lux")
    assert "Rosa" not in str(await german())
    assert str((await german())["url"]).endswith("?r=1")
    await releases.withdraw(spoken, OPERATOR, key, "Zu früh.")
    assert (await german())["name"] == "Zurückgezogen: Der Kai"
    await releases.delete(spoken, OPERATOR, key)
    assert (await german())["type"] == "Tombstone"
    assert (await told(spoken))[-2:] == [("Delete", "dockers"), ("Delete", "dockers_de")]
    rows = await spoken.db.fetch_all("SELECT document FROM activities")
    assert not any(b"Rosa" in row["document"] for row in rows)


@pytest.mark.parametrize("more", [{"visibility": "followers"}, {"visibility": "direct"}])
async def test_what_is_not_for_everybody_has_no_editions(
    spoken: Desk, more: dict[str, object]
) -> None:
    await published(spoken, **more)
    assert [actor for _, actor in await told(spoken)] == ["dockers"]


async def test_an_edition_has_followers_of_its_own(spoken: Desk) -> None:
    counted = await followers.counts(spoken, OPERATOR, "dockers_de")
    assert counted.followers == 0


async def test_nobody_speaks_for_an_edition(spoken: Desk) -> None:
    with pytest.raises(Conflict, match="do this with 'dockers'"):
        await drafts.create(spoken, OPERATOR, "dockers_de", {"content": "Hallo."})


async def test_an_edition_is_not_lost_by_editing_a_file(spoken: Desk) -> None:
    with pytest.raises(IdentityError, match=r"write fr = \"dockers_fr\" under \[editions\]"):
        await coordinations.apply(
            spoken.db, CONFIG, SEAL, files(revision=3, editions={"de": "dockers_de"}), NOW
        )
    await coordinations.retire(spoken, OPERATOR, "dockers_fr")
    await coordinations.apply(
        spoken.db, CONFIG, SEAL, files(revision=3, editions={"de": "dockers_de"}), NOW
    )


async def test_editions_end_with_their_coordination(spoken: Desk) -> None:
    await coordinations.retire(spoken, OPERATOR, "dockers")
    for name in ("dockers", "dockers_de", "dockers_fr"):
        found = await actors.by_name(spoken.db, name)
        assert found is not None
        assert found.retired


@pytest.mark.parametrize(
    ("editions", "told"),
    [
        ({"it": "dockers_it"}, "not among the languages"),
        ({"de": "Dockers DE"}, "1 to 30"),
        ({"de": "porters"}, "username of another"),
        ({"de": "dockers_x", "fr": "dockers_x"}, "username of another"),
    ],
)
async def test_an_edition_that_cannot_be_is_refused_by_name(
    desk: Desk, editions: dict[str, str], told: str
) -> None:
    with pytest.raises(ConfigError, match=told):
        await coordinations.apply(desk.db, CONFIG, SEAL, files(editions=editions), NOW)
    assert await actors.by_name(desk.db, "dockers_x") is None


async def test_an_editions_object_knows_its_work(spoken: Desk) -> None:
    key = await published(spoken)
    whole = await objects.by_id(spoken.db, f"{ORIGIN}/actors/dockers/objects/{key}")
    german = await objects.by_id(spoken.db, f"{ORIGIN}/actors/dockers_de/objects/{key}")
    assert whole is not None
    assert german is not None
    assert await edition_objects.work_of(spoken.db, german.row) == whole.row
    assert await edition_objects.work_of(spoken.db, whole.row) is None


async def test_what_is_pinned_is_featured_by_its_editions_too(spoken: Desk) -> None:
    key = await published(spoken)
    await pins.pin(spoken, OPERATOR, key)
    await pins.pin(spoken, OPERATOR, key, on=False)
    assert (await told(spoken))[2:] == [
        ("Add", "dockers"),
        ("Add", "dockers_de"),
        ("Remove", "dockers"),
        ("Remove", "dockers_de"),
    ]
    added = next(
        document
        for kind, document, _ in await went_out(spoken.db)
        if kind == "Add" and document["actor"].endswith("/dockers_de")
    )
    assert added["object"] == f"{ORIGIN}/actors/dockers_de/objects/{key}"
    assert added["target"] == f"{ORIGIN}/actors/dockers_de/featured"
    proof, local = proof_of(added), await actors.by_name(spoken.db, "dockers_de")
    assert proof is not None
    assert local is not None
    keys = {one.key_id: one for one in public_keys_in(loads(local.document))}
    assert proof_holds(added, proof, keys[proof.verification_method], NOW)


async def test_an_edition_that_comes_after_the_pin_is_featured_from_its_beginning(
    spoken: Desk,
) -> None:
    key = await published(spoken)
    await pins.pin(spoken, OPERATOR, key)
    before = len(await told(spoken))
    french = {"title": "Le quai", "summary": "Il est fermé.", "content": "Fermé."}
    await edits.put_version(spoken, OPERATOR, key, "fr", french)
    assert (await told(spoken))[before:] == [
        ("Update", "dockers"),
        ("Update", "dockers_de"),
        ("Create", "dockers_fr"),
        ("Add", "dockers_fr"),
    ]
    added = (await went_out(spoken.db))[-1][1]
    assert added["object"] == f"{ORIGIN}/actors/dockers_fr/objects/{key}"
    await edits.put_version(spoken, OPERATOR, key, "fr", french | {"content": "Bien fermé."})
    assert [kind for kind, _ in await told(spoken)].count("Add") == 3
