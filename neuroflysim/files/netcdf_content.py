"""What a labelled array holds, for a checksum; and which arrays netCDF keeps as they are."""

from __future__ import annotations

import hashlib
import json

import numpy as np
import xarray as xr

from neuroflysim.errors import InvalidTypeError, InvalidValueError

#: Names of attributes that netCDF, HDF5 or their readers act upon: 'scale_factor' would have
#: every other program multiply the values.
KEPT_FOR_NETCDF = (
    *("_FillValue", "missing_value", "scale_factor", "add_offset", "_Unsigned", "coordinates"),
    *("CLASS", "NAME", "DIMENSION_LIST", "REFERENCE_LIST", "_Netcdf4Coordinates"),
    *("_Netcdf4Dimid", "_NCProperties", "_nc3_strict"),
)


def storable(array: xr.DataArray) -> xr.DataArray:
    """Return the array as netCDF gives it back, or raise if netCDF would change or lose something.

    Encodings of a file that it came from are left out: they may round.

    Raises
    ------
    InvalidTypeError
        If a label or an attribute is of a kind that netCDF does not know; says which.

    Examples
    --------
    >>> storable(xr.DataArray([1.0], dims="time", attrs={"remark": None}))
    Traceback (most recent call last):
     ...
    neuroflysim.errors.InvalidTypeError: the attribute 'remark' is None, but netCDF keeps text...
    """
    kept = array.compute().drop_encoding()
    _require_attributes("", kept.attrs)
    kept.attrs = _lists_of_text(kept.attrs)
    if not isinstance(array.dtype, np.dtype) or array.dtype.kind not in "iuf":
        raise InvalidTypeError(f"the values are of type {array.dtype}, but must be real numbers.")
    for name, label in array.coords.items():
        if not isinstance(name, str):
            raise InvalidTypeError(f"the label {name!r} must be named by text.")
        _require_attributes(f" of {name}", label.attrs)
        values = label.to_numpy()
        if values.dtype.kind not in "biuf":
            told = f"the label {name!r}"
            texts = [_text(told, one) for one in values.ravel().tolist()]
            values = np.array(texts, dtype=str).reshape(values.shape)
        attributes = _lists_of_text(label.attrs)
        kept = kept.assign_coords({name: (label.dims, values, attributes)})
    return kept


def _lists_of_text(attributes: dict) -> dict:
    """Return text as Python has it: HDF5 does not know numpy's."""
    return {
        name: value.tolist()
        if isinstance(value, np.ndarray | np.generic) and value.dtype.kind in "UO"
        else value
        for name, value in attributes.items()
    }


def content_sha256(array: xr.DataArray, name: str, written_by: object) -> str:
    """Return a checksum of all that an array holds.

    Independent of how a file stores it: byte order, blocks, and whether a list of one number is
    a list.
    """
    digest = hashlib.sha256()
    told = {"name": name, "written_by": str(written_by), "dims": list(array.dims)}
    told["attributes"] = _attributes(array.attrs)
    _add(digest, told)
    _add_values(digest, array.to_numpy())
    for label in sorted(array.coords, key=str):
        values = array[label]
        _add(digest, [str(label), list(values.dims), _attributes(values.attrs)])
        _add_values(digest, values.to_numpy())
    return digest.hexdigest()


def _add(digest, told) -> None:
    text = json.dumps(told, sort_keys=True, default=str)
    digest.update(f"{len(text)} {text}".encode("ascii"))


def _add_values(digest, values: np.ndarray) -> None:
    if values.dtype.kind not in "biufc":
        _add(digest, ["text", values.shape, [str(one) for one in values.ravel().tolist()]])
        return
    values = np.ascontiguousarray(values, dtype=values.dtype.newbyteorder("<"))
    _add(digest, [values.dtype.str, values.shape])
    digest.update(values.reshape(-1).view(np.uint8).data)


def _attributes(attributes: dict) -> dict:
    return {str(name): _plain(value) for name, value in attributes.items()}


def _plain(value):
    """Return numbers and text of Python; netCDF knows no difference between a number and a list."""
    plain = value.tolist() if isinstance(value, np.ndarray | np.generic) else value
    if isinstance(plain, list | tuple):
        plain = [_plain(one) for one in plain]
        if any(isinstance(one, float) for one in plain):
            plain = [float(one) for one in plain]
        return plain[0] if len(plain) == 1 else plain
    return plain


def _require_attributes(where: str, attributes: dict) -> None:
    for name, value in attributes.items():
        told = f"the attribute {name!r}{where}"
        if not isinstance(name, str) or not name or "/" in name or "\0" in name:
            raise InvalidTypeError(f"{told} must be named by text, without '/'.")
        if name in KEPT_FOR_NETCDF or (name == "dtype" and value == "bool"):
            raise InvalidValueError(
                f"{told} cannot be kept: readers of netCDF take it for an instruction; name it"
                " otherwise."
            )
        values = value if isinstance(value, list | tuple | np.ndarray) else [value]
        listed = np.array(values, dtype=object)
        kinds = {_kind(one) for one in listed.ravel().tolist()}
        if len(kinds) > 1 or not kinds <= {"number", "text"} or listed.ndim > 1:
            shown = repr(value)
            raise InvalidTypeError(
                f"{told} is {shown[:100]}, but netCDF keeps text, numbers, and lists of either;"
                " write it as text, for example by json.dumps, or leave it out."
            )
        for one in values if kinds == {"text"} else ():
            _text(told, one)


def _kind(value) -> str:
    if isinstance(value, str):
        return "text"
    if isinstance(value, bool | np.bool_):
        return "bool"
    if isinstance(value, int | np.integer) and -(2**63) <= value < 2**63:
        return "number"
    return "number" if isinstance(value, float | np.floating) else type(value).__name__


def _text(told: str, value) -> str:
    if not isinstance(value, str):
        raise InvalidTypeError(
            f"{told} holds {value!r}, but netCDF keeps numbers or text; make it one of them."
        )
    if "\0" in value or not _is_unicode(value):
        raise InvalidValueError(f"{told} holds {value!r}, which is no text that netCDF can keep.")
    return value


def _is_unicode(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:  # half of a pair of surrogates
        return False
    return True
