"""Connections to PostgreSQL, kept open for the next who needs one.

What is asked through them, and what is done when one is lost, belongs to `postgres`.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any, Final, cast

import asyncpg

from fediverse_coord.storage.postgres_transaction import Connection

CONNECT_SECONDS: Final = 10
STATEMENT_SECONDS: Final = 60
STATEMENTS_KEPT: Final = 512

SETTINGS: Final = {
    "application_name": "fediverse-coord",
    "jit": "off",  # every statement here is short
    # A process that hangs in the middle of its work holds up nobody for longer.
    "idle_in_transaction_session_timeout": f"{STATEMENT_SECONDS * 1000}",
}
READING: Final = {"default_transaction_read_only": "on"}


class _Connection(asyncpg.Connection):  # type: ignore[misc]
    """Handed back without a question to the server: nothing here changes a session's state."""

    __slots__ = ()

    def get_reset_query(self) -> str:
        return ""


@dataclass(frozen=True, slots=True, eq=False)
class Connections:
    """Up to so many connections, made when they are needed."""

    pool: Any
    patience_seconds: float

    @asynccontextmanager
    async def one(self) -> AsyncIterator[Connection]:
        """Waits for its turn. Raises `OSError` where none can be made, `TimeoutError` in vain."""
        connection = await self._acquired()
        try:
            yield connection
        except asyncpg.InternalClientError:
            connection.terminate()
            raise
        finally:
            await self.pool.release(connection)

    async def _acquired(self) -> Connection:
        try:
            return cast("Connection", await self.pool.acquire(timeout=self.patience_seconds))
        except TimeoutError as error:
            raise TimeoutError(f"no connection within {self.patience_seconds:g} s") from error
        except asyncpg.PostgresError as error:  # whatever it is, it is said to who knocks
            raise ConnectionError(str(error)) from error

    async def close(self, patience_seconds: float) -> None:
        """Waits for those in use, then cuts them off."""
        try:
            await asyncio.wait_for(self.pool.close(), patience_seconds)
        except (TimeoutError, asyncpg.InterfaceError, OSError):
            with suppress(asyncpg.InterfaceError):
                self.pool.terminate()


async def connections(
    url: str, number: int, patience_seconds: float, *, reading: bool
) -> Connections:
    """None is made before it is needed. Raises `ValueError` and its kin for a wrong URL."""
    pool = await asyncpg.create_pool(
        url,
        min_size=0,
        max_size=number,
        connection_class=_Connection,
        timeout=CONNECT_SECONDS,
        command_timeout=STATEMENT_SECONDS,
        statement_cache_size=STATEMENTS_KEPT,
        max_cacheable_statement_size=0,
        server_settings=SETTINGS | (READING if reading else {}),
    )
    return Connections(pool, patience_seconds)


async def lone_connection(url: str) -> Any:
    """One outside every pool, to listen on."""
    return cast(
        "Any",
        await asyncpg.connect(
            url,
            timeout=CONNECT_SECONDS,
            command_timeout=STATEMENT_SECONDS,
            server_settings=SETTINGS,
        ),
    )
