"""A folder, an object store, and both together: what a place for files does, wherever it lies."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from object_store import KEY_ID, SECRET, ObjectStore

from fediverse_coord.errors import ConfigError, MediaUnavailable
from fediverse_coord.storage.bucket import Access, Bucket, bucket_at
from fediverse_coord.storage.shelf import Shelf, Shelves, Store, name_for

ONE, OTHER = b"%PDF-1.4 one", b"%PDF-1.4 other"
FIRST, SECOND = (name_for(one, "pdf") for one in (ONE, OTHER))
FAR = timedelta(days=1)


def bucket(store: ObjectStore, place: str) -> Bucket:
    return bucket_at(place, Access(store.endpoint, key_id=KEY_ID, secret=SECRET))


@pytest.fixture(params=["folder", "bucket", "prefix", "both"])
def place(request: pytest.FixtureRequest, tmp_path: Path, object_store: ObjectStore) -> Store:
    name = f"b{abs(hash(request.node.nodeid))}"
    shelf = Shelf(tmp_path / "media")
    if request.param == "folder":
        return shelf
    inner = "/pits/media" if request.param == "prefix" else ""
    made = bucket(object_store, object_store.bucket(name) + inner)
    return Shelves((made, shelf)) if request.param == "both" else made


def test_a_file_is_read_as_it_was_put_whole_and_in_parts(place: Store) -> None:
    place.put(FIRST, ONE)
    assert place.read(FIRST) == ONE
    assert place.size(FIRST) == len(ONE)
    assert place.read(FIRST, 1, 4) == ONE[1:4]
    assert place.read(FIRST, 5) == ONE[5:]


def test_what_is_not_there_is_nothing_and_can_be_removed(place: Store) -> None:
    assert (place.read(FIRST), place.size(FIRST)) == (None, None)
    place.remove([FIRST])


def test_only_what_is_old_is_listed_and_in_order(place: Store) -> None:
    for name, content in ((FIRST, ONE), (SECOND, OTHER)):
        place.put(name, content)
    now = datetime.now(UTC)
    assert place.old(now - FAR, "") == []
    assert place.old(now + FAR, "") == sorted([FIRST, SECOND])
    assert place.old(now + FAR, min(FIRST, SECOND)) == [max(FIRST, SECOND)]
    assert place.remove_old([FIRST], now - FAR) == 0
    assert place.remove_old([FIRST, "0" * 64 + ".pdf"], now + FAR) == 1
    assert (place.read(FIRST), place.read(SECOND)) == (None, OTHER)


def test_names_that_are_none_of_ours_are_never_listed(object_store: ObjectStore) -> None:
    made = bucket(object_store, object_store.bucket("foreign"))
    object_store.put("foreign", "somebody's letter.pdf", b"x")
    made.put(FIRST, ONE)
    assert made.old(datetime.now(UTC) + FAR, "") == [FIRST]


def test_what_the_first_place_lacks_is_read_from_the_others_and_removed_everywhere(
    tmp_path: Path, object_store: ObjectStore
) -> None:
    shelf = Shelf(tmp_path / "media")
    store = bucket(object_store, object_store.bucket("two-places"))
    shelf.put(FIRST, ONE)
    both = Shelves((store, shelf))
    assert (both.read(FIRST), both.size(FIRST)) == (ONE, len(ONE))
    both.put(FIRST, ONE)
    both.remove([FIRST])
    assert (shelf.read(FIRST), store.read(FIRST)) == (None, None)


def test_a_store_that_is_away_says_so_without_its_keys(object_store: ObjectStore) -> None:
    for access, place in (
        (Access("http://127.0.0.1:1", key_id=KEY_ID, secret=SECRET), "s3://away"),
        (Access(object_store.endpoint, key_id=KEY_ID, secret=SECRET), "s3://not-made"),
    ):
        away = bucket_at(place, access)
        with pytest.raises(MediaUnavailable) as told:
            away.put(FIRST, ONE)
        assert place in str(told.value)
        for secret in (KEY_ID, SECRET):
            assert secret not in f"{told.value} {away} {away!r} {access!r}"


@pytest.mark.parametrize("place", ["s3://", "s3://a?x=1", "s3://user@a/b"])
def test_what_names_no_store_is_refused(place: str) -> None:
    with pytest.raises(ConfigError, match="BUCKET"):
        bucket_at(place, Access(key_id="x", secret="y"))


def test_a_store_without_keys_says_where_to_write_them() -> None:
    with pytest.raises(ConfigError, match="credentials"):
        bucket_at("s3://pictures", Access())


def test_a_link_on_the_shelf_is_not_followed(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "media")
    shelf.folder.mkdir()
    (tmp_path / "key").write_bytes(b"secret")
    os.symlink(tmp_path / "key", shelf.folder / FIRST)
    assert (shelf.read(FIRST), shelf.size(FIRST)) == (None, None)
