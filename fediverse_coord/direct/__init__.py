"""What the ASGI server answers itself, without an application."""

from fediverse_coord.direct.protocol import LARGEST_HEAD as LARGEST_HEAD
from fediverse_coord.direct.protocol import PATIENCE_SECONDS as PATIENCE_SECONDS
from fediverse_coord.direct.protocol import direct as direct
