"""How objects look in a notebook: cards of HTML with small pictures drawn as SVG.

The card of a class stands in `card.py` beside the class; here is what all of them are made of. It
needs neither matplotlib nor a template, for a card is drawn whenever a cell ends with its object.
"""

from neuroflysim.notebook.hexagon_map import diverging, grey, hexagons
from neuroflysim.notebook.html import card, fact, figure, number, table
from neuroflysim.notebook.lines import bars, curves

__all__ = [
    "bars",
    "card",
    "curves",
    "diverging",
    "fact",
    "figure",
    "grey",
    "hexagons",
    "number",
    "table",
]
