"""The process in which strangers' sound files are decoded: `recordings` starts it, one a file.

It is run by its path, apart from the rest of the house, as `reencoder` is for pictures. The sound
comes in on stdin, how it is packed and how many seconds it may have as arguments; on stdout goes
a line of JSON and an MP3 that holds the sound and nothing that came with it. Before it looks at
the first byte it gives up what it does not need. What it finds wrong is said by one word;
`recordings` has the sentences.
"""

import importlib
import io
import json
import pkgutil
import resource
import sys
from array import array
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import av
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.container import InputContainer

# How each kind is read, in the order in which `recordings` numbers them.
FORMATS = ("mp3", "ogg", "flac", "wav", "mov", "aac", "amr")
KNOWS_ITS_LENGTH = frozenset({"ogg", "flac", "wav", "mov"})
CODECS = (
    "mp3", "mp3float", "vorbis", "opus", "flac", "aac", "alac", "amrnb", "amrwb",
    "pcm_u8", "pcm_s16le", "pcm_s24le", "pcm_s32le", "pcm_f32le", "pcm_alaw", "pcm_mulaw",
)  # fmt: skip
MEMORY_BYTES = 700_000_000  # of address space: the file, what is made of it, and the decoder
CPU_SECONDS = 150
RATE, CHUNK = 44_100, 1_152
BITS = {"mono": 64_000, "stereo": 128_000}
BARE = {"id3v2_version": "0", "fflags": "bitexact"}  # no tags, not even of our own
BARS = 120  # of what is drawn of it
FEW = 20  # broken pieces: telephones leave some behind
EVERY = 8  # of so many samples one is looked at


class Fault(Exception):
    """What is wrong, in a word."""


def limit() -> None:
    """No way back: a decoder that is taken over has nothing to reach."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))  # stdin and stdout are open already


def loaded() -> None:
    """Every part of the library, before files are given up: it loads them as it meets streams."""
    for one in pkgutil.walk_packages(av.__path__, "av."):
        if one.name != "av.__main__":
            importlib.import_module(one.name)


def opened(content: bytes, form: str, most: int) -> InputContainer:
    """The file, not decoded yet. It may name no other file, and use the decoders above alone.

    `most` are the seconds that it may last.
    """
    options = {"codec_whitelist": ",".join(CODECS), "protocol_whitelist": ""}
    found = av.open(
        io.BytesIO(content), mode="r", format=form, options=options, metadata_errors="ignore"
    )
    if not found.streams.audio:
        raise Fault("silent")
    for stream in found.streams.video:
        if not stream.disposition & av.stream.Disposition.attached_pic:
            raise Fault("film")
    if found.streams.audio[0].codec_context.name not in CODECS:
        raise Fault("codec")
    if told_too_long(found, most):
        raise Fault("long")
    return found


def told_too_long(found: InputContainer, most: int) -> bool:
    """Whether it says itself that it is longer, and knows: others guess it from their first bytes.

    What says less than it holds is found out while it is decoded.
    """
    knows = found.format.name.split(",")[0] in KNOWS_ITS_LENGTH
    return knows and (found.duration or 0) > (most + 2) * av.time_base


def samples(found: InputContainer, layout: str, most: int) -> Iterator[AudioFrame]:
    """The sound in equal pieces, as it will be encoded."""
    stream = found.streams.audio[0]
    stream.codec_context.thread_count = 1
    resampler = AudioResampler(format="s16p", layout=layout, rate=RATE, frame_size=CHUNK)
    count = 0
    for frame in _decoded(found):
        for piece in resampler.resample(frame):
            count += piece.samples
            if count > most * RATE:
                raise Fault("long")
            yield piece
    yield from resampler.resample(None)


def _decoded(found: InputContainer) -> Iterator[AudioFrame]:
    faults = 0
    for packet in found.demux(audio=0):
        try:
            frames = packet.decode()
        except av.error.InvalidDataError:
            faults += 1
            if faults > FEW:
                raise
            continue
        for frame in frames:
            frame.pts = None  # where it says it belongs: only its order counts
            yield frame


def encoded(found: InputContainer, most: int) -> tuple[dict[str, Any], bytes]:
    """An MP3 and what it is."""
    layout = "mono" if found.streams.audio[0].codec_context.channels == 1 else "stereo"
    out, peaks, count = io.BytesIO(), array("H"), 0
    with av.open(out, "w", format="mp3", options=BARE) as made:
        stream = made.add_stream("libmp3lame", rate=RATE, layout=layout, bit_rate=BITS[layout])
        stream.codec_context.options = {"compression_level": "7"}
        for piece in samples(found, layout, most):
            piece.pts = count
            count += piece.samples
            peaks.append(_loudest(piece))
            made.mux(stream.encode(piece))
        made.mux(stream.encode(None))
    if not count:
        raise Fault("unreadable")
    content = out.getvalue()
    told = {"seconds": max(1, round(count / RATE)), "bytes": len(content), "bars": _bars(peaks)}
    return told, content


def _loudest(piece: AudioFrame) -> int:
    heard = memoryview(piece.planes[0]).cast("B").cast("h")[: piece.samples : EVERY]
    return max(max(heard), -min(heard), 0)


def _bars(peaks: "array[int]") -> list[int]:
    """Each from 0 to 100: how loud it is, from its beginning to its end."""
    loudest = max(peaks) or 1
    parts = min(BARS, len(peaks))
    edges = [len(peaks) * one // parts for one in range(parts + 1)]
    return [max(peaks[a:b]) * 100 // loudest for a, b in pairwise(edges)]


def made(content: bytes, form: str, most: int) -> tuple[dict[str, Any], bytes]:
    """What is answered."""
    try:
        with opened(content, form, most) as found:
            return encoded(found, most)
    except Fault as fault:
        return {"fault": str(fault)}, b""
    except MemoryError:
        return {"fault": "memory"}, b""
    except Exception:  # whatever decoders raise: the file is not what it says it is
        return {"fault": "unreadable"}, b""


def main() -> None:
    form, most = FORMATS[int(sys.argv[1])], int(sys.argv[2])
    loaded()
    limit()
    told, content = made(sys.stdin.buffer.read(), form, most)
    sys.stdout.buffer.write(json.dumps(told).encode() + b"\n" + content)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
