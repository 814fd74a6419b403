"""The one door to other servers.

    client.Client        GET and POST, each bounded in time and size
    dereference          the document behind an id, and WebFinger's answers
    transport.Door       one request on one vetted connection
    guard.Guard          which URLs and addresses may be asked at all
    resolver.Resolver    names to addresses
    deadlines.Deadlines  time-outs of thousands at once

No other room opens a socket or imports httpx, so what the guard refuses is not asked.
"""
