"""What the promises' assertions say when they fail is told as if they stood in the tests."""

import pytest

pytest.register_assert_rewrite("promises", "crowd")
