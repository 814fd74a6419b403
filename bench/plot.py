"""A plot as SVG: what something costs, against how much there is, both on logarithmic axes.

Nothing is drawn that the figures do not say: a point each, joined by lines, its name at the end.
"""

import math
from collections.abc import Mapping, Sequence
from html import escape

WIDTH, HEIGHT = 860, 420
LEFT, RIGHT, TOP, BOTTOM = 70, 210, 50, 50
COLOURS = (
    "#9c2a23", "#2c5a7a", "#2c7a3f", "#7a5c2c", "#5b2c7a", "#444444", "#0a7d7d",
    "#d1603d", "#4f8fd0", "#7fae2a", "#c79a1e", "#b45ca8", "#8a8a8a", "#1f3a93",
)  # fmt: skip

Points = Sequence[tuple[float, float]]


def plot(title: str, across: str, up: str, lines: Mapping[str, Points]) -> str:
    """`lines` by their names; every value is above nought."""
    xs = [x for points in lines.values() for x, _ in points]
    ys = [y for points in lines.values() for _, y in points]
    axes = _Axes(_decades(xs), _decades(ys))
    parts = [*_frame(title, across, up), *axes.grid()]
    ends = _apart([axes.y(points[-1][1]) for points in lines.values()])
    for (name, points), colour, end in zip(lines.items(), _colours(lines), ends, strict=True):
        parts += _line(axes, name, points, colour, end)
    return "\n".join([*parts, "</svg>", ""])


def _decades(values: Sequence[float]) -> tuple[int, int]:
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    return low, max(high, low + 1)


class _Axes:
    def __init__(self, across: tuple[int, int], up: tuple[int, int]) -> None:
        self.across, self.up = across, up

    def x(self, value: float) -> float:
        low, high = self.across
        return LEFT + (math.log10(value) - low) / (high - low) * (WIDTH - LEFT - RIGHT)

    def y(self, value: float) -> float:
        low, high = self.up
        return HEIGHT - BOTTOM - (math.log10(value) - low) / (high - low) * (HEIGHT - TOP - BOTTOM)

    def grid(self) -> list[str]:
        parts = []
        for power in range(self.across[0], self.across[1] + 1):
            x, label = self.x(10**power), f"{10**power:,}"
            parts.append(f'<path d="M{x:.1f} {TOP}V{HEIGHT - BOTTOM}" class="grid"/>')
            parts.append(f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 18}" class="mid">{label}</text>')
        for power in range(self.up[0], self.up[1] + 1):
            y, label = self.y(10.0**power), f"{10.0**power:g}"
            parts.append(f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" class="grid"/>')
            parts.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" class="end">{label}</text>')
        return parts


def _frame(title: str, across: str, up: str) -> list[str]:
    return [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">',
        f"<title>{escape(title)}</title>",
        "<style>svg{background:#fff}text{font:13px sans-serif;fill:#222}.mid{text-anchor:middle}"
        ".end{text-anchor:end}.grid{stroke:#ddd;fill:none}.line{fill:none;stroke-width:2}</style>",
        f'<text x="{LEFT}" y="24">{escape(title)}</text>',
        f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 10}" class="mid">{escape(across)}'
        "</text>",
        f'<text x="{LEFT - 50}" y="{TOP - 10}">{escape(up)}</text>',
    ]


def _line(axes: _Axes, name: str, points: Points, colour: str, end: float) -> list[str]:
    path = "L".join(f"{axes.x(x):.1f} {axes.y(y):.1f}" for x, y in points)
    dots = [
        f'<circle cx="{axes.x(x):.1f}" cy="{axes.y(y):.1f}" r="3" fill="{colour}"/>'
        for x, y in points
    ]
    place = f'x="{WIDTH - RIGHT + 10}" y="{end + 4:.1f}"'
    label = f'<text {place} style="fill:{colour}">{escape(name)}</text>'
    return [f'<path d="M{path}" class="line" stroke="{colour}"/>', *dots, label]


def _colours(lines: Mapping[str, Points]) -> list[str]:
    return [COLOURS[number % len(COLOURS)] for number in range(len(lines))]


def _apart(heights: Sequence[float], gap: float = 16) -> list[float]:
    """Where names stand so that none covers another."""
    placed = list(heights)
    before = -math.inf
    for place in sorted(range(len(placed)), key=lambda one: heights[one]):
        before = placed[place] = max(placed[place], before + gap)
    return placed
