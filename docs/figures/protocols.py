"""Draw docs/figures/protocols.png: a thumbnail of every protocol of the library."""

import inspect
from pathlib import Path

from matplotlib import pyplot as plt
from neuroflysim.protocols import LIBRARY

from neuroflysim.plotting import plot_thumbnail

N_COLUMNS = 3


def drawable():
    """The protocols that need no picture or movie of the user, by name."""
    for name, make in LIBRARY.items():
        arguments = inspect.signature(make).parameters.values()
        if all(argument.default is not argument.empty for argument in arguments):
            yield name, make()


def main():
    """Draw them in three columns."""
    protocols = dict(drawable())
    n_rows = -(-len(protocols) // N_COLUMNS)
    figure = plt.figure(figsize=(3.7 * N_COLUMNS, 1.75 * n_rows), layout="constrained")
    panels = figure.subfigures(n_rows, N_COLUMNS, wspace=0.06, hspace=0.04, squeeze=False).flat
    for panel, (name, protocol) in zip(panels, protocols.items(), strict=False):
        plot_thumbnail(protocol, figure=panel)
        panel.suptitle(name, fontsize=9, x=0.02, ha="left")
    figure.savefig(Path(__file__).with_suffix(".png"), dpi=110)


if __name__ == "__main__":
    main()
