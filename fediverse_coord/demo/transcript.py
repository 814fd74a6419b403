"""What happened, line by line, with the time since the beginning; and what did not.

In colour on a terminal, plain otherwise. Whoever tells also keeps the score: the demonstration
has succeeded only if nothing is missing.
"""

import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from rich.console import Console
from rich.text import Text


@dataclass(slots=True)
class Transcript:
    """Tells and keeps the score. Times are seconds since it was made."""

    console: Console = field(
        default_factory=lambda: Console(highlight=False, soft_wrap=True, markup=False)
    )
    started: float = field(default_factory=time.monotonic)
    missing: list[str] = field(default_factory=list)
    held: int = 0

    @property
    def now(self) -> float:
        return time.monotonic() - self.started

    def heading(self, text: str) -> None:
        self.console.print(Text(f"\n{text}", style="bold"))

    def say(self, text: str) -> None:
        """A line without a time."""
        self.console.print(Text(text))

    def tell(self, text: str) -> None:
        """A fact that is no expectation."""
        self._line("  ", "", text)

    def expect(self, holds: bool, text: str) -> bool:
        """An expectation, met or missing; whether it was met."""
        if holds:
            self.held += 1
            self._line("ok", "green", text)
        else:
            self.missing.append(text)
            self._line("NO", "bold red", text)
        return holds

    def _line(self, mark: str, style: str, text: str) -> None:
        line = Text(f"{self.now:6.1f} s  ").append(mark, style).append(f"  {text}")
        self.console.print(line)

    def count(self, rows: Iterable[tuple[str, int]]) -> None:
        """Figures, one a line."""
        for name, figure in rows:
            self.say(f"{figure:>10,}  {name}")

    def verdict(self) -> int:
        """The last lines; the exit code."""
        if not self.missing:
            told = f"All {self.held} expectations held, in {self.now:.1f} s."
            self.console.print(Text(f"\n{told}", style="bold green"))
            return 0
        self.console.print(Text(f"\nMissing ({len(self.missing)}):", style="bold red"))
        for text in self.missing:
            self.say(f"  {text}")
        return 1
