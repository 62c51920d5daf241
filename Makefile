# make demo · make test · make thorough · make bench · make fuzz · make lint — each does its own set-up.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

# A million damaged interchanges, every access of the compiled loops checked; before a release: make fuzz FUZZ_INTERCHANGES=10000000
FUZZ_INTERCHANGES ?= 1000000

.PHONY: demo test thorough bench fuzz lint lock clean setup

demo: setup
	$(BIN)/datecertain demo --workspace demo

# The checks of the source run beside the tests. Three processes keep two cores busy: tests wait for
# servers, disks and killed processes.
test: setup
	@$(MAKE) --no-print-directory lint >$(VENV)/lint.log 2>&1 & checks=$$!; \
	  $(BIN)/python -m pytest -n 3 --dist worksteal; tests=$$?; \
	  wait $$checks; checked=$$?; \
	  test $$checked -eq 0 || cat $(VENV)/lint.log; exit $$((tests > checked ? tests : checked))

# Ten times the kills, power cuts and examples; before a release.
thorough: setup
	DATECERTAIN_THOROUGH=10 DATECERTAIN_QUOTES=1000000 $(BIN)/python -m pytest -n 3 --dist worksteal

bench: setup
	$(BIN)/python -m benchmarks

fuzz: setup
	NUMBA_BOUNDSCHECK=1 NUMBA_CACHE_DIR=$(VENV)/checked FUZZ_INTERCHANGES=$(FUZZ_INTERCHANGES) \
	  $(BIN)/python -m pytest -n auto --dist worksteal tests/fuzz

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/mypy

setup: $(READY)

$(READY): requirements/lock.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "datecertain needs Python 3.11 or newer")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --no-compile --disable-pip-version-check --require-hashes --only-binary :all: -r requirements/lock.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --no-index -e .
	touch $(READY)

# Needs uv (a developer's tool, not a dependency): python -m pip install uv
lock:
	uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-annotate --no-header -o requirements/lock.txt
	sed 's/ *--hash=[^ ]*//; s/ *\\$$//' requirements/lock.txt | grep '^[a-z]' > requirements/.pinned
	uv pip compile pyproject.toml --extra postgresql -c requirements/.pinned --universal \
	  --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header \
	  -o requirements/runtime.txt
	echo hatchling | uv pip compile - -c requirements/.pinned --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-annotate --no-header -o requirements/build.txt
	rm requirements/.pinned

clean:
	rm -rf $(VENV) demo .mypy_cache .ruff_cache .pytest_cache
