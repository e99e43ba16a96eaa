"""One page to look through responses: all columns over time, one column, and its inputs.

The page is one HTML file with the numbers inside, which any browser opens, without a network. What
it holds is put together here; `templates/` has the page, its style, and two scripts: `data.js`
reads the numbers, `view.js` draws them.
"""

from neuroflysim.explore.page import Exploration, explored

__all__ = ["Exploration", "explored"]
