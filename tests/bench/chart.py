"""The chart for the README: CPU of one call for each client, as an SVG of plain rectangles and text."""

from html import escape
from pathlib import Path

from tests.bench.suites import OURS, RAW

PANELS = (
    ("orders_rest", "One order, REST", "cpu_us", "µs of CPU"),
    ("orders_ws", "One order, WebSocket API", "cpu_us", "µs of CPU"),
    ("orders_cell", "One order from a cell", "p50_us", "µs until it returns"),
    ("trades", "1,000 trades", "cpu_us", "µs of CPU"),
    ("stream", "One execution report", "cpu_us", "µs of CPU"),
)
WIDTH, LABELS, BAR, GAP, HEAD = 720, 210, 16, 5, 34
BOUND_COLOUR, OUR_COLOUR, PEER_COLOUR = "#9aa4b2", "#b45309", "#5b6b83"


def draw(results: dict[str, dict[str, dict[str, float]]], path: Path) -> None:
    """Write the panels of what was measured, one below the other, to an SVG file."""
    shapes: list[str] = []
    top = 8
    for name, title, column, unit in PANELS:
        rows = results.get(name)
        if rows is not None:
            shapes += _panel(title, unit, {who: row[column] for who, row in rows.items()}, top)
            top += HEAD + len(rows) * (BAR + GAP) + 8
    path.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {top}" width="{WIDTH}" height="{top}" '
        'font-family="system-ui, sans-serif" font-size="12"><rect width="100%" height="100%" fill="#ffffff"/>'
        f"{''.join(shapes)}</svg>\n",
        encoding="utf-8",
    )


def _panel(title: str, unit: str, figures: dict[str, float], top: int) -> list[str]:
    widest = max(figures.values())
    room = WIDTH - LABELS - 80
    shapes = [f'<text x="8" y="{top + 18}" font-weight="600" fill="#1f2937">{escape(f"{title}: {unit}")}</text>']
    for number, (who, figure) in enumerate(figures.items()):
        y = top + HEAD - 6 + number * (BAR + GAP)
        length = max(1.0, figure / widest * room)
        colour = OUR_COLOUR if who.startswith(OURS) else BOUND_COLOUR if number == 0 else PEER_COLOUR
        weight = 600 if who in {OURS, RAW} else 400
        shapes += [
            f'<text x="{LABELS - 8}" y="{y + 12}" text-anchor="end" font-weight="{weight}" fill="#374151">'
            f"{escape(who)}</text>",
            f'<rect x="{LABELS}" y="{y}" width="{length:.1f}" height="{BAR}" rx="2" fill="{colour}"/>',
            f'<text x="{LABELS + length + 6:.1f}" y="{y + 12}" fill="#374151">{_number(figure)}</text>',
        ]
    return shapes


def _number(figure: float) -> str:
    return f"{figure:,.0f}" if figure >= 100 else f"{figure:.1f}"
