"""Strangers' sound files: what is made of them, in a process that can reach nothing."""

import io

import av
import photographs
import pytest
import soundtracks

from fediverse_coord.errors import Refusal
from fediverse_coord.press.recordings import MEDIA_TYPE, form_of, recorded


@pytest.mark.parametrize("form", soundtracks.FORMS)
def test_nothing_but_the_sound_is_in_what_we_serve(form: str) -> None:
    content = soundtracks.told(form)
    made = recorded(content, 1)
    assert [one for one in soundtracks.SECRETS if one in made.content] == []
    assert b"ID3" not in made.content
    assert b"TAG" not in made.content[-128:]
    with av.open(io.BytesIO(made.content)) as opened:
        (stream,) = opened.streams
        assert (stream.codec_context.name, stream.codec_context.sample_rate) == ("mp3float", 44_100)
        assert not {one.lower() for one in opened.metadata} - {"encoder"}
    assert made.seconds == 2


def test_the_secrets_of_the_tests_are_in_the_files_that_come_in() -> None:
    assert [one for one in soundtracks.SECRETS if one not in soundtracks.told("MP3")] == []


def test_two_channels_stay_two() -> None:
    made = recorded(soundtracks.told("WAV", layout="stereo"), 1)
    with av.open(io.BytesIO(made.content)) as opened:
        assert opened.streams.audio[0].codec_context.channels == 2


def test_the_same_sound_is_the_same_file_whatever_was_said_beside_it() -> None:
    one, other = (recorded(soundtracks.told("FLAC", tags=tags), 1) for tags in (True, False))
    assert one.content == other.content


def test_it_is_drawn_in_every_size() -> None:
    made = recorded(soundtracks.told("WAV"), 1)
    assert {one.size: (one.width, one.height) for one in made.prints} == {
        "page": (1200, 240), "small": (480, 96), "card": (1200, 630),
    }  # fmt: skip
    assert {one.media_type for one in made.prints} == {"image/png"}
    assert MEDIA_TYPE == "audio/mpeg"


REFUSED = {
    "half an MP4": (soundtracks.told("M4A")[:400], "cut off or damaged"),
    "a page behind an MP3's first bytes": (b"ID3<html><script>alert(1)</script>", "damaged"),
    "an archive behind an Ogg's first bytes": (b"OggSPK\x03\x04" + bytes(900), "damaged"),
    "a WAV without sound": (b"RIFF\x04\x00\x00\x00WAVE", "damaged"),
    "a film": (soundtracks.film(), "film"),
    "a picture that says it is FLAC": (b"fLaC" + photographs.plain(), "damaged"),
}


@pytest.mark.parametrize("content, told", REFUSED.values(), ids=REFUSED)
def test_what_is_no_sound_is_refused_in_a_sentence(content: bytes, told: str) -> None:
    with pytest.raises(Refusal, match=told):
        recorded(content, 1)


@pytest.mark.parametrize("lying", [False, True])
def test_what_is_small_on_the_way_and_long_to_hear_is_refused(lying: bool) -> None:
    content = soundtracks.of_hours(2, lying=lying)
    assert len(content) < 2_000_000
    with pytest.raises(Refusal, match="more than 1 minutes"):
        recorded(content, 1)


def test_who_takes_too_long_is_ended() -> None:
    with pytest.raises(Refusal, match="takes too long"):
        recorded(soundtracks.told("MP3"), 1, seconds=0.01)


@pytest.mark.parametrize("content", [b"", b"\xff", b"\xff\xd8\xff\xe0", b"RIFFxxxxWEBP", b"GIF89a"])
def test_pictures_are_not_taken_for_sound(content: bytes) -> None:
    assert form_of(content) is None
