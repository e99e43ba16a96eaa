"""How the page of `Responses.explore` looks: explore.png. Needs Chromium; takes half a minute.

python docs/figures/explore.py
"""

import re
from pathlib import Path
from runpy import run_path
from tempfile import TemporaryDirectory

from PIL import Image

HERE = Path(__file__).parent
ROOT = HERE.parents[1]

#: Width and height of the window, and the sample that is shown.
WIDTH, HEIGHT, FRAME = 1280, 1300, 42


def main() -> None:
    """Run the lines of docs/notebooks.md but for the movie, and look at what they write."""
    text = (ROOT / "docs" / "notebooks.md").read_text(encoding="utf-8")
    names: dict = {}
    with TemporaryDirectory() as folder:
        for block in re.findall(r"```python\n(.*?)```", text, re.DOTALL):
            block = re.sub(r"^movie.*\n", "", block, flags=re.MULTILINE)
            exec(block.replace('"edges.html"', f'"{folder}/edges.html"'), names)
        browser = run_path(str(ROOT / "tests" / "browser.py"))["Browser"](f"{folder}/profile")
        try:
            browser.size(WIDTH, HEIGHT)
            browser.call("Emulation.setScrollbarsHidden", hidden=True)
            browser.open(Path(folder, "edges.html"))
            browser.evaluate(
                f"step({FRAME}); Promise.all(state.shown.flatMap((name) => data.conditions.map("
                "(_, condition) => whole(name, condition)))).then(() => new Promise((done) =>"
                " setTimeout(done, 500)))"
            )
            browser.picture(HERE / "explore.png", whole=False)
        finally:
            browser.close()
    with Image.open(HERE / "explore.png") as picture:
        picture.convert("RGB").quantize(256).save(HERE / "explore.png", optimize=True)


if __name__ == "__main__":
    main()
