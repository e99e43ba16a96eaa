"""Draw docs/figures/protocols.png, and the pictures of the gallery in the documentation.

Neither needs a list: both show every protocol of the library.
"""

import inspect
from pathlib import Path

from matplotlib import pyplot as plt

from neuroflysim.plotting import plot_thumbnail
from neuroflysim.protocols import LIBRARY

N_COLUMNS = 3


def drawn_protocols():
    """Yield the name, the function, and the protocol; None for those that need a file."""
    for name, make in LIBRARY.items():
        arguments = inspect.signature(make).parameters.values()
        complete = all(argument.default is not argument.empty for argument in arguments)
        yield name, make, make() if complete else None


def write_gallery(folder: Path) -> None:
    """Write a picture for each protocol, and protocols.md, which shows them all."""
    folder.mkdir(exist_ok=True)
    parts = []
    for name, make, protocol in drawn_protocols():
        parts.append(f"### {name}\n\n{inspect.getdoc(make).splitlines()[0]}")
        parts.append(f"All about it: {{py:func}}`neuroflysim.protocols.{name}`.")
        if protocol is None:
            continue
        figure = plot_thumbnail(protocol)[0].figure
        figure.savefig(folder / f"{name}.png", dpi=160)
        plt.close(figure)
        parts.append(f"![{name}]({folder.name}/{name}.png)")
    (folder / "protocols.md").write_text("\n\n".join(parts) + "\n")


def main() -> None:
    """Draw all thumbnails on one sheet."""
    protocols = {name: made for name, _, made in drawn_protocols() if made is not None}
    n_rows = -(-len(protocols) // N_COLUMNS)
    figure = plt.figure(figsize=(3.7 * N_COLUMNS, 1.75 * n_rows), layout="constrained")
    panels = figure.subfigures(n_rows, N_COLUMNS, wspace=0.06, hspace=0.04, squeeze=False).flat
    for panel, (name, protocol) in zip(panels, protocols.items(), strict=False):
        plot_thumbnail(protocol, figure=panel)
        panel.suptitle(name, fontsize=9, x=0.02, ha="left")
    figure.savefig(Path(__file__).with_suffix(".png"), dpi=110)


if __name__ == "__main__":
    main()
