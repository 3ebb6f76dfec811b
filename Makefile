# What people do here, by one word each. `make demo` and `make test` need nothing but Python 3.11, 3.12 or 3.13:
# they make a private environment in .venv first (the versions of constraints.txt) and keep it for the next time.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

VENV ?= .venv
ARGS ?=
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

# The first Python that fits; `make PYTHON=/path/to/python3.12 setup` chooses another.
PYTHON ?= $(firstword $(foreach p,python3 python3.13 python3.12 python3.11, \
	$(shell $(p) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null && echo $(p))))

# Without ARGS the whole suite runs and monitor/, the rules, must be covered. Three processes even on two cores: the
# tests on Kafka mostly wait. Each of them may start a broker, so not more.
GATE := -n 3 --dist loadfile --cov --cov-report=term --cov-fail-under=95

.PHONY: help setup demo test check format bench mutate clean

help:  ## this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

setup: $(STAMP)  ## make or refresh .venv with everything that is needed

$(STAMP): pyproject.toml constraints.txt
	@if [[ -z "$(PYTHON)" ]]; then echo "Python 3.11, 3.12 or 3.13 is needed, and none was found on the PATH." >&2; exit 1; fi
	@echo "Setting up $(VENV) with $$($(PYTHON) --version) (once, about a minute)"
	@$(PYTHON) -m venv --clear $(VENV) || { echo "On Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt pip
	@$(BIN)/python -m pip install --quiet --constraint constraints.txt --build-constraint constraints.txt \
		--group dev --editable .
	@touch $@

demo: $(STAMP)  ## a lively desk on an embedded broker; ends with Ctrl-C (ARGS="--for 60s --lang es")
	@$(BIN)/sla-monitor demo $(ARGS)

test: $(STAMP)  ## all tests and the coverage gate (ARGS=tests/monitor/test_calendars.py for a part of them)
	@$(BIN)/python -m pytest $(or $(ARGS),$(GATE))

check: $(STAMP)  ## formatting, lint and types, as CI checks them
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy

format: $(STAMP)  ## put formatting and the lint that mends itself right
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: $(STAMP)  ## the measurements behind the README's figures (some need Java 17 and Maven)
	@$(BIN)/python -m pytest tests/bench -o python_files='bench_*.py' -m bench --no-cov -s $(ARGS)

# The tests that judge a mutant must not be left to chance (CI=1), and fewer cases of the oracle find the same.
mutate: $(STAMP)  ## change the rules line by line to see whether a test notices: most of an hour (ARGS="monitor.clocks*")
	@CI=1 SLA_ORACLE_CASES=150 $(BIN)/mutmut run --max-children 2 $(ARGS)
	@$(BIN)/python -m tests.mutation.report

clean:  ## remove .venv and everything that was generated
	@rm -rf $(VENV) .cache mutants .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage* build dist
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
