# Works with GNU make 3.81 (macOS) and later. `make` alone lists what there is.
PYTHON ?= python3
VENV = .venv
RUN = $(VENV)/bin/python
CONSTRAINTS = $(wildcard constraints.txt)
READY = $(VENV)/.ready

# what one process compiles the next one loads, whatever the environment says
export PYTHONDONTWRITEBYTECODE =

.DEFAULT_GOAL := help
.PHONY: help setup run test long lint check bench bench-large chaos year postgresql

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' Makefile

setup: $(READY) ## install what Carillon needs into .venv, if anything is missing or out of date

run: $(READY) ## see it work: web, worker, telephone exchange and a demo company (PORT=8000 EXCHANGE_PORT=8001 KEEP=1)
	@PORT="$(PORT)" EXCHANGE_PORT="$(EXCHANGE_PORT)" KEEP="$(KEEP)" $(RUN) -m demo.run

test: $(READY) ## run the tests, but for the long ones (PYTEST_ARGS="tests/flows -x" for some)
	@$(RUN) -m pytest -n auto --dist worksteal -m "not long" $(PYTEST_ARGS)

long: $(READY) ## run the long tests: storms, kills, whole campaigns, rehearsals
	@$(RUN) -m pytest -n auto --dist worksteal -m long $(PYTEST_ARGS)

lint: $(READY) ## check format, style and types
	@$(RUN) -m ruff format --check .
	@$(RUN) -m ruff check .
	@$(RUN) -m mypy

postgresql: $(READY) ## run on PostgreSQL, too, what the others run on SQLite only
	@CARILLON_TEST_DATABASE=postgresql $(RUN) -m pytest -n auto --dist worksteal $(PYTEST_ARGS)

check: lint test long postgresql ## everything that must be green before a change is handed in

bench: $(READY) ## measure against the peers; writes benchmarks/results.json
	@$(RUN) -m benchmarks

bench-large: $(READY) ## measure campaigns of 200,000 and 1,000,000; about an hour with nothing else running
	@$(RUN) -m benchmarks large_sqlite large_postgresql million

chaos: $(READY) ## kill and stall everything, half an hour, and let the exchange's ledger judge (CHAOS="--recipients 300 --kills 6")
	@$(RUN) -m chaos $(CHAOS)

year: $(READY) ## play a year of a workshop with 2,000 customers, and judge it (YEAR="--customers 60 --days 28 --seed 2")
	@$(RUN) -m chaos.year $(YEAR)

$(READY): requirements.txt requirements-dev.txt $(CONSTRAINTS)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "Carillon needs Python 3.11 or later, and '$(PYTHON)' is $$($(PYTHON) -V 2>&1)."; \
	  echo "Name a newer one, for example: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	@$(RUN) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || test ! -f $(VENV)/pyvenv.cfg || rm -rf $(VENV)
	@test -x $(RUN) || $(PYTHON) -m venv $(VENV) || { \
	  echo "Python could not make a virtual environment; on Debian and Ubuntu run: apt install python3-venv"; \
	  rm -rf $(VENV); exit 1; }
	@echo "Installing packages into $(VENV) ..."
	@$(RUN) -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt $(addprefix -c ,$(CONSTRAINTS))
	@touch $@
