"""The folder of compiled pieces: one for each processor and set of flags, each piece checked.

Brian2 names a piece by its code alone and imports what bears that name. But code is compiled for
one processor, machines share home folders, and disks lose bytes: what was built elsewhere, or is no
longer whole, ends the process by a signal. So our pieces lie in folders of their own inside of
Brian2's cache, each beside a checksum; what does not fit it is compiled anew.
"""

from __future__ import annotations

import hashlib
import importlib.util
import logging
import os
import platform
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import brian2
import numpy as np
from brian2 import prefs
from brian2.codegen.runtime.cython_rt import cython_rt
from brian2.codegen.runtime.cython_rt.extension_manager import (
    CythonExtensionManager,
    get_cython_cache_dir,
)
from Cython.Build import cythonize
from distutils.core import Extension  # pyright: ignore[reportMissingImports]  (of setuptools)

from neuroflysim.errors import SimulationError
from neuroflysim.machine.processor import processor_name
from neuroflysim.progress import tell
from neuroflysim.simulation.build_trouble import trouble
from neuroflysim.simulation.captured import captured_output

#: Brian2's `clear_cache` removes files of suffixes that it knows, and else nothing at all.
_CHECKSUM = ".checksum.lock"

#: Characters of a path by which Cython looks for several files.
_PATTERNS = frozenset("*?[]{}")

#: Environment variables that Python's build system hands to the compiler.
_FLAGS = ("CC", "CXX", "CFLAGS", "CXXFLAGS", "CPPFLAGS", "LDFLAGS", "LDSHARED")

_PREFERENCES = (
    "compiler", "extra_compile_args", "extra_compile_args_gcc", "extra_link_args", "define_macros",
    "include_dirs", "library_dirs", "runtime_library_dirs", "libraries",
)  # fmt: skip

_logger = logging.getLogger("neuroflysim")


def cache_folder(more_flags: tuple[str, ...] = ()) -> Path:
    """Return where pieces lie that are compiled on this processor by the preferences of now.

    Parameters
    ----------
    more_flags : tuple of str
        That some pieces are compiled with, too.
    """
    parts = (
        processor_name(),
        platform.libc_ver(),
        [os.environ.get(name) for name in _FLAGS],
        [prefs[f"codegen.cpp.{name}"] for name in _PREFERENCES],
        more_flags,
    )
    checksum = hashlib.sha256(repr(parts).encode()).hexdigest()[:16]
    return Path(get_cython_cache_dir()).expanduser() / f"neuroflysim-{checksum}"


