"""What the ASGI server answers itself: kept answers, inboxes, and whoever asks too much of it.

A kept answer (`web/kept`) is written straight from the parser's callback, without a task, a scope
or an application: RFC 9112, on uvicorn's own protocol. That is done only between two requests of a
connection, so the order of pipelined answers stays, and only while its reader keeps up. What is
posted to an inbox is handed to the road in (`posts`); all else goes the usual way. Three bounds
besides, which uvicorn lacks: for the bytes of a request's head, for the seconds until a request is
there whole, and a `Retry-After` where too many are connected.
"""

from asyncio import TimerHandle
from collections.abc import Mapping
from functools import cached_property
from http import HTTPStatus
from typing import Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from fediverse_coord.direct.posts import Connection, Post, is_post, proxies
from fediverse_coord.web.faces import Faces
from fediverse_coord.web.inbox import MORE_TIME, joined
from fediverse_coord.web.kept import Answer, asked_for

LARGEST_HEAD: Final = 32_768
PATIENCE_SECONDS: Final = 30.0
"""Longer than any peer waits for its own request to be through, with a body of a megabyte."""
RETRY_AFTER: Final = b"retry-after: 5\r\n"

OK = b"HTTP/1.1 200 OK\r\n"
UNCHANGED = b"HTTP/1.1 304 Not Modified\r\n"


def direct(
    state: Mapping[str, object], *, patience: float = PATIENCE_SECONDS
) -> type[HttpToolsProtocol]:
    """The protocol for uvicorn's `http`. `state` gets `faces` once the application is opened.

    A request that is not there whole after `patience` seconds is answered 408 and ended.
    """

    class Bound(Direct):
        pass

    Bound.app_values, Bound.patience = state, patience
    return Bound


