"""The look that the pictures share: colours for light and dark, axes, legends, times; nothing global is changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any, cast

import pandas as pd

from binance_nb.analysis.fees import split_symbol
from binance_nb.errors import AnalysisError, MissingExtraError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

DPI = 90
"""Dots an inch of a picture in a notebook: clear on a screen, and a notebook with ten of them stays small."""

TITLE_SIZE, LABEL_SIZE, TICK_SIZE = 11.0, 9.5, 8.5


@dataclass(frozen=True, slots=True)
class Look:
    """Colours of one theme. Series are told apart by marker, line or hatch as well, never by colour alone.

    The colours are of the palette by Okabe and Ito ("Color Universal Design", 2008), on a dark ground its lighter ones.
    """

    name: str
    back: str
    text: str
    quiet: str
    grid: str
    buy: str
    sell: str
    series: tuple[str, ...]
    heat: str
    """The colour map of amounts: more is always further from the ground."""

    @property
    def neutral(self) -> str:
        """Return the colour of the market, which is nobody's side."""
        return self.quiet


LIGHT = Look("light", "#ffffff", "#1a1a1a", "#555555", "#e2e2e2", "#0072b2", "#d55e00",
             ("#0072b2", "#d55e00", "#007a5a", "#a0527d", "#7a5c00"), "cividis_r")  # fmt: skip
DARK = Look("dark", "#15181c", "#eceff1", "#a9b3bb", "#333a41", "#56b4e9", "#e69f00",
            ("#56b4e9", "#e69f00", "#2fc596", "#dd94bb", "#f0e442"), "cividis")  # fmt: skip
MARKERS = ("o", "s", "^", "D", "v")
LINES: tuple[Any, ...] = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)))


def look(theme: str | None) -> Look:
    """Return the colours of "light" or "dark"; None follows matplotlib's own style (`plt.style.context`).

    Raises AnalysisError for another theme, and MissingExtraError where matplotlib is not installed.
    """
    try:
        from matplotlib import colors, rcParams
    except ImportError as error:
        raise MissingExtraError(
            "pictures are drawn by matplotlib, which is not installed: pip install 'binance-nb[analysis]'"
        ) from error
    if theme is None:
        ground = colors.to_rgb(rcParams["figure.facecolor"])
        return DARK if sum(ground) / 3 < 0.5 else LIGHT
    for known in (LIGHT, DARK):
        if known.name == theme:
            return known
    raise AnalysisError(f"theme={theme!r} is not one of light, dark (None follows matplotlib's style)")


def new_figure(colours: Look, width: float = 7.2, height: float = 3.6) -> Figure:
    """Return a figure that shows itself in a notebook, once, without pyplot; sizes in inches."""
    from matplotlib.figure import Figure

    class Picture(Figure):
        """A figure that a notebook shows as a PNG, whether or not pyplot is in use."""

        def _repr_png_(self) -> bytes:
            return png(self)

    return Picture(figsize=(width, height), dpi=DPI, layout="constrained", facecolor=colours.back)


def png(figure: Figure, dpi: float = DPI) -> bytes:
    """Return a figure as a PNG of at most 256 colours, a third of its size; the same bytes for the same figure."""
    from PIL import Image

    drawn, small = BytesIO(), BytesIO()
    figure.savefig(drawn, format="png", dpi=dpi, facecolor=figure.get_facecolor(), metadata={"Software": None})
    picture = Image.open(drawn).convert("RGB").quantize(256, dither=Image.Dither.NONE)
    picture.save(small, format="png", optimize=True)
    return small.getvalue()


def begin(
    ax: Axes | None, theme: str | None, *, title: str, x: str, y: str, width: float = 7.2, height: float = 3.6
) -> tuple[Figure, Axes, Look]:
    """Return the figure, dressed axes and colours of a picture: on `ax`, or on a new figure of its own."""
    colours = look(theme)
    if ax is None:
        ax = new_figure(colours, width, height).add_subplot()
    dress(ax, colours, title=title, x=x, y=y)
    return cast("Figure", ax.get_figure(root=True)), ax, colours


def dress(ax: Axes, colours: Look, *, title: str, x: str, y: str) -> None:
    """Give axes the look: a title at the left, labels, quiet spines, a grid behind the data."""
    ax.set_facecolor(colours.back)
    ax.set_title(title, loc="left", color=colours.text, fontsize=TITLE_SIZE, fontweight="bold")
    ax.set_xlabel(x, color=colours.text, fontsize=LABEL_SIZE)
    ax.set_ylabel(y, color=colours.text, fontsize=LABEL_SIZE)
    ax.tick_params(colors=colours.text, labelsize=TICK_SIZE, which="both")
    for side, spine in ax.spines.items():
        spine.set_color(colours.quiet)
        spine.set_visible(side in {"left", "bottom"})
    ax.grid(visible=True, color=colours.grid, linewidth=0.8)
    ax.set_axisbelow(True)
    for axis in (ax.xaxis, ax.yaxis):
        axis.get_offset_text().set_color(colours.text)
        axis.get_offset_text().set_fontsize(TICK_SIZE)


