"""Every line of a shell that the documentation shows is one that the command line understands."""

import inspect
import re
import shlex
from pathlib import Path

import pytest
import typer

from neuroflysim.cli import COMMANDS, app

pytestmark = pytest.mark.docs

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
GROUP = typer.main.get_command(app)


def shown_lines(text):
    """Lines that begin with the command, in blocks of code that are no Python."""
    for kind, block in re.findall(r"^```(\w*)\n(.*?)^```", text, re.DOTALL | re.MULTILINE):
        if kind in ("", "bash", "sh", "console"):
            yield from (line for line in block.splitlines() if line.startswith("neuroflysim "))


def words_of(line):
    """The words up to a comment, a pipe or a redirection."""
    words = shlex.split(line, comments=True)[1:]
    ends = [place for place, word in enumerate(words) if word in ("|", "||", "&&", ">", "2>")]
    return words[: min(ends, default=len(words))]


def understood(words):
    """Parse words as the shell would hand them over, without running anything."""
    if words[0] in GROUP.commands:
        command = GROUP.commands[words[0]]
        command.make_context(words[0], [word for word in words[1:] if word != "--help"])
    else:
        known = {name for parameter in GROUP.params for name in parameter.opts}
        assert set(words) <= {*known, "--help", "COMMAND"}


SHOWN = [(page.name, line) for page in PAGES for line in shown_lines(page.read_text())]
IN_HELP = [
    (command.__name__, line.strip())
    for command in COMMANDS
    for line in inspect.getdoc(command).splitlines()
    if line.strip().startswith("neuroflysim ")
]


@pytest.mark.parametrize(("where", "line"), SHOWN + IN_HELP)
def test_what_is_shown_is_understood(where, line):
    try:
        understood(words_of(line))
    except typer.Exit:
        raise AssertionError(f"{where}: {line} ends before it begins") from None


@pytest.mark.parametrize(
    "line",
    [
        "neuroflysim simulat flash -o a.nc",
        "neuroflysim simulate flash",
        "neuroflysim simulate flash -o a.nc --colour",
        "neuroflysim connectome --extent wide",
        "neuroflysim ensembles flow",
    ],
)
def test_what_is_wrong_would_be_found(line):
    with pytest.raises((Exception, AssertionError)):
        understood(words_of(line))


@pytest.mark.parametrize("name", [command.__name__ for command in COMMANDS])
def test_the_page_has_an_example_of_each_command_and_of_each_of_its_options(name):
    page = (ROOT / "docs" / "command_line.md").read_text()
    typed = " ".join(
        word for line in shown_lines(page) for word in words_of(line) if words_of(line)[0] == name
    ).split()
    assert name in typed
    options = GROUP.commands[name].params
    everywhere = {"--connectome", "--dynamics", "--extent", "--json", "--help"}
    missing = [
        option.opts[0]
        for option in options
        if option.param_type_name == "option"
        and not {*option.opts, *option.secondary_opts} & {*typed, *everywhere}
    ]
    assert missing == []
