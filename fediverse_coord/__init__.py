"""fediverse_coord: a publishing server whose actors are coordinations of workers' organisations."""

__version__ = "0.1.0"
