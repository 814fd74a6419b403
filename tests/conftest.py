"""What pytest collects: everything but `judges/`, which needs what only `make judges` installs."""

import os

collect_ignore = [] if os.environ.get("COORD_JUDGES") == "1" else ["judges"]
