"""What may stand in an HDF5 file that is whole: netCDF and NWB."""

from __future__ import annotations

import h5py
import numpy as np

from mutated.mutators.mutator import EITHER, Mutation, Mutator, NotApplicableError, collector

HDF5: list[Mutator] = []
mutator = collector(HDF5)


def _objects(file) -> list[str]:
    """Return the names of everything in the file, sorted, so that a seed means one thing."""
    names = ["/"]
    file.visit(names.append)
    return sorted(names)


def _datasets(file, accept=lambda one: True) -> list[str]:
    names = [name for name in _objects(file) if isinstance(file[name], h5py.Dataset)]
    return [name for name in names if accept(file[name])]


def _numbers(one) -> bool:
    return one.dtype.kind in "iuf" and one.size > 0


def _replace(file, name, data) -> None:
    """Write a dataset anew under its name, with its attributes and its scales as far as they go."""
    old = file[name]
    attributes = dict(old.attrs)
    del file[name]
    new = file.create_dataset(name, data=data)
    for key, value in attributes.items():
        if key not in ("DIMENSION_LIST", "REFERENCE_LIST"):
            new.attrs[key] = value


def _chosen(rng, names):
    if not names:
        raise NotApplicableError
    return rng.choice(names)


@mutator
def another_attribute(path, rng):
    """Let an attribute say something else."""
    with h5py.File(path, "r+") as file:
        holders = [name for name in _objects(file) if len(file[name].attrs)]
        name = _chosen(rng, holders)
        key = rng.choice(sorted(file[name].attrs))
        news = (
            "text", "", np.nan, np.inf, -1, 0, True, "x" * 5_000, b"\xff\xfe", np.arange(3),
            1e308, 1j, np.array([], dtype=float), h5py.Empty("f"),
        )  # fmt: skip
        new = rng.choice(news)
        try:
            file[name].attrs[key] = new
        except (TypeError, ValueError, OSError, RuntimeError):
            raise NotApplicableError from None
    return Mutation(EITHER, f"{name}: the attribute {key} is {str(new)[:20]!r}", (name, key))


@mutator
def an_attribute_missing(path, rng):
    """Leave an attribute out."""
    with h5py.File(path, "r+") as file:
        name = _chosen(rng, [name for name in _objects(file) if len(file[name].attrs)])
        key = rng.choice(sorted(file[name].attrs))
        del file[name].attrs[key]
    return Mutation(EITHER, f"{name}: the attribute {key} is left out", (name, key))


@mutator
def an_object_missing(path, rng):
    """Leave a dataset or a group out."""
    with h5py.File(path, "r+") as file:
        name = _chosen(rng, _objects(file)[1:])
        del file[name]
    return Mutation(EITHER, f"{name} is left out", (name,))


@mutator
def another_number(path, rng):
    """Write another number into a dataset."""
    with h5py.File(path, "r+") as file:
        name = _chosen(rng, _datasets(file, _numbers))
        values = file[name][()]
        flat = np.atleast_1d(values).ravel().copy()
        k = rng.randrange(flat.size)
        new = rng.choice((0, -1, flat[k] + 1, 1e30, np.nan, np.inf))
        try:
            with np.errstate(all="ignore"):
                flat[k] = new
        except (ValueError, OverflowError):
            flat[k] = 0
        if np.array_equal(flat, np.atleast_1d(values).ravel(), equal_nan=True):
            raise NotApplicableError
        file[name][...] = flat.reshape(np.shape(values))
    return Mutation(EITHER, f"{name}: number {k} is {new}", (name,))


@mutator
def reversed_order(path, rng):
    """Turn a dataset around."""
    with h5py.File(path, "r+") as file:
        name = _chosen(rng, _datasets(file, lambda one: _numbers(one) and one.ndim > 0))
        values = file[name][()]
        other = values[::-1]
        if np.array_equal(values, other, equal_nan=True):
            raise NotApplicableError
        file[name][...] = other
    return Mutation(EITHER, f"{name} is reversed", (name,))


@mutator
def all_the_same(path, rng):
    """Fill a dataset with one number."""
    with h5py.File(path, "r+") as file:
        name = _chosen(rng, _datasets(file, lambda one: one.dtype.kind == "f" and one.size > 0))
        new = rng.choice((np.nan, np.inf, 0.0, 1e308))
        file[name][...] = new
    return Mutation(EITHER, f"{name} is {new} throughout", (name,))


@mutator
def another_type(path, rng):
    """Let a dataset hold other things than numbers."""
    with h5py.File(path, "r+") as file:
        name = _chosen(rng, _datasets(file, _numbers))
        values = file[name][()]
        kind = rng.choice(("complex", "text", "bool", "int8", "float16", "object"))
        if kind == "complex":
            new = values.astype(complex) + 1j
        elif kind == "text":
            new = np.asarray(values).astype("S")
        elif kind == "object":
            new = np.full(np.shape(values), "text", dtype=object)
        else:
            with np.errstate(all="ignore"):
                new = values.astype(kind)
        try:
            _replace(file, name, new)
        except (TypeError, ValueError, OSError, RuntimeError):
            raise NotApplicableError from None
    return Mutation(EITHER, f"{name} holds {kind}", (name,))


@mutator
def another_shape(path, rng):
    """Turn the axes of a dataset, cut it, or make it longer."""
    with h5py.File(path, "r+") as file:
        name = _chosen(rng, _datasets(file, lambda one: _numbers(one) and one.ndim > 0))
        values = file[name][()]
        how = rng.choice(("transposed", "cut", "doubled", "flat", "empty", "one number"))
        new = {
            "transposed": lambda: values.T,
            "cut": lambda: values[:-1],
            "doubled": lambda: np.concatenate([values, values]),
            "flat": lambda: values.ravel(),
            "empty": lambda: values[:0],
            "one number": lambda: values.ravel()[0],
        }[how]()
        if np.shape(new) == values.shape:
            raise NotApplicableError
        _replace(file, name, new)
    return Mutation(EITHER, f"{name} is {how}", (name,))


@mutator
def a_huge_size(path, rng):
    """Declare terabytes of which nothing is there."""
    with h5py.File(path, "r+") as file:
        name = _chosen(rng, _datasets(file, _numbers))
        old = file[name]
        attributes = dict(old.attrs)
        length = 10**12 if old.ndim < 2 else 10**6
        shape = (length,) if old.ndim < 2 else tuple(10**6 for _ in old.shape[:2])
        dtype = old.dtype
        del file[name]
        chunks = (1000,) * len(shape)
        new = file.create_dataset(name, shape=shape, dtype=dtype, chunks=chunks)
        for key, value in attributes.items():
            if key not in ("DIMENSION_LIST", "REFERENCE_LIST"):
                new.attrs[key] = value
    return Mutation(EITHER, f"{name} is declared with {shape}", (name,))
