"""Where a declaration stands as plain text."""


def plain_address(page: str) -> str:
    """Beside the page, in the same language."""
    path, _, query = page.partition("?")
    return f"{path}.txt?{query}" if query else f"{path}.txt"
