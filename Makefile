# The four commands of the house. Needs python3.11, python3-venv and make; nothing else.
PYTHON ?= python3.11
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/pip --quiet --disable-pip-version-check

.PHONY: demo test check bench help

help: ## Show what can be made
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

demo: $(VENV)/base ## Compute three years of a fictional kabupaten and leave the report
	PYTHONPATH=src $(BIN)/python -m cermin.cli demo --output demo

test: $(VENV)/dev check ## Set up and run all tests with the coverage gate
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest
	$(BIN)/coverage report

check: $(VENV)/dev ## Lint, types, import law, generated files
	$(BIN)/ruff check src tests bench
	$(BIN)/ruff format --check src tests bench
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

bench: $(VENV)/dev ## Measure; writes docs/benchmarks.md
	$(BIN)/python -m bench

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

# Two stamps: the demo needs no development packages. Development has all of the base.
$(VENV)/base: requirements/base.txt pyproject.toml | $(VENV)/bin/python
	test -e $(VENV)/dev || $(PIP) install --require-hashes -r requirements/base.txt
	touch $@

$(VENV)/dev: requirements/dev.txt pyproject.toml | $(VENV)/bin/python
	$(PIP) install --require-hashes -r requirements/dev.txt
	$(PIP) install --no-deps --no-build-isolation --editable .
	touch $@
