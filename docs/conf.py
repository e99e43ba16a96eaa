"""Sphinx: `make docs`."""

from pathlib import Path
from runpy import run_path

import matplotlib

import neuroflysim

project = "neuroflysim"
author = "the neuroflysim developers"
copyright = "2026, the neuroflysim developers"
release = version = neuroflysim.__version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.mathjax", "numpydoc"]
myst_heading_anchors = 2  # pages may point at sections of others
myst_enable_extensions = ["dollarmath"]
exclude_patterns = ["_build", "_gallery"]
numpydoc_show_class_members = False
autodoc_member_order = "bysource"
html_theme = "alabaster"
html_theme_options = {
    "description": "The fly's visual system as a Brian2 model",
    "page_width": "1240px",
    "body_max_width": "1000px",  # a line of code of 100 characters fits
}

matplotlib.use("Agg")


def setup(app):
    """Before the pages are read, write what they include: the gallery of protocols, recipes."""
    here = Path(__file__).parent
    gallery = run_path(here / "figures" / "protocols.py")
    recipes = run_path(here / "figures" / "recipes.py")
    app.connect("builder-inited", lambda app: gallery["write_gallery"](here / "_gallery"))
    app.connect("builder-inited", lambda app: recipes["write_recipes"](here / "_gallery"))
