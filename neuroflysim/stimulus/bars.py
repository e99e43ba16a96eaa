"""Equations of a bar, seen sharply or through the lens of a column."""

from __future__ import annotations

import numpy.typing as npt

from neuroflysim import checks

#: Widths and heights in degrees that are still bars.
SMALLEST = 0.001


def bar_sizes(width: npt.ArrayLike, height: npt.ArrayLike) -> dict:
    """Return widths and heights of bars, checked, as parameters of a protocol.

    Parameters
    ----------
    width : float or list, degrees
    height : float or list, degrees
        May be infinite.

    Raises
    ------
    InvalidTypeError
        If one of them is no plain number.
    InvalidValueError
        If one of them is too small to be a bar, or a width infinite.
    """
    return {
        "width": checks.bounded_numbers("width", width, SMALLEST, 360),
        "height": checks.lengths("height", height, SMALLEST),
    }


def bar_equations(name: str, along: str, across: str, acceptance_angle: float) -> str:
    """Return Brian2 equations for how much of a column's view a bar fills, from 0 to 1.

    The bar lies at the origin. It is as wide as the parameter ``width`` says and as long as
    ``height`` says, in degrees.

    Parameters
    ----------
    name : str
        What the equations define.
    along, across : str
        Expressions for where the column looks: degrees along the width and the height of the bar.
    acceptance_angle : float, degrees
        Full width at half maximum of the Gaussian with which a column weighs what it sees. At 0 a
        column sees what lies on its optical axis.

    Returns
    -------
    str

    Notes
    -----
    The share that a Gaussian has in a rectangle is a product of two differences of error functions.
    Brian2 has none. They are written as in Abramowitz and Stegun, Handbook of Mathematical
    Functions, 7.1.26, which is off by at most 1.5e-7; so the share is off by at most 3e-7.

    Examples
    --------
    >>> print(bar_equations("bar", "x", "y", 0))
    bar = (int(x - 1e-6 <= width/2) - int(x - 1e-6 <= -width/2))*int(abs(y) <= height/2 + 1e-6) : 1
    """
    acceptance_angle = checks.finite_number("acceptance_angle", acceptance_angle, 0, 90)
    if acceptance_angle == 0:
        # Of the borders across the width one belongs to the bar, so that bars side by side share
        # no column. The margin of 1e-6 deg treats columns of one row alike, whatever their
        # rounding.
        width = f"int({along} - 1e-6 <= width/2) - int({along} - 1e-6 <= -width/2)"
        return f"{name} = ({width})*int(abs({across}) <= height/2 + 1e-6) : 1"
    scale = f"2*sqrt(log(2))/{acceptance_angle!r}"
    borders = {
        f"{name}_front": f"({along} + width/2)*{scale}",
        f"{name}_back": f"({along} - width/2)*{scale}",
        f"{name}_top": f"({across} + height/2)*{scale}",
        f"{name}_bottom": f"({across} - height/2)*{scale}",
    }
    lines = [line for border in borders.items() for line in _error_function(*border)]
    share = f"({name}_front - {name}_back)*({name}_top - {name}_bottom)/4"
    return "\n".join([*lines, f"{name} = clip({share}, 0, 1) : 1"])


def _error_function(name: str, argument: str) -> tuple[str, str, str]:
    polynomial = "1.061405429"
    for coefficient in ("-1.453152027", "+1.421413741", "-0.284496736", "+0.254829592"):
        polynomial = f"({polynomial}*{name}_k {coefficient})"
    return (
        f"{name}_z = {argument} : 1",
        f"{name}_k = 1/(1 + 0.3275911*abs({name}_z)) : 1",
        f"{name} = sign({name}_z)*(1 - {polynomial}*{name}_k*exp(-{name}_z**2)) : 1",
    )
