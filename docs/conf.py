"""Sphinx: `make docs`."""

from pathlib import Path
from runpy import run_path

import matplotlib

import neuroflysim

project = "neuroflysim"
author = "the neuroflysim developers"
copyright = "2026, the neuroflysim developers"
release = version = neuroflysim.__version__
extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.mathjax",
    "numpydoc",
    "sphinx_gallery.gen_gallery",
]
myst_heading_anchors = 3  # pages may point at sections of others
myst_enable_extensions = ["deflist", "dollarmath"]
exclude_patterns = ["_build", "_gallery"]
# Links inside must lead somewhere. Types of other packages do not, by whatever name an annotation
# calls them: their pages are not read here. Nor do classes that public ones are made of.
nitpicky = True
nitpick_ignore_regex = [
    ("py:class", r"(?!neuroflysim\.).*"),
    (
        "py:class",
        r"neuroflysim\.(dynamics|ensembles|fit|gradients|perturbations|plotting|simulation|stimulus)\..*",
    ),
]
linkcheck_timeout = 30
numpydoc_show_class_members = False
autodoc_member_order = "bysource"
html_theme = "alabaster"
html_theme_options = {
    "description": "The fly's visual system as a Brian2 model",
    "page_width": "1340px",
    "body_max_width": "1100px",  # a line of code of 100 characters fits
}
html_static_path = ["_static"]

# The tutorials run when the pages are built; the README's script is no tutorial.
sphinx_gallery_conf = {
    "examples_dirs": "../examples",
    "gallery_dirs": "tutorials",
    "filename_pattern": r"/\d\d_",
    "ignore_pattern": "direction_tuning",
    "within_subsection_order": "FileNameSortKey",
    "abort_on_example_error": True,
    "capture_repr": (),  # scripts print what is to be seen
    "reference_url": {"neuroflysim": None},  # names in code lead to the reference
    "download_all_examples": False,
    "show_memory": False,
    "min_reported_time": 1e6,
    "write_computation_times": False,
    "show_signature": False,
    "thumbnail_size": (320, 224),
    "remove_config_comments": True,
}

matplotlib.use("Agg")


def headings_as_rubrics(app, what, name, obj, options, lines):
    """Let headings in docstrings of modules be no sections of the page: each would be linked to."""
    if what == "module":
        for k in range(len(lines) - 1):
            if lines[k] and lines[k + 1] == "-" * len(lines[k]):
                lines[k : k + 2] = [f".. rubric:: {lines[k]}", ""]


def setup(app):
    """Before the pages are read, write what they include: the gallery of protocols, recipes."""
    app.connect("autodoc-process-docstring", headings_as_rubrics)
    here = Path(__file__).parent
    # As text: the path becomes sys.argv[0], which Brian2 reads when one of them imports it first.
    gallery = run_path(str(here / "figures" / "protocols.py"))
    recipes = run_path(str(here / "figures" / "recipes.py"))
    app.connect("builder-inited", lambda app: gallery["write_gallery"](here / "_gallery"))
    app.connect("builder-inited", lambda app: recipes["write_recipes"](here / "_gallery"))
