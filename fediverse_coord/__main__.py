"""`python -m fediverse_coord` is `fediverse-coord`."""

from fediverse_coord.cli import main

if __name__ == "__main__":
    main()
