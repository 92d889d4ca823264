"""Plots: one template, registered once; colours that a colour-blind person can tell apart (Okabe & Ito)."""

import numpy as np
import plotly.graph_objects as go
import plotly.io as pio
from plotly.colors import hex_to_rgb, sequential

CLASSES = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442", "#7f7f7f", "#882255", "#44aa99")

_STOPS = np.array([hex_to_rgb(colour) for colour in sequential.Cividis])
CIVIDIS = np.stack([np.interp(np.linspace(0, len(_STOPS) - 1, 256), range(len(_STOPS)), stops) for stops in _STOPS.T], -1)
CIVIDIS = np.rint(CIVIDIS).astype(np.uint8)

pio.templates["playground"] = go.layout.Template(
    layout={
        "colorway": CLASSES,
        "margin": {"l": 60, "r": 20, "t": 70, "b": 50},
        "title": {"x": 0, "xanchor": "left", "y": 0.97, "yanchor": "top", "font": {"size": 15}},
        "legend": {"orientation": "h", "y": 1.02, "x": 0, "xanchor": "left", "yanchor": "bottom"},
        "hovermode": "x unified",
    }
)


def curves(title: str, x_title: str, y_title: str, x: list, lines: dict[str, list], percent: bool = False) -> go.Figure:
    """One line a name over a common x; with `percent`, y are shares shown as percentages."""
    figure = go.Figure(
        [go.Scatter(x=x, y=y, name=name, mode="lines+markers", line={"width": 2.5}) for name, y in lines.items()],
        layout={"template": "playground", "title": {"text": title}, "height": 340},
    )
    figure.update_xaxes(title=x_title, dtick=1)
    figure.update_yaxes(title=y_title, rangemode="tozero", tickformat=".0%" if percent else None)
    return figure


def signed(values: np.ndarray) -> np.ndarray:
    """Signed numbers as blue – white – orange: any shape → uint8 RGB [..., 3], white at 0, the largest magnitude full."""
    share = (values / max(float(np.abs(values).max()), 1e-9))[..., None]
    blue, orange = np.array([33, 102, 172]), np.array([217, 95, 14])
    return np.rint(255 + (np.where(share < 0, blue, orange) - 255) * np.abs(share)).astype(np.uint8)


def cividis(share: np.ndarray) -> np.ndarray:
    """Magnitudes as cividis: shares from 0 to 1 of any shape → uint8 RGB [..., 3]."""
    return CIVIDIS[np.rint(255 * np.clip(share, 0, 1)).astype(np.uint8)]


def separators(language: str) -> str:
    """The decimal point and the thousands separator, as plotly wants them."""
    return ", " if language == "ru" else ".,"
