# One command each. Everything is made in .venv; nothing outside the tree is changed.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
USED := $(VENV)/.installed
DEV := $(VENV)/.installed-dev
DEMO := demo-mesh
# Remembers on which tree tests passed, so that `make check` does not run them again.
PASSED := $(BIN)/python scripts/passed.py
WORKERS ?= 2

.PHONY: help demo test tools random check format quick torture bench docs clean

help:  ## Show what there is to make.
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /make \1\t/' | expand -t 14

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit("meshwright needs Python 3.11 or later, this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'

$(USED): pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable '.[demo]'
	@touch $@

$(DEV): $(USED)
	$(BIN)/python -m pip install --quiet --group dev
	@touch $@

demo: $(USED)  ## Build and publish the example mesh, and say what to try next.
	@test -d $(DEMO) || $(BIN)/mw init $(DEMO) --template aviation
	@$(BIN)/mw -C $(DEMO) run
	@echo
	@echo 'Try next:'
	@echo '  cd $(DEMO) && export PATH="$(CURDIR)/$(BIN):$$PATH"'
	@echo '  mw query "select punctuality_rank, carrier_name, arrived_on_time_pct from analytics.carrier_scorecard.scorecard order by 1 limit 5"'
	@echo '  mw show operations.flights          # the product as published'
	@echo '  mw lineage analytics.carrier_scorecard.scorecard'
	@echo '  then change a model under domains/ and look at: mw plan'

test: $(DEV)  ## Run all tests; those of PostgreSQL on a server that is installed if there is none.
	scripts/install_postgresql.sh
	MESHWRIGHT_TEST_POSTGRESQL=required $(PASSED) run $(BIN)/pytest -n $(WORKERS) --dist loadgroup

tools: $(DEV)  ## Install the foreign tools of scripts/tools, and run their tests, one tool after another.
	@for pins in scripts/tools/*; do scripts/install_tool.sh "$$(basename "$$pins" .txt)"; done
	MESHWRIGHT_TEST_TOOLS=1 $(BIN)/pytest -n 1 --dist loadfile -m tools tests/tools tests/docs

quick: $(DEV)  ## Run the quick tests.
	$(PASSED) run $(BIN)/pytest -n $(WORKERS) --dist loadgroup -m 'not slow'

random: $(DEV)  ## Run the tests that draw their examples with new ones: what they find becomes a case of a table.
	$(BIN)/pytest -n $(WORKERS) --dist loadgroup --hypothesis-profile=random $$(grep -rlE '^from hypothesis' tests --include='test_*.py')

check: $(DEV)  ## Format, lint, types, layers, docs, quick tests (unless they have just passed on this very tree).
	$(BIN)/ruff format --check src tests scripts torture bench
	$(BIN)/ruff check src tests scripts torture bench
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(PASSED) unless $(BIN)/pytest -n $(WORKERS) --dist loadgroup -m 'not slow'

format: $(DEV)  ## Format the code.
	$(BIN)/ruff format src tests scripts torture bench
	$(BIN)/ruff check --fix src tests scripts torture bench

torture: $(DEV)  ## Run the long proofs and write their figures into docs/reliability.md (about an hour).
	$(BIN)/python -m torture --write

bench: $(DEV)  ## Measure beside raw DuckDB: 100, 1,000 and 5,000 models (about an hour; see docs/benchmarks.md).
	$(BIN)/python -m bench --models 100 1000
	$(BIN)/python -m bench --models 5000 --rounds 1

docs: $(DEV)  ## Write the reference pages that are made from the code.
	$(BIN)/python scripts/write_docs.py
	$(BIN)/python scripts/write_tables.py
	$(BIN)/python -m scripts.write_api

clean:  ## Remove what make made, but the demo mesh.
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
