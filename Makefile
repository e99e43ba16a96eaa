# Two commands do everything on a fresh machine: `make demo` and `make test`.
VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= $(shell for p in python3.12 python3.13 python3 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 12))' 2>/dev/null && echo $$p && break; done)
export MPLBACKEND := Agg

.PHONY: demo check quick test paths matrix lint figures docs linkcheck bench release-check clean

demo: $(VENV)/.run
	$(BIN)/neuroflysim demo results/demo

# Most of the time goes into compiling what Brian2 writes: without what a debugger would need, and
# with neighbouring tests in one process, so that the other does not wait for the same code. Python
# keeps what it made of our files: a hundred processes that tests start would make it anew.
# `make test CUDA=1` compiles programs for a GPU, too, where there is nvcc. It installs brian2cuda
# (GPL-3.0) and a library of NVIDIA's: never without the word, see NOTICE.
test: $(VENV)/.test $(if $(filter 1,$(CUDA)),$(VENV)/.cuda)
	PYTHONDONTWRITEBYTECODE= CPPFLAGS=-g0 $(BIN)/python -m pytest -n auto --dist worksteal

# The answer while one writes: style, imports and types, and beside them the tests that compile
# nothing, fit nothing and are not slow (CONTRIBUTING.md tells of the marks).
check: $(VENV)/.test
	@$(MAKE) --no-print-directory --jobs 2 --keep-going --output-sync=target lint quick

# Python keeps what it made of the files of tests, wherever it is told to keep nothing: else half of
# the time would go into making it anew.
quick: $(VENV)/.test
	PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -q -n auto --dist worksteal \
		-m "not compile and not fit and not slow"

# The numerical tests once more in each code path of an older processor that this one has: other code
# of numpy (NPY_DISABLE_CPU_FEATURES), OpenBLAS (OPENBLAS_CORETYPE) and the compiler
# (NEUROFLYSIM_MARCH). One of them alone: .venv/bin/python tests/code_paths.py oldest
paths: $(VENV)/.test
	$(BIN)/python tests/code_paths.py

# All tests on each Python, with the oldest dependencies that setup.cfg allows, those of
# constraints.txt and the newest; takes hours. `make matrix PYTHONS="python3.12 /path/to/python3.13"`
# names the Pythons; .venv/bin/python tests/matrix.py --help tells how to run a part of it.
matrix: $(VENV)/.test
	$(BIN)/python tests/matrix.py $(if $(PYTHONS),--pythons $(PYTHONS))

lint: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/basedpyright --pythonpath $(BIN)/python

figures: $(VENV)/.run
	cd docs/figures && ../../$(BIN)/python architecture.py && ../../$(BIN)/python convergence.py && ../../$(BIN)/python protocols.py && \
		../../$(BIN)/python report.py && ../../$(BIN)/python validation.py && \
		../../$(BIN)/python screening.py && ../../$(BIN)/python silencing.py && \
		../../$(BIN)/python ensembles.py && ../../$(BIN)/python board.py && ../../$(BIN)/python pictures.py && \
		../../$(BIN)/python ../../examples/direction_tuning.py

docs: $(VENV)/.docs
	$(BIN)/python -m sphinx -W -b html docs docs/_build/html

# Links to other sites; needs the network, so it is no part of the tests.
linkcheck: $(VENV)/.docs
	$(BIN)/python -m sphinx -b linkcheck -D plot_gallery=0 docs docs/_build/linkcheck

# Some minutes; flyvis beside the others with FLYVIS_PYTHON=/path/to/a/python/that/has/it
bench: $(VENV)/.run
	for script in machine import_time rendering studies screening step_time dynamics fit_speed kernel bars build_time growth plot; do \
		$(BIN)/python benchmarks/$$script.py || exit 1; done

# Builds what people install, looks at what it says and holds, and runs it in empty environments.
# Takes some ten minutes and the network; docs/releasing.md tells how a release is made.
# `make release-check PYTHONS="python3.12 /path/to/python3.13"` names the Pythons.
release-check: $(VENV)/.release
	$(BIN)/python tests/release_check.py $(if $(PYTHONS),--pythons $(PYTHONS))

clean:
	rm -rf $(VENV) .matrix build docs/_build docs/_gallery docs/tutorials *.egg-info

# constraints.txt holds the versions that the tests were last run with.
$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "Python 3.12 or newer was not found; install it, or name it: make PYTHON=/path/to/python3.12 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

$(VENV)/.run: setup.cfg constraints.txt $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable .
	@touch $@

$(VENV)/.test $(VENV)/.docs $(VENV)/.release $(VENV)/.cuda: $(VENV)/.%: $(VENV)/.run
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[$*]"
	@touch $@
