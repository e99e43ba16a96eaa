"""What is there is seen by editors and type checkers, which run nothing."""

import runpy
import symtable
from pathlib import Path
from pkgutil import walk_packages
from types import ModuleType

import pytest

import neuroflysim as nfs

STUBS = runpy.run_path(str(Path(__file__).with_name("write_stubs.py")))

MODULES = [
    "neuroflysim",
    *(
        module.name
        for module in walk_packages(nfs.__path__, "neuroflysim.")
        if not module.name.endswith("__main__")
    ),
]

#: What imports the extra 'cuda', which may be absent.
OF_CUDA = [
    "neuroflysim.simulation.devices.cuda_one_source",
    "neuroflysim.simulation.lattice_engine.cuda_code",
]


@pytest.mark.parametrize("package", STUBS["PACKAGES"])
def test_the_stubs_name_what_is_there(package):
    written = STUBS["place"](package).read_text()
    assert written == STUBS["stub"](package), "run: python tests/write_stubs.py"


def bound(file: Path) -> set[str]:
    """Names that stand in a file for whoever only reads it."""
    symbols = symtable.symtable(file.read_text(), str(file), "exec").get_symbols()
    return {
        one.get_name()
        for one in symbols
        if one.is_assigned() or one.is_imported() or one.is_annotated()
    }


def hidden_names(module):
    """Return public names of a module that only who runs it knows."""
    source = Path(module.__file__)
    stub = source.with_suffix(".pyi")
    own = [public for public in vars(module) if not public.startswith("_")]
    made = {
        public
        for public in getattr(module, "__all__", own)
        if not isinstance(getattr(module, public), ModuleType)
    }
    return sorted(made - bound(stub if stub.is_file() else source))


@pytest.mark.parametrize("names", [sorted({*MODULES} - {*OF_CUDA}), OF_CUDA], ids=["all", "cuda"])
def test_no_public_name_is_made_where_an_editor_cannot_see_it(names, imported):
    found = {name: hidden_names(imported(name)) for name in names}
    assert found
    assert not {name: hidden for name, hidden in found.items() if hidden}
