"""Whoever calls something public is told by the editor what it takes and what it returns."""

import inspect
from functools import cached_property
from pkgutil import walk_packages
from typing import Protocol

import pytest

import neuroflysim as nfs

MODULES = [
    module.name
    for module in walk_packages(nfs.__path__, "neuroflysim.")
    if not module.name.endswith("__main__")
]


def public(namespace, of):
    """What a module or class defines under public names, unwrapped to functions and classes."""
    for name, value in vars(namespace).items():
        value = value.fget if isinstance(value, property) else value
        value = value.func if isinstance(value, cached_property) else value
        value = inspect.unwrap(getattr(value, "__func__", value))
        if not name.startswith("_") and getattr(value, "__module__", None) == of:
            yield name, value


def signatures(module):
    """Every public function, method and class of a module, with its signature."""
    for name, value in public(module, module.__name__):
        if inspect.isfunction(value):
            yield name, inspect.signature(value)
        elif inspect.isclass(value):
            for method, function in public(value, module.__name__):
                if inspect.isfunction(function):
                    yield f"{name}.{method}", inspect.signature(function)
            if Protocol not in value.__bases__ and vars(value).keys() & {
                "__init__",
                "__attrs_attrs__",
            }:
                yield name, inspect.signature(value).replace(return_annotation=value)


@pytest.mark.parametrize("name", MODULES)
def test_every_public_parameter_and_result_is_annotated(name, imported):
    lacking = [
        f"{what}: {parameter}"
        for what, signature in signatures(imported(name))
        for parameter, annotation in [
            *((each.name, each.annotation) for each in signature.parameters.values()),
            ("what it returns", signature.return_annotation),
        ]
        if annotation is inspect.Signature.empty and parameter not in ("self", "cls")
    ]
    assert not lacking, f"write what these are: {', '.join(lacking)}"
