# The commands of the house. Needs python3.11, python3-venv and make; nothing else.
PYTHON ?= python3.11
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/pip --quiet --disable-pip-version-check
CERMIN := PYTHONPATH=src $(BIN)/python -m cermin.cli
SITE   ?= situs
PORT   ?= 8000

.PHONY: demo serve test check bench help

help: ## Show what can be made
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

demo: $(VENV)/web ## Compute the fictional kabupaten's report and start its site
	$(CERMIN) demo --output demo
	$(CERMIN) site demo demo-situs --port $(PORT)

serve: $(VENV)/web ## Start a site; the first visit of an empty one walks through set-up
	test -e $(SITE)/site.env || $(CERMIN) site init $(SITE) --no-https
	$(CERMIN) site serve $(SITE) --with-worker --port $(PORT)

# The site's tests run twice: on SQLite with all the others, then on PostgreSQL.
CERMIN_TEST_POSTGRES ?= postgresql://root@127.0.0.1:5432/test
test: $(VENV)/dev check ## Set up and run all tests with the coverage gate
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest
	CERMIN_TEST_DATABASE=$(CERMIN_TEST_POSTGRES) $(BIN)/coverage run --append -m pytest tests/integration/site
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

# Two stamps: the site needs no development packages. Development has all of the site.
$(VENV)/web: requirements/web.txt pyproject.toml | $(VENV)/bin/python
	test -e $(VENV)/dev || $(PIP) install --require-hashes -r requirements/web.txt
	touch $@

$(VENV)/dev: requirements/dev.txt pyproject.toml | $(VENV)/bin/python
	$(PIP) install --require-hashes -r requirements/dev.txt
	$(PIP) install --no-deps --no-build-isolation --editable .
	touch $@
