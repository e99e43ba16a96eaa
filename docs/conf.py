"""Sphinx: `make docs`."""

import neuroflysim

project = "neuroflysim"
author = "the neuroflysim developers"
copyright = "2026, the neuroflysim developers"
release = version = neuroflysim.__version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.mathjax", "numpydoc"]
myst_enable_extensions = ["dollarmath"]
exclude_patterns = ["_build"]
numpydoc_show_class_members = False
autodoc_member_order = "bysource"
html_theme = "alabaster"
html_theme_options = {"description": "The fly's visual system as a Brian2 model"}
