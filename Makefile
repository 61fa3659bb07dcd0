# The whole life of a working copy in nine words. `make` alone lists them.
PYTHON ?=
export PYTHON
PY := .venv/bin/python
ROWS ?= 10000

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev run demo shell test lint bench format

help:
	@echo "make run     the whole desk with a demo company on http://127.0.0.1:8000/"
	@echo "make demo    fill an empty database with the demo company"
	@echo "make shell   a Python prompt inside the desk"
	@echo "make test    all tests, on SQLite, and those of a database on PostgreSQL too"
	@echo "make lint    style, types, layers, migrations, deployment check"
	@echo "make format  let ruff format the code"
	@echo "make bench   figures on generated data (ROWS=$(ROWS))"
	@echo "make setup   only the environment in .venv"

setup:
	@python=$$(sh scripts/python.sh) && "$$python" scripts/setup.py runtime

setup-dev:
	@python=$$(sh scripts/python.sh) && "$$python" scripts/setup.py dev

# No shell between make and the desk: a signal sent to make must reach it.
run: setup
	@$(PY) manage.py serve --prepare

demo: setup
	@$(PY) manage.py migrate --verbosity 0
	@$(PY) manage.py demo

shell: setup
	@$(PY) manage.py shell

test: setup-dev
	@sh scripts/system_packages.sh
	@sh scripts/test.sh

lint: setup-dev
	@sh scripts/lint.sh

format: setup-dev
	@$(PY) -m ruff check --fix --quiet .
	@$(PY) -m ruff format .

bench: setup
	@sh scripts/bench.sh $(ROWS)
