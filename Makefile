# Every target prepares .venv by itself from the hash-pinned requirements; nothing else is needed but Python >= 3.11.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
SCALE ?= full
ARGS ?=
DATABASE ?= sqlite
# OpenBLAS threads spin while they wait; the arrays here are too small to gain from them.
export OPENBLAS_NUM_THREADS := 1

.PHONY: demo test coverage lint bench hard docs lock clean
.DEFAULT_GOAL := test

$(READY): requirements/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Regulars needs Python 3.11 or newer; $$($(PYTHON) --version) found. Try: make PYTHON=python3.12 ..."; exit 1; }
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	$(BIN)/python -m compileall -q src  # as pip does for others: where Python may write none, each command would compile anew
	@touch $@

demo: $(READY)
	$(BIN)/regulars demo $(ARGS)

test: $(READY)
	REGULARS_TEST_DATABASE=$(DATABASE) $(BIN)/python -m pytest -n 2 -m "not hard" $(ARGS)

coverage: $(READY)
	$(BIN)/python -m pytest -n 2 --cov=regulars --cov-report=term:skip-covered $(ARGS)

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(READY)
	$(BIN)/python -m benchmarks $(ARGS)

hard: $(READY)
	REGULARS_HARD=$(SCALE) $(BIN)/python -m pytest -p no:cacheprovider hard $(ARGS)
	REGULARS_HARD=$(SCALE) REGULARS_TEST_DATABASE=$(DATABASE) $(BIN)/python -m pytest -p no:cacheprovider -n 2 -m "hard or many" tests $(ARGS)

lock: $(READY)
	$(BIN)/pip-compile --quiet --strip-extras --generate-hashes --allow-unsafe --no-header --extra dev --output-file requirements/dev.txt pyproject.toml
	sed -i '/^--/d' requirements/dev.txt  # where this machine gets its packages is nobody else's business

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .coverage
