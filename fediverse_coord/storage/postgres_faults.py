"""What PostgreSQL and its driver complain of, as the house's errors.

PostgreSQL, Appendix A: the five characters of SQLSTATE say what happened, their first two of
which kind it is. Who tries again, and how often, is decided in `postgres`.
"""

from typing import Final

import asyncpg

from fediverse_coord.errors import ConfigError, StorageUnavailable
from fediverse_coord.storage.database import Contradiction, Duplicate

ENGINE_ERRORS: Final = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # asked while the news of the connection's end was on its way
    OSError,
)
"""All that the driver raises where the database, not the statement's author, is the cause."""

# Connection, resources (disk, memory, connections), operator (shutdown, timeout), system, damage.
UNAVAILABLE_CLASSES: Final = frozenset({"08", "53", "57", "58", "F0", "XX"})
UNAVAILABLE: Final = frozenset(
    {
        "25006",  # read-only: a standby
        "25P03",  # the transaction was idle for too long
        "40001",  # serialization failure
        "40P01",  # deadlock
        "55P03",  # a lock could not be had
    }
)
MET_ANOTHER: Final = frozenset({"40001", "40P01", "55P03"})
NOT_THERE_NOW: Final = frozenset({"53300", "57P01", "57P02", "57P03", "25P03"})
SETTINGS: Final = frozenset({"28000", "28P01", "3D000", "42501"})
UNIQUE: Final = "23505"
CONSTRAINTS: Final = "23"


def sqlstate_of(error: BaseException) -> str:
    """Five characters; an empty string where the error is the driver's own."""
    return str(getattr(error, "sqlstate", None) or "")


def is_lost(error: BaseException) -> bool:
    """Whether there is no connection, or none any longer."""
    if isinstance(error, asyncpg.DataError | TimeoutError):
        return False
    if isinstance(error, asyncpg.InternalClientError):
        return not isinstance(error, asyncpg.OutdatedSchemaCacheError)
    if isinstance(error, asyncpg.InterfaceError):
        return "connection" in str(error) or "pool" in str(error)
    state = sqlstate_of(error)
    return isinstance(error, OSError) or state.startswith("08") or state in NOT_THERE_NOW


def met_another(error: BaseException) -> bool:
    """Whether the same work may succeed when it is run again."""
    stale_plan = isinstance(
        error, asyncpg.InvalidCachedStatementError | asyncpg.OutdatedSchemaCacheError
    )
    return stale_plan or sqlstate_of(error) in MET_ANOTHER


def translated(error: BaseException) -> Exception | None:
    """The same fact as the house's error; None where the statement itself is at fault."""
    state = sqlstate_of(error)
    if state == UNIQUE:
        return Duplicate(str(error))
    if state.startswith(CONSTRAINTS):
        return Contradiction(str(error))
    if (
        is_lost(error)
        or met_another(error)
        or state in UNAVAILABLE
        or state[:2] in UNAVAILABLE_CLASSES
        or isinstance(error, TimeoutError)
    ):
        return unavailable(error)
    return None


def unavailable(error: BaseException) -> StorageUnavailable:
    reason = str(error) or "no answer in time"
    return StorageUnavailable(f"the database cannot be used now: {reason}")


def not_opened(error: BaseException) -> Exception:
    """Why the first connection failed. The URL is not shown: it may hold a password."""
    if sqlstate_of(error.__cause__ or error) in SETTINGS or isinstance(
        error, asyncpg.ClientConfigurationError
    ):
        return ConfigError(
            f"[database] url: PostgreSQL lets us not in ({error}); check user, password and "
            "database, and make them first: createuser coord; createdb -O coord coord"
        )
    return translated(error) or ConfigError(f"[database] url: cannot be used ({error})")
