"""Sound files as phones, studios and attackers write them, made for the tests."""

import io
import math
import struct
from array import array

import av
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler

# What must never be found in anything that leaves the server.
SECRETS = (b"Quillfeather", b"PhoneMaker", b"+51.5423", b"COVER-SECRET", b"Lyrics-secret")
TAGS = {
    "title": "Lyrics-secret",
    "artist": "Thessaly Quillfeather",
    "comment": "Lyrics-secret at +51.5423+007.0456/",
    "location": "+51.5423+007.0456/",
    "encoded_by": "PhoneMaker",
}
# How each is packed: container, encoder, samples a second.
FORMS = {
    "MP3": ("mp3", "libmp3lame", 44_100),
    "Opus": ("ogg", "libopus", 48_000),
    "FLAC": ("flac", "flac", 44_100),
    "WAV": ("wav", "pcm_s16le", 22_050),
    "M4A": ("ipod", "aac", 44_100),
    "AAC": ("adts", "aac", 44_100),
    "AMR": ("amr", "libopencore_amrnb", 8_000),
}


def told(form: str = "MP3", seconds: int = 2, *, layout: str = "mono", tags: bool = True) -> bytes:
    """A tone of so many seconds, with everything that a phone or a person may tell beside it."""
    container, codec, rate = FORMS[form]
    out = io.BytesIO()
    made = av.open(out, "w", format=container)
    if tags:
        made.metadata.update(TAGS)
    stream = made.add_stream(codec, rate=rate, layout=layout)
    resampler = AudioResampler(format=stream.codec_context.format, layout=layout, rate=rate)
    for second in range(seconds):
        for piece in resampler.resample(_tone(rate, second)):
            made.mux(stream.encode(piece))
    made.mux(stream.encode(None))
    made.close()
    return _with_cover(out.getvalue()) if form == "MP3" and tags else out.getvalue()


def _tone(rate: int, second: int) -> AudioFrame:
    waves = array("h", (int(9_000 * math.sin(one * 2_764 / rate)) for one in range(rate)))
    frame = AudioFrame(format="s16", layout="mono", samples=rate)
    frame.planes[0].update(waves.tobytes())
    frame.sample_rate, frame.pts = rate, second * rate
    return frame


def _with_cover(mp3: bytes) -> bytes:
    """An ID3v2 tag before it (APIC, GEOB), an ID3v1 behind it."""
    cover = b"\x00image/jpeg\x00\x03\x00\xff\xd8\xff\xe1COVER-SECRET PhoneMaker GPS"
    frame = b"APIC" + struct.pack(">I", len(cover)) + b"\x00\x00" + cover
    size = len(frame)
    safe = bytes((size >> shift) & 0x7F for shift in (21, 14, 7, 0))
    behind = b"TAG" + b"Lyrics-secret".ljust(30) + b"Thessaly Quillfeather".ljust(30)
    return b"ID3\x03\x00\x00" + safe + frame + mp3 + behind.ljust(128, b"\x00")


def of_hours(hours: int, *, lying: bool = False) -> bytes:
    """Silence in FLAC that is small on the way and long to hear; a `lying` one does not say so."""
    out = io.BytesIO()
    made = av.open(out, "w", format="flac")
    stream = made.add_stream("flac", rate=8_000, layout="mono")
    empty = AudioFrame(format="s16", layout="mono", samples=8_000)
    empty.planes[0].update(bytes(16_000))
    empty.sample_rate = 8_000
    for second in range(hours * 3_600):
        empty.pts = second * 8_000
        made.mux(stream.encode(empty))
    made.mux(stream.encode(None))
    made.close()
    content = out.getvalue()
    return (
        content[:21] + bytes([content[21] & 0xF0]) + bytes(4) + content[26:] if lying else content
    )


def film() -> bytes:
    """Moving pictures with sound beside them."""
    out = io.BytesIO()
    made = av.open(out, "w", format="mp4")
    pictures = made.add_stream("mpeg4", rate=5)
    pictures.width = pictures.height = 32
    pictures.pix_fmt = "yuv420p"
    sound = made.add_stream("aac", rate=44_100, layout="mono")
    for _ in range(5):
        made.mux(pictures.encode(av.VideoFrame(32, 32, "yuv420p")))
    resampler = AudioResampler(format=sound.codec_context.format, layout="mono", rate=44_100)
    for piece in resampler.resample(_tone(44_100, 0)):
        made.mux(sound.encode(piece))
    made.mux(pictures.encode(None))
    made.mux(sound.encode(None))
    made.close()
    return out.getvalue()
