# Each target says what it does in the ## comment that `make help` prints.
.DEFAULT_GOAL := help
SHELL := /bin/sh

PYTHON ?= python3
VENV ?= .venv
BRAND ?= data/sample/juniper_tea

BIN := $(VENV)/bin
VERSION := $(shell $(PYTHON) -c 'import sys; print("%d%d" % sys.version_info[:2])' 2>/dev/null)
SUPPORTED := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
PINS := $(wildcard requirements/py$(VERSION).txt)
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input
INSTALL := $(PIP) install -qq $(addprefix -c ,$(PINS))

# A stamp stands for a finished installation; it is older than its reasons only when they changed.
VENV_MADE := $(VENV)/.made
CORE := $(VENV)/.core-installed
DEV := $(VENV)/.dev-installed

.PHONY: help
help: ## say what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: report
report: $(CORE) ## render the report of the sample brand (or BRAND=folder)
	$(BIN)/workbench report $(BRAND)

.PHONY: portfolio
portfolio: $(CORE) ## render the four sample brands and a page of all of them
	$(BIN)/workbench batch data/sample --resume

.PHONY: test
test: lint suite ## run every check: lint, types, tests, notebooks

.PHONY: lint
lint: $(DEV) ## ruff and mypy
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

.PHONY: suite
suite: $(DEV) ## the tests and the notebooks alone
	$(BIN)/pytest -n logical --maxprocesses 4 --dist loadscope --nbval-lax --nbval-current-env \
		--nbval-cell-timeout=300 tests notebooks

.PHONY: docs
docs: $(DEV) ## build the docs site into docs/_build/html
	$(BIN)/python -m sphinx -q -W --keep-going -b html docs docs/_build/html
	@echo "docs/_build/html/index.html"

.PHONY: lab
lab: $(DEV) ## open JupyterLab on the notebooks
	$(BIN)/workbench lab

.PHONY: pins
pins: python ## write the pin file of PYTHON from a clean environment
	rm -rf .venv-pins
	$(PYTHON) -m venv .venv-pins
	.venv-pins/bin/python -m pip install -qq -e '.[dev]'
	.venv-pins/bin/python -m pip freeze --exclude-editable > requirements/py$(VERSION).txt
	rm -rf .venv-pins

.PHONY: clean
clean: ## remove environments and caches; reports stay
	rm -rf .venv .venv-* build dist docs/_build .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: python
python:
	@$(PYTHON) -c '$(SUPPORTED)' 2>/dev/null || { \
		echo "Python 3.11, 3.12 or 3.13 is needed; '$(PYTHON)' is none of them."; \
		echo "Name another one, for example: make report PYTHON=python3.13"; \
		exit 1; } >&2

$(VENV_MADE): | python
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(CORE): pyproject.toml $(PINS) | $(VENV_MADE)
	@echo "Installing the workbench into $(VENV), once; this takes a few minutes."
	$(INSTALL) -e .
	@touch $@

$(DEV): pyproject.toml $(PINS) | $(VENV_MADE)
	@echo "Installing the workbench with its tools into $(VENV), once; this takes a few minutes."
	$(INSTALL) -e '.[dev]'
	@touch $(CORE) $@
