"""Every line of a shell that the documentation shows is one that the command line understands."""

import inspect
import re
import shlex
from pathlib import Path

import pytest
import typer

from neuroflysim.cli import COMMANDS, SUBCOMMANDS, app

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


def command_of(words):
    """The command that words call, and what is left of them: its arguments."""
    command, words = GROUP.commands[words[0]], words[1:]
    others = getattr(command, "commands", {})
    return (others[words[0]], words[1:]) if words and words[0] in others else (command, words)


def understood(words):
    """Parse words as the shell would hand them over, without running anything."""
    if words[0] in GROUP.commands:
        command, words = command_of(words)
        command.make_context(command.name, [word for word in words if word != "--help"])
    else:
        known = {name for parameter in GROUP.params for name in parameter.opts}
        assert set(words) <= {*known, "--help", "COMMAND"}


SHOWN = [(page.name, line) for page in PAGES for line in shown_lines(page.read_text())]
IN_HELP = [
    (command.__name__, line.strip())
    for command in [*COMMANDS, *(one for own in SUBCOMMANDS.values() for one in own.values())]
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


CALLED = [
    *([command.__name__] for command in COMMANDS),
    *([command.__name__, word] for command, own in SUBCOMMANDS.items() for word in own),
]


@pytest.mark.parametrize("name", CALLED, ids=" ".join)
def test_the_page_has_an_example_of_each_command_and_of_each_of_its_options(name):
    page = (ROOT / "docs" / "command_line.md").read_text()
    command, _ = command_of(name)
    lines = [words_of(line) for line in shown_lines(page) if words_of(line)]
    lines = [words for words in lines if words[0] in GROUP.commands]
    typed = {word for words in lines if command_of(words)[0] is command for word in words}
    assert typed
    everywhere = {"--connectome", "--dynamics", "--extent", "--json", "--help"}
    missing = [
        option.opts[0]
        for option in command.params
        if option.param_type_name == "option"
        and not {*option.opts, *option.secondary_opts} & {*typed, *everywhere}
    ]
    assert missing == []
