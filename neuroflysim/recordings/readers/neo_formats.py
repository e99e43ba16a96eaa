"""Files of acquisition programs: Axon (.abf), Spike2 and others that neo reads."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from neuroflysim.checks import one_of
from neuroflysim.errors import InvalidValueError
from neuroflysim.files import existing
from neuroflysim.recordings.abf_short import with_whole_head
from neuroflysim.recordings.building import Sweep, chosen_numbers, recording_of
from neuroflysim.recordings.mat_units import require_plain_units
from neuroflysim.recordings.neo_packages import lacks_package, missing_of_neo
from neuroflysim.recordings.neo_refused import left_out, readers_for
from neuroflysim.recordings.neo_signals import sweeps_of
from neuroflysim.recordings.reader import Reader, listing, missing_package, one_sentence
from neuroflysim.recordings.recording import Recording


def load_neo(
    path: str | os.PathLike[str],
    *,
    channel: str | int | None = None,
    sweeps: int | Sequence[int] | None = None,
    cell_type: str | Sequence[str] | None = None,
    conditions: Mapping | Sequence[Mapping] | None = None,
) -> Recording:
    """Read one channel of a file of an acquisition program, like Axon's .abf, by neo.

    Parameters
    ----------
    path : path-like
    channel : str or int, optional
        Name or number; not needed if there is but one. `recording_contents` lists them.
    sweeps : int or sequence of int, optional
        Which sweeps (neo's segments), from 0; all if not given.
    cell_type : str or sequence of str, optional
        Which cell it was; a list has one for each sweep. Not needed for a channel that shows when
        the stimulus began.
    conditions : mapping of str to value or sequence, or sequence of mappings, optional
        What was shown: parameters of the stimulus, named as in the model's `Responses`; one value
        for all, or one for each sweep. A list has one dictionary for each sweep.

    Returns
    -------
    Recording
        One trial for each sweep, in the unit of the channel as the file tells it ("unknown", if
        it does not).

    Raises
    ------
    InvalidValueError
        If the file is damaged, or contradicts itself; or if neo's reader for it would run code,
        as for pickles, or guess what the file does not say.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> import neo, quantities
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "cell.mat"
    >>> signal = neo.AnalogSignal(
    ...     [[-60.0], [-59.0]], units="mV", sampling_rate=1 * quantities.kHz, name="V")
    >>> block, segment = neo.Block(), neo.Segment()
    >>> segment.analogsignals.append(signal)
    >>> block.segments.append(segment)
    >>> neo.NeoMatlabIO(str(file)).write_block(block)
    >>> load_neo(file, channel="V", cell_type="Mi1")
    <Recording: 1 trial, 2 time, in mV>
    """
    path = existing(path)
    found = _channels(path)
    if channel is None and len(found) != 1:
        raise InvalidValueError(
            f"{path} has {len(found)} channels; choose one: channel="
            f"{' or '.join(map(repr, found))}."
        )
    where = f"{path}: channel"
    if isinstance(channel, str):
        of_channel = found[one_of(where, channel, found)]
    else:
        of_channel = list(found.values())[chosen_numbers(where, channel, len(found))[0]]
    chosen = chosen_numbers(f"{path}: sweeps", sweeps, len(of_channel))
    return recording_of(path, [of_channel[k] for k in chosen], cell_type, conditions)


def contents(path: str | os.PathLike[str]) -> pd.DataFrame:
    """Tell what is in the file; see `recording_contents`."""
    found = _channels(existing(path))
    firsts = [(name, len(sweeps), sweeps[0]) for name, sweeps in found.items()]
    return listing(
        (name, one.units, n, len(one.values), one.time_step, one.clock_time)
        for name, n, one in firsts
    )


def _channels(path: Path) -> dict[str, list[Sweep]]:
    """Return the sweeps of each channel."""
    try:
        from neo.io import list_candidate_ios
    except ImportError as error:
        raise missing_package(path, "neo", error) from None
    channels: dict[str, list[Sweep]] = {}
    try:
        candidates = list_candidate_ios(path)
    except ValueError:
        raise InvalidValueError(
            f"{path}: neo has no reader for {path.suffix or 'files without a suffix'}; give the"
            " file the suffix of its format."
        ) from None
    reasons, lacking = [], {}
    with with_whole_head(path) as readable:
        for reader in readers_for(path, candidates):
            try:
                if reader.__name__ == "NeoMatlabIO":
                    require_plain_units(path)
                for sweep in sweeps_of(path, reader(str(readable))):
                    channels.setdefault(sweep.channel, []).append(sweep)
            except InvalidValueError:
                raise
            except Exception as error:  # what neo's parsers raise depends on format and damage
                channels.clear()
                if lacks_package(reader.__name__, error):
                    lacking[reader.__name__] = error
                else:
                    reasons.append(f"{reader.__name__}: {one_sentence(error)}")
            if channels:
                return channels
    # A package that one of several readers lacks tells little of the file.
    if lacking and not reasons:
        raise missing_of_neo(path, lacking)
    if reasons:
        raise InvalidValueError(
            f"{path} cannot be read by neo ({'; '.join(reasons[:2])}); is it whole, and does its"
            f" suffix say what it is?{left_out(candidates)}"
        )
    raise InvalidValueError(f"{path} holds no analog signal; name a file with a recording.")


#: Of programs that record from cells; neo knows more.
READER = Reader(
    (".abf", ".axgd", ".axgx", ".edf", ".ibw", ".nix", ".pxp", ".rhd", ".rhs", ".smr", ".smrx",
     ".wcp"),
    load_neo,
    contents,
)  # fmt: skip
