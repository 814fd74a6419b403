"""The world of the demonstration: two servers, a hundred followers, judges, a transcript.

Everything is on loopback and in one temporary folder, and ends with the command. What happens
stands in `going_out` and `coming_back`; here it is set up, told in order, and counted.
"""

import asyncio
import contextlib
import shutil
import signal
import tempfile
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

from fediverse_coord.demo import coming_back, going_out, samples
from fediverse_coord.demo.asking import document_at
from fediverse_coord.demo.followers import keys_for, settled
from fediverse_coord.demo.hosts import Host
from fediverse_coord.demo.judges import CAVAGE, RFC9421, Judge, judge_of, missing
from fediverse_coord.demo.processes import founded, shipped_actors
from fediverse_coord.demo.scene import Scene
from fediverse_coord.demo.transcript import Transcript
from fediverse_coord.errors import Refusal

HOSTS = 20
PERSONAL = range(8, 12)  # hosts without a shared inbox
MODERN = range(10, HOSTS)  # hosts whose people sign by RFC 9421
ONLY_9421 = range(16, HOSTS)  # hosts that answer 401 to draft-cavage


def run(keep: bool) -> int:
    """Shows all of it; 0 only if every expectation held. `keep` leaves the folders in place.

    Raises Refusal that names the judges which are not installed.
    """
    lacking = missing()
    if lacking:
        raise Refusal(
            "the signatures are judged by software of others, of which here is missing: "
            f"{', '.join(lacking)}. Run `make demo`, or install fediverse-coord[demo]"
        )
    folder = Path(tempfile.mkdtemp(prefix="fediverse-coord-demo-"))
    told = Transcript()
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends as Ctrl-C does
    try:
        return asyncio.run(_shown(folder, told))
    finally:
        signal.signal(signal.SIGTERM, before)
        if keep:
            told.say(f"\nTo look around: fediverse-coord --config {folder}/ours/config.toml serve")
        else:
            shutil.rmtree(folder, ignore_errors=True)


async def _shown(folder: Path, told: Transcript) -> int:
    told.say("Two servers and a hundred followers, all on this machine.")
    async with _scene(folder, told) as scene:
        try:
            for act in (*going_out.ACTS, *coming_back.ACTS):
                await act(scene)
        except Exception as fault:  # whatever ends it early is told as missing
            told.expect(False, f"the play went on to its end ({type(fault).__name__}: {fault})")
        _count(scene)
    return told.verdict()


@contextlib.asynccontextmanager
async def _scene(folder: Path, told: Transcript) -> AsyncIterator[Scene]:
    told.heading("Setting up")
    ours = founded(folder / "ours", shipped_actors(), samples.WEAVERS)
    theirs = founded(folder / "partner", None, samples.DOCKERS)
    async with contextlib.AsyncExitStack() as stack:
        stack.callback(theirs.stop)
        stack.callback(ours.stop)
        api, their_api = await ours.token(), await theirs.token()
        keys, *_ = await asyncio.gather(
            asyncio.to_thread(keys_for, [one in MODERN for one in range(HOSTS)]),
            ours.start(),
            theirs.start(),
        )
        judge = judge_of((await document_at(ours.actor_id)).document)
        hosts = [_host(judge, number) for number in range(HOSTS)]
        for host in hosts:
            await host.up()
            stack.push_async_callback(host.down)
        people = settled(hosts, keys)
        scene = Scene(told, ours, theirs, api, their_api, hosts, people, judge)
        _introduce(scene)
        yield scene


def _host(judge: Judge, number: int) -> Host:
    return Host(
        judge,
        shared=number not in PERSONAL,
        modern=number in MODERN,
        only_9421=number in ONLY_9421,
    )


def _introduce(scene: Scene) -> None:
    names = ", ".join(f"@{name}" for name in scene.ours.names)
    told = scene.told
    told.tell(f"our server, {scene.ours.origin}: {names}")
    told.tell(f"a second one, {scene.theirs.origin}: @{scene.theirs.name}")
    told.tell(
        f"{len(scene.people)} followers on {HOSTS} hosts; {len(PERSONAL)} hosts have no shared "
        f"inbox, {len(ONLY_9421)} know {RFC9421} only"
    )
    told.tell(
        f"the people of {MODERN.start} hosts sign by {CAVAGE} with RSA, those of {len(MODERN)} "
        f"by {RFC9421} with Ed25519"
    )
    told.tell("judges: apsig (draft-cavage, FEP-8b32), http-message-signatures (RFC 9421)")


def _count(scene: Scene) -> None:
    arrivals = scene.arrivals()
    specs = Counter(one.spec for one in arrivals if one.signature_holds)
    types = Counter(one.type for one in arrivals)
    seen = Counter((one.url, one.document.get("id")) for one in arrivals)
    scene.told.heading("What the judges saw")
    scene.told.count(
        [
            *((f"{type_} received by followers", count) for type_, count in types.most_common()),
            *((f"HTTP signatures that hold, {spec}", count) for spec, count in specs.items()),
            ("proofs that hold, FEP-8b32", sum(sum(one.proofs) for one in arrivals)),
            ("signatures or proofs that do not", sum(not one.holds for one in arrivals)),
            ("deliveries that came a second time", seen.total() - len(seen)),
        ]
    )
    scene.told.expect(
        all(one.holds for one in arrivals) and seen.total() == len(seen) > 0,
        f"of {seen.total()} deliveries every one holds, and none came twice",
    )
