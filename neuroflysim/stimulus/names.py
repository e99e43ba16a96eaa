"""Names that users may give to what stands in equations, of stimuli and of cells."""

from __future__ import annotations

from collections.abc import Iterable
from keyword import iskeyword

from neuroflysim.errors import InvalidTypeError, InvalidValueError

#: Words of C++: as names in equations they would only fail when the generated code is compiled.
CPP_KEYWORDS = """
    alignas alignof asm auto bool break case catch char class const constexpr continue decltype
    default delete do double dynamic_cast else enum explicit export extern false float for friend
    goto if inline int long mutable namespace new noexcept nullptr operator private protected public
    register reinterpret_cast return short signed sizeof static static_assert static_cast struct
    switch template this thread_local throw true try typedef typeid typename union unsigned using
    virtual void volatile wchar_t while
"""


def names_in_equations(where: str, names: Iterable[str]) -> None:
    """Raise if a name cannot be one in the code that is generated from equations."""
    for name in sorted(names, key=str):
        if not isinstance(name, str):
            raise InvalidTypeError(f"{where}: {name!r} is no name; names are words.")
        if name in CPP_KEYWORDS.split() or name.startswith("_") or iskeyword(name):
            why = "begins with _" if name.startswith("_") else "is a word of C++ or Python"
            raise InvalidValueError(f"{where}: {name!r} {why}; choose another name.")