class Direct(HttpToolsProtocol):
    """One connection."""

    app_values: Mapping[str, object]
    patience: float
    _is_whole = False
    _in_head = True
    _head_bytes = 0
    _deadline: TimerHandle | None = None
    _quiet: TimerHandle | None = None
    _quiet_since = 0.0

    # --- kept answers ---------------------------------------------------------------------

    def on_headers_complete(self) -> None:
        self._in_head, self._head_bytes = False, 0
        if self.cycle is not None and not self.cycle.response_complete:
            self._the_usual_way()
        elif (found := self._kept()) is not None:
            self._give(*found)
        elif self._is_crowded():
            self._refuse(HTTPStatus.SERVICE_UNAVAILABLE, RETRY_AFTER)
        elif (post := self._post()) is not None:
            self.cycle = post  # type: ignore[assignment]
        else:
            self._the_usual_way()

    def _the_usual_way(self) -> None:
        """To an application, by a scope: made for those alone who go there."""
        url, headers, expects = self.url, self.headers, self.expect_100_continue
        super().on_message_begin()
        self.url, self.headers, self.expect_100_continue = url, headers, expects
        self.scope["headers"] = headers
        self.scope["extensions"] = {MORE_TIME: {"for": self._wait_until}}
        super().on_headers_complete()

    def _kept(self) -> tuple[Answer, bytes] | None:
        faces, url, parser = self.app_values.get("faces"), self.url, self.parser
        if not isinstance(faces, Faces) or not _is_plain(url) or self.flow.write_paused:
            return None
        if parser.get_http_version() != "1.1" or not parser.should_keep_alive():
            return None
        path, _, query = url.partition(b"?")
        asked = asked_for(parser.get_method(), path, query, self.headers)
        if asked is None:
            return None
        found: Answer | None = faces.cache.find(asked[0])
        if found is None:
            return None
        faces.cache.counts.answers.add("hit")
        return found, asked[1]

    def _post(self) -> Post | None:
        faces, parser = self.app_values.get("faces"), self.parser
        if not isinstance(faces, Faces) or self.flow.write_paused:
            return None
        if parser.get_method() != b"POST" or parser.get_http_version() != "1.1":
            return None
        if not parser.should_keep_alive():
            return None
        headers, most = joined(self.headers), faces.config.limits.activity_bytes
        if not is_post(self.url, headers, most):
            return None
        return Post(faces, self.url, self.headers, headers, self._connection)

    @cached_property
    def _connection(self) -> Connection:
        trusted = self.config.forwarded_allow_ips
        named = trusted if isinstance(trusted, str) else tuple(trusted)
        return Connection(
            self.transport,
            self.client,
            proxies(named) if self.config.proxy_headers else None,
            self.server_state,
            self.loop,
            self.tasks,
            self._posted,
        )

    def _posted(self) -> None:
        """A Post is answered. What waits behind it is begun as behind any other cycle."""
        if self.pipeline or self.transport.is_closing():
            self.on_response_complete()
        else:
            self.flow.resume_reading()
            self._rest()

    def _give(self, found: Answer, tags: bytes) -> None:
        head = [b"%b: %b\r\n" % one for one in self.server_state.default_headers]
        if found.is_known_by(tags):
            parts = [UNCHANGED, *head, found.wire_unchanged, b"\r\n"]
        elif self.parser.get_method() == b"HEAD":
            parts = [OK, *head, found.wire, b"\r\n"]
        else:
            parts = [OK, *head, found.wire, b"\r\n", found.body]
        self.transport.write(b"".join(parts))
        self._rest()

    def _rest(self) -> None:
        """Until the next request, which may be long in coming."""
        self.server_state.total_requests += 1
        self._quiet_since = self.loop.time()
        if self._quiet is None:
            self._quiet = self.loop.call_later(self.timeout_keep_alive, self._been_quiet)

    def _been_quiet(self) -> None:
        """One timer for many answers: to end and begin one for each costs as much as the answer."""
        self._quiet = None
        answering = self.cycle is not None and not self.cycle.response_complete
        if answering or not self._is_whole or self.timeout_keep_alive_task is not None:
            return  # another timer runs, or will
        left = self._quiet_since + self.timeout_keep_alive - self.loop.time()
        if left <= 0:
            self.timeout_keep_alive_handler()
        else:
            self._quiet = self.loop.call_later(left, self._been_quiet)

    # --- bounds ---------------------------------------------------------------------------

    def connection_made(self, transport: object) -> None:
        super().connection_made(transport)  # type: ignore[arg-type]
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        self._wait_no_longer()
        if self._quiet is not None:
            self._quiet.cancel()
            self._quiet = None
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():  # what it says after it was refused
            return
        self._head_bytes += len(data)
        super().data_received(data)
        if self._in_head and self._head_bytes > LARGEST_HEAD:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        elif self._is_whole:
            self._wait_no_longer()
        else:
            self._wait()

    def on_message_begin(self) -> None:
        self._is_whole, self._in_head = False, True
        self.url, self.headers, self.expect_100_continue = b"", [], False

    def on_body(self, body: bytes) -> None:
        if isinstance(self.cycle, Post):
            self.cycle.body += body  # bounded by its head: it need not wait for a reader
        elif self.cycle is not None:
            super().on_body(body)

    def on_message_complete(self) -> None:
        self._is_whole, self._in_head, self._head_bytes = True, True, 0
        if self.cycle is not None:
            super().on_message_complete()

    def _is_crowded(self) -> bool:
        most = self.limit_concurrency
        return most is not None and max(len(self.connections), len(self.tasks)) >= most

    def _refuse(self, status: HTTPStatus, fields: bytes = b"") -> None:
        if self.transport.is_closing():
            return
        answering = self.cycle is not None and not self.cycle.response_complete
        if not answering or not self.cycle.response_started:
            head = b"".join(b"%b: %b\r\n" % one for one in self.server_state.default_headers)
            line = f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode()
            ending = b"content-length: 0\r\nconnection: close\r\n\r\n"
            self.transport.write(line + head + fields + ending)
        self.transport.close()

    def _wait(self) -> None:
        if self._deadline is None:
            self._deadline = self.loop.call_later(self.patience, self._too_late)

    def _wait_until(self, seconds: float) -> None:
        """More time for the request that is coming in, asked for by whoever knows its sender."""
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = self.loop.call_later(seconds, self._too_late)

    def _wait_no_longer(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _too_late(self) -> None:
        self._deadline = None
        self._refuse(HTTPStatus.REQUEST_TIMEOUT)


def _is_plain(url: bytes) -> bool:
    """A path and perhaps a query, which need no parser to be told apart."""
    return url.startswith(b"/") and not url.startswith(b"//") and b"#" not in url
