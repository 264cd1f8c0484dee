# The commands of the house. Needs python3.11, python3-venv and make; nothing else.
PYTHON ?= python3.11
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/pip --quiet --disable-pip-version-check install
CERMIN := PYTHONPATH=src $(BIN)/python -m cermin.cli
SITE   ?= situs
PORT   ?= 8000

# Tests start a thousand processes: none should compile the same modules again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo serve test check bench help

help: ## Show what can be made
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

demo: $(VENV)/web ## Compute the fictional kabupaten's report and start its site
	$(CERMIN) demo --output demo
	$(CERMIN) site demo demo-situs --port $(PORT)

serve: $(VENV)/web ## Start a site; the first visit of an empty one walks through set-up
	test -e $(SITE)/site.env || $(CERMIN) site init $(SITE) --no-https
	$(CERMIN) site serve $(SITE) --with-worker --port $(PORT)

# The site's tests run twice: on SQLite with all the others, then on PostgreSQL. The gate of
# coverage is met by the first run alone; counting lines again would take a third longer.
# Many tests wait for other processes, so more than there are cores; files with slow tests first.
AT_ONCE ?= --numprocesses 4 --dist loadfile --no-loadscope-reorder
CERMIN_TEST_POSTGRES ?= postgresql://root@127.0.0.1:5432/test
test: $(VENV)/dev check ## Set up and run all tests with the coverage gate
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest $(AT_ONCE)
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report
	CERMIN_TEST_DATABASE=$(CERMIN_TEST_POSTGRES) $(BIN)/pytest $(AT_ONCE) \
	  tests/integration/site -m "not own_site"

check: $(VENV)/dev ## Lint, types, import law, generated files
	$(BIN)/ruff check src tests bench
	$(BIN)/ruff format --check src tests bench
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

CERMIN_BENCH_DATABASE ?= postgresql://root@127.0.0.1:5432/cermin_bench_roster
bench: $(VENV)/dev ## Measure; writes docs/benchmarks.md
	CERMIN_BENCH_DATABASE=$(CERMIN_BENCH_DATABASE) $(BIN)/python -m bench

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

# Two stamps: the site needs no development packages. Development has all of the site.
$(VENV)/web: requirements/web.txt pyproject.toml | $(VENV)/bin/python
	test -e $(VENV)/dev || $(PIP) --require-hashes -r requirements/web.txt
	touch $@

$(VENV)/dev: requirements/dev.txt pyproject.toml | $(VENV)/bin/python
	$(PIP) --require-hashes -r requirements/dev.txt
	$(PIP) --no-deps --no-build-isolation --editable .
	touch $@
