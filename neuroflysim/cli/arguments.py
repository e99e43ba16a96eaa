"""What words mean that were typed: models, studies, protocols and their parameters.

Commands import this when they run; `neuroflysim.cli.options` has what help and Tab need.
"""

from __future__ import annotations

import inspect
import os
import re
from difflib import get_close_matches
from pathlib import Path

from attrs import frozen

from neuroflysim.checks import one_of
from neuroflysim.cli.protocol_file import function_in, is_file_name, require_protocol_made
from neuroflysim.connectome import Connectome
from neuroflysim.ensembles import Ensemble, load_ensemble, load_parameters
from neuroflysim.ensembles.ensemble import is_ensemble
from neuroflysim.errors import InvalidTypeError, InvalidValueError, NeuroFlySimError
from neuroflysim.names import ensemble_names
from neuroflysim.parameters import Parameters
from neuroflysim.protocols import LIBRARY
from neuroflysim.quantity_text import parse_value
from neuroflysim.stimulus.protocol import Protocol


@frozen
class NamedModels:
    """Models as they are named on the command line."""

    names: list[str]
    parameters: list[Parameters]
    ensemble: Ensemble | None  #: the one that all of them belong to that belong to one


def models_named(words: list[Path], loaded: Connectome) -> NamedModels:
    """Return the models of parameter files, of ensembles (flow), and of both (flow/007)."""
    models: list[tuple[str, Parameters]] = []
    ensembles = {}
    for word in words:
        whole = next((name for name in (word, word.parent) if is_ensemble(name)), None)
        if whole is None and not word.is_file():
            raise InvalidValueError(_no_model(word))
        if whole is not None and word.suffix == "" and whole not in ensembles:
            ensembles[whole] = load_ensemble(whole, loaded)
        if whole == word:
            ensemble = ensembles[whole]
            models += [
                (f"{word}/{k}", one) for k, one in zip(ensemble.names, ensemble, strict=True)
            ]
        else:
            models.append((str(word), load_parameters(word, loaded)))
    if len(ensembles) > 1:
        raise InvalidValueError(
            f"{' and '.join(map(str, ensembles))} are ensembles of their own, each with its start"
            " and readout; name one at a time."
        )
    ensemble = next(iter(ensembles.values()), None)
    return NamedModels([name for name, _ in models], [one for _, one in models], ensemble)


def _no_model(word: Path) -> str:
    """Say that a word names no model, and what is like it."""
    if word.exists():
        return f"{word} is a folder without a model: it is no ensemble; name a file in it."
    folder = word.parent
    beside = [path.name for path in folder.iterdir()] if folder.is_dir() else []
    files = [str(folder / name) for name in beside if Path(name).suffix in (".json", ".csv")]
    known = ensemble_names()
    # Of a model only the ensemble can be misspelt here, for no ensemble was found.
    told = get_close_matches(str(word), [*known, *files], n=2)
    if len(word.parts) == 2:
        told += [f"{near}/{word.name}" for near in get_close_matches(str(folder), known, n=1)]
    hint = f" Did you mean {' or '.join(told)}?" if told else ""
    if word.suffix:
        return f"there is no parameter file {word}; look at the name and the folder.{hint}"
    return (
        f"{str(word)!r} is neither a parameter file, nor an ensemble ({', '.join(known)}), nor a"
        f" model of one ({known[0]}/000).{hint}"
    )


def words_of(option: str, text: str) -> list[str]:
    """Return the words of an option that stand with commas between."""
    words = [word.strip() for word in text.split(",")]
    if not all(words):
        raise InvalidValueError(
            f"{option} is {text!r}, but must be words with commas between, such as Mi1,Tm3."
        )
    return words


def candidates_of(
    files: list[Path], loaded: Connectome, dynamics: str = "graded"
) -> list[Parameters]:
    """Return the parameters in some files; without any the count-proportional start."""
    if not files:
        return [Parameters.uniform(loaded, dynamics=dynamics)]
    return models_named(files, loaded).parameters


def studies_named(text: str) -> str | list[str]:
    """Return names of studies that stand with commas between, or all."""
    names = words_of("--studies", text)
    return "all" if names == ["all"] else names


def require_protocol(name: str) -> None:
    """Raise if there is no such protocol."""
    one_of("the protocol", name, LIBRARY)


def made_protocol(name: str, settings: list[str] | None) -> Protocol:
    """Return a protocol with parameters as they are typed: NAME=VALUE; its file may name it."""
    if is_file_name(name):
        make = function_in(name)
    else:
        require_protocol(name)
        make = LIBRARY[name]
    arguments = inspect.signature(make).parameters
    given = {}
    for setting in settings or ():
        word, equals, text = setting.partition("=")
        word = word.strip()
        if not equals:
            raise InvalidValueError(
                f"--set {setting!r} must be a parameter and its value, for example --set angle=90."
            )
        one_of(f"the parameter of --set {setting!r}", word, arguments)
        if word in given:
            raise InvalidValueError(
                f"--set {word} is given twice; put the values into one list, with commas between."
            )
        try:
            given[word] = parse_value(text)
        except NeuroFlySimError as error:
            if not os.path.isfile(text):
                missing = f"there is no file {text}; " if re.search(r"\.[a-z]\w+$", text) else ""
                raise InvalidValueError(f"--set {setting!r}: {missing}{error}") from None
            given[word] = text  # a picture or a movie
    missing = [
        word for word, argument in arguments.items()
        if argument.default is argument.empty and word not in given
    ]  # fmt: skip
    if missing:
        raise InvalidValueError(
            f"the protocol {name} needs {missing[0]}; give it with --set {missing[0]}=..."
        )
    try:
        return require_protocol_made(name, make(**given))
    except InvalidTypeError as error:
        raise InvalidTypeError(
            f'{error} In a shell: --set "speed=28 deg/s", --set "stim_time=160 ms".'
        ) from None
