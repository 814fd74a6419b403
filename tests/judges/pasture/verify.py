"""The pasture's verify-actor, run once: an actor's URI as argument, what it found on stdout.

Serves the pasture's six actors on a loopback port of its own; they fetch the actor and post to its
inbox, and ours fetches their keys. Contexts come as JSON on stdin, {url: context document}, so
that nothing is fetched from further away. Runs with the pasture's own Python.
"""

import asyncio
import json
import socket
import sys

from bovine import jsonld
from fediverse_pasture.data_provider import DataProvider
from fediverse_pasture.server import BlueprintForActors
from fediverse_pasture.server.verify_actor import ActorVerifier
from fediverse_pasture.types import Message
from hypercorn.asyncio import serve
from hypercorn.config import Config
from quart import Quart


def carry(contexts):
    for url, document in contexts.items():
        if jsonld.jsonld_cache.retrieve(url) is None:
            jsonld.jsonld_cache.add(url, document["@context"])


async def verify(uri):
    provided = DataProvider.generate()
    actors = [*provided.possible_actors, provided.one_actor]
    pasture = Quart("pasture")
    pasture.register_blueprint(BlueprintForActors(actors).blueprint)

    listener = socket.create_server(("127.0.0.1", 0))
    domain = f"127.0.0.1:{listener.getsockname()[1]}"
    config = Config()
    config.bind = [f"fd://{listener.fileno()}"]
    stop, message = asyncio.Event(), Message()
    serving = asyncio.create_task(serve(pasture, config, shutdown_trigger=stop.wait))
    try:
        found = await ActorVerifier(actors, uri, domain, message).verify()
    finally:
        stop.set()
        await serving
    return {"found": found, "steps": message.steps}


carry(json.load(sys.stdin))
print(json.dumps(asyncio.run(verify(sys.argv[1])), default=str))
