"""Pictures inside a page: figures as small PNG files in data URIs."""

from __future__ import annotations

import base64
import io

from attrs import frozen
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from PIL import Image

#: Points of the page for an inch of a figure; drawn finer, for fine screens and large zooms.
DOTS_PER_INCH = 110
_FINER = 1.5
#: Line drawings need no more; a third of the size of full colour.
_COLORS = 96


@frozen
class Picture:
    """A picture for an <img>: what it is, how large it is drawn, and what it shows in words."""

    uri: str
    width: int
    height: int
    alt: str


def picture(figure: Figure, alt: str, rare_colors: bool = False) -> Picture:
    """Draw a figure into a data URI, and close it.

    Parameters
    ----------
    figure : Figure
    alt : str
        What the picture shows, for people who do not see it.
    rare_colors : bool
        Whether colours that few points have stay as they are, instead of becoming like others.

    Returns
    -------
    Picture

    Examples
    --------
    >>> figure, ax = plt.subplots(figsize=(2, 1))
    >>> shown = picture(figure, "an empty panel")
    >>> shown.uri[:22], shown.width, shown.height
    ('data:image/png;base64,', 220, 110)
    """
    drawn, small = io.BytesIO(), io.BytesIO()
    figure.savefig(drawn, dpi=_FINER * DOTS_PER_INCH, format="png", facecolor="white")
    plt.close(figure)
    with Image.open(drawn) as image:
        width, height = (round(size / _FINER) for size in image.size)
        opaque = image.convert("RGB")
        if rare_colors:
            fewer = opaque.quantize(256, Image.Quantize.MAXCOVERAGE, 1)
        else:
            fewer = opaque.quantize(_COLORS)
        fewer.save(small, format="png", optimize=True)
    content = base64.b64encode(small.getvalue()).decode("ascii")
    return Picture(f"data:image/png;base64,{content}", width, height, alt)
