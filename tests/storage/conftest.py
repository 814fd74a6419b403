"""The tests of PostgreSQL alone are there where it is."""

import engines

collect_ignore = [] if engines.POSTGRESQL in engines.names() else ["test_postgres.py"]