def plain_numbers(ax: Axes) -> None:
    """Write the numbers of the y axis in full, with commas, and no offset to be added in one's head."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    def written(value: float, _place: int | None = None) -> str:
        text = f"{value:,.6f}".rstrip("0").rstrip(".")
        return "0" if text in {"-0", ""} else text

    ax.yaxis.set_major_locator(MaxNLocator(nbins=6))
    ax.yaxis.set_major_formatter(FuncFormatter(written))


def time_axis(ax: Axes, colours: Look) -> None:
    """Let the x axis tell times in UTC, the date once at its end."""
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    locator = AutoDateLocator(tz="UTC", minticks=3, maxticks=8)  # type: ignore[no-untyped-call]
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(ConciseDateFormatter(locator, tz="UTC"))  # type: ignore[no-untyped-call]
    ax.xaxis.get_offset_text().set_color(colours.text)
    ax.set_xlabel("time (UTC)", color=colours.text, fontsize=LABEL_SIZE)


def room_for_one(ax: Axes, times: Any) -> None:
    """Put a minute on either side of a lone moment, or the axis would span years around it."""
    known = pd.Series(times).dropna()
    if len(known) and known.min() == known.max():
        minute = pd.Timedelta("1min").to_timedelta64()
        ax.set_xlim(known.min() - minute, known.min() + minute)


def moments(column: Any) -> Any:
    """Return times with a zone as the numpy datetimes, in UTC, that matplotlib reads."""
    return pd.DatetimeIndex(column).tz_convert("UTC").tz_localize(None).to_numpy()


def legend(ax: Axes, colours: Look, *, outside: bool = False, **options: Any) -> None:
    """Show what the marks mean, if any has a name: where there is room, or right of the axes."""
    handles, labels = ax.get_legend_handles_labels()
    handles, labels = options.pop("handles", handles), options.pop("labels", labels)
    if not handles:
        return
    if outside:
        options |= {"loc": "upper left", "bbox_to_anchor": (1.01, 1.0), "borderaxespad": 0.0}
    shown = ax.legend(handles, labels, fontsize=TICK_SIZE, framealpha=0.85, **options)
    shown.get_frame().set_facecolor(colours.back)
    shown.get_frame().set_edgecolor(colours.grid)
    for text in shown.get_texts():
        text.set_color(colours.text)


def say(ax: Axes, colours: Look, sentence: str) -> None:
    """Show one sentence where there is nothing to draw."""
    ax.grid(visible=False)
    ax.set_xticks([])
    ax.set_yticks([])
    ax.text(0.5, 0.5, sentence, transform=ax.transAxes, ha="center", va="center", color=colours.quiet,
            fontsize=LABEL_SIZE)  # fmt: skip


def note(ax: Axes, colours: Look, sentence: str) -> None:
    """Add a remark to the right end of the title's line."""
    ax.set_title(sentence, loc="right", color=colours.quiet, fontsize=TICK_SIZE)


def zero_line(ax: Axes, colours: Look, *, upright: bool = False) -> None:
    """Mark zero, which parts better from worse."""
    draw = ax.axvline if upright else ax.axhline
    draw(0, color=colours.quiet, linewidth=1.0, zorder=1.5)


def assets(symbol: str) -> tuple[str, str]:
    """Return base and quote asset of a symbol for labels; general words where its name does not tell them."""
    try:
        return split_symbol(symbol)
    except AnalysisError:
        return "base units", "quote units"


def one_of(frame: pd.DataFrame, column: str, wanted: Any, what: str) -> tuple[pd.DataFrame, str]:
    """Return the rows of one value of a column, and that value; the only one there is, unless one is wanted.

    Raises AnalysisError where there are several, or none of the wanted one.
    """
    values = [str(value) for value in frame[column].dropna().unique()]
    if wanted is None and len(values) > 1:
        raise AnalysisError(f"a picture is of one {column}: say {column}=, one of {', '.join(sorted(values))}")
    if wanted is not None and str(wanted) not in values:
        held = ", ".join(sorted(values)) or "nothing"
        raise AnalysisError(f"the {what} hold no {column} {wanted}, but {held}")
    if not values:
        return frame, ""
    chosen = values[0] if wanted is None else str(wanted)
    return frame[frame[column].astype("str") == chosen], chosen


def pairs(names: Sequence[Any], colours: Look) -> Iterable[tuple[Any, str, str, Any]]:
    """Yield each name with a colour, a marker and a line of its own."""
    for number, name in enumerate(names):
        turn = number % len(MARKERS)
        yield name, colours.series[turn], MARKERS[turn], LINES[turn]
