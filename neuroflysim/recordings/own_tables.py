"""Whether a recording comes back as it was from a table of text."""

from __future__ import annotations

import xarray as xr

from neuroflysim.errors import InvalidValueError
from neuroflysim.recordings.column_names import split_unit, with_unit
from neuroflysim.recordings.labels import as_text_again


def require_readable_as_table(signal: xr.DataArray) -> None:
    """Raise if a table with these labels and this unit would be read as another recording."""
    units = signal.attrs["units"]
    if split_unit(with_unit("signal", units)) != ("signal", units):
        raise InvalidValueError(
            f"the unit {units!r} cannot stand in brackets in a table of text, for its own"
            " do not close or blanks surround it; write it in another way, or save as .nc."
        )
    for name in map(str, signal.coords):
        if split_unit(name) != (name, "") or not name.isprintable() or name == "signal":
            raise InvalidValueError(
                f"the label {name!r} cannot name a column of text: it would be read as another"
                " name; give it one without brackets and blanks around it, or save as .nc."
            )
        changed = as_text_again(name, signal[name].to_numpy())
        if changed is not None:
            raise InvalidValueError(
                f"the label {name!r} is the word {changed!r}, which a table of text would give back"
                " as something else; give numbers, or another word, or save as .nc."
            )
