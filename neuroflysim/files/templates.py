"""Templates of pages, as they lie beside the code that fills them in: every text is escaped."""

from __future__ import annotations

import jinja2


def templates_of(package: str) -> jinja2.Environment:
    """Return the templates in the folder ``templates`` of a package; a missing name is an error.

    Parameters
    ----------
    package : str
        Such as "neuroflysim.report".

    Examples
    --------
    >>> templates_of("neuroflysim.explore").from_string("{{ name }}").render(name="<b>")
    '&lt;b&gt;'
    """
    return jinja2.Environment(
        loader=jinja2.PackageLoader(package, "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
