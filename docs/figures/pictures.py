"""Draw the pictures of docs/pictures.md by running the lines that the page shows.

Only blocks that are followed by a picture in docs/figures/pictures/, or by none, are run; the other
pictures are drawn by the scripts of the pages that they belong to. About five minutes.
"""

import os
import re
import tempfile
from pathlib import Path

import matplotlib
from matplotlib import pyplot as plt
from PIL import Image, ImageSequence

from neuroflysim import plotting

HERE = Path(__file__).parent
PAGE = HERE.parent / "pictures.md"
OWN = "figures/pictures/"
#: Of the movie, which is several times as large with more.
COLORS = 64


def blocks(page: str) -> list[tuple[str, str]]:
    """Return the code of a page, and beside each block the picture that follows it, if any."""
    found = re.findall(r"```python\n(.*?)```\n(?:\n!\[[^\]]*\]\(([^)]*)\))?", page, re.DOTALL)
    return [(code, picture) for code, picture in found]


def write_small(movie: Path, path: Path) -> None:
    """Write a GIF again, with few colours that all frames share."""
    with Image.open(movie) as image:
        frames = [frame.convert("RGB") for frame in ImageSequence.Iterator(image)]
        duration = image.info["duration"]
    palette = frames[len(frames) // 2].quantize(COLORS, kmeans=4)
    first, *rest = (frame.quantize(palette=palette, dither=0) for frame in frames)
    first.save(path, save_all=True, append_images=rest, duration=duration, loop=0, optimize=True)


def main() -> None:
    """Run the blocks one after the other, and save what each has drawn."""
    matplotlib.use("Agg")
    names: dict = {}
    folder = HERE / "pictures"
    folder.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        os.chdir(scratch)
        for code, picture in blocks(PAGE.read_text(encoding="utf-8")):
            if picture and not picture.startswith(OWN):
                continue
            exec(compile(code, PAGE.name, "exec"), names)
            path = folder / Path(picture).name
            if path.suffix == ".gif":
                write_small(Path(path.name), path)
            elif picture:
                plotting.save_figure(names["axes"], path, dpi=100)
            plt.close("all")
        os.chdir(HERE)


if __name__ == "__main__":
    main()