class BuildCache(CythonExtensionManager):
    """Compiles pieces into one folder, and imports those that are whole."""

    def create_extension(self, code: str, **options: Any) -> ModuleType:
        """Return the piece of some code."""
        _require_utf8(get_cython_cache_dir())
        try:
            return super().create_extension(code, **options)
        except OSError as error:
            raise trouble(error, "", Path(get_cython_cache_dir())) from error

    def forget(self, name: str) -> None:
        """Remove a piece that has a name of its own, so that it is compiled anew."""
        self._code_cache.clear()
        path = Path(get_cython_cache_dir()) / f"{name}{self.so_ext}"
        try:
            for file in (path, _checksum_file(path)):
                file.unlink(missing_ok=True)
        except OSError as error:
            raise trouble(error, "", path.parent) from error

    def _load_module(self, module_path, **options) -> ModuleType:
        """Return the piece at a path, built if it is not there; Brian2 holds its lock."""
        if options["sources"]:  # other files of a user, whose changes nobody would notice here
            return super()._load_module(module_path, **options)
        path = Path(module_path)
        if path.exists() and not _is_whole(path):
            _remove(path, "is not what was built there once")
        if not path.exists():
            self._build(path, options)
        try:
            module = _imported(options["module_name"], path)
        except ImportError as error:  # it is whole, but for other libraries of the system
            _remove(path, f"cannot be loaded ({error})")
            self._build(path, options)
            module = _imported(options["module_name"], path)
        self._code_cache[options["key"]] = module
        return module

    def _build(self, path: Path, options: dict) -> None:
        """Compile a piece beside the cache, and put it there when it is done."""
        tell("compiling (once on this machine) ...")
        with _folder_for(path) as folder:
            built = folder / f"{options['module_name']}{self.so_ext}"
            with captured_output() as printed:
                try:
                    self._compile(folder, options)
                except Exception as error:  # those of Cython, of setuptools, of the system
                    raise trouble(error, printed(), path.parent) from error
            _keep(built, path)

    def _compile(self, folder: Path, options: dict) -> None:
        name, code = options["module_name"], options["code"]
        source = folder / f"{name}.pyx"
        source.write_text(code, encoding="utf-8")
        brian_folder = Path(str(brian2.__file__)).parent
        extension = Extension(
            name,
            [str(source)],
            include_dirs=[
                *(options["include_dirs"] or ()),
                np.get_include(),
                str(brian_folder / "synapses"),
                str(brian_folder / "devices" / "cpp_standalone" / "brianlib"),
            ],
            language="c++",
            **{
                what: list(options[what] or ())
                for what in (
                    "define_macros", "library_dirs", "runtime_library_dirs", "libraries",
                    "extra_compile_args", "extra_link_args",
                )
            },
        )  # fmt: skip
        build = self._get_build_extension(compiler=options["compiler"])
        build.extensions = cythonize([extension], quiet=True, force=True)
        build.build_temp = build.build_lib = str(folder)
        build.run()


@contextmanager
def our_build_cache(folder: Path) -> Iterator[None]:
    """Let Brian2 compile into a folder of ours; beside it, `codegen...cache_dir` must name it."""
    cache = _caches.setdefault(folder, BuildCache())
    before = cython_rt.cython_extension_manager
    cython_rt.cython_extension_manager = cache
    try:
        yield
    finally:
        cython_rt.cython_extension_manager = before


#: Those of this process, each of which remembers what it has imported.
_caches: dict[Path, BuildCache] = {}


def _require_utf8(folder: str) -> None:
    """Raise SimulationError if Python could not import anything from a folder."""
    try:
        folder.encode("utf-8")
    except UnicodeEncodeError as error:
        raise SimulationError(
            f"in the locale of this process Python cannot name the folder {folder!a}, where"
            " compiled code is kept: set the environment variable LC_ALL to C.UTF-8, say."
        ) from error


@contextmanager
def _folder_for(path: Path):
    """Yield an empty folder to compile in, and remove it.

    It lies in the cache, under a name of its own: what a killed process left goes with the next.
    """
    where = str(path.parent)
    if where.isascii() and not _PATTERNS & set(where):
        folder = path.parent / f"build-{path.name.partition('.')[0]}"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
    else:  # Cython does not take such a path
        folder = Path(tempfile.mkdtemp(prefix="neuroflysim-build-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _keep(built: Path, path: Path) -> None:
    """Put a piece and its checksum into the cache: the checksum first, each at once."""
    content = built.read_bytes()
    for name, bytes_of in ((_checksum_file(path), _checksum(content).encode()), (path, content)):
        new = name.with_name(f"{name.stem}.new{name.suffix}")
        try:
            new.write_bytes(bytes_of)
            new.replace(name)
        except OSError:
            new.unlink(missing_ok=True)
            raise


def _is_whole(path: Path) -> bool:
    try:
        told = _checksum_file(path).read_text(encoding="ascii", errors="replace")
        return told == _checksum(path.read_bytes())
    except OSError:
        return False


def _checksum_file(path: Path) -> Path:
    return path.with_name(path.name.partition(".")[0] + _CHECKSUM)


def _checksum(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _remove(path: Path, why: str) -> None:
    """Remove a piece that will not do, and tell."""
    _logger.warning("%s %s; it is compiled anew.", path, why)
    path.unlink()


def _imported(name: str, path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is no compiled module")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
