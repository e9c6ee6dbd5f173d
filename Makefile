# make run | test | check | fmt | bench | help
PYTHON ?= $(shell command -v python3.11 || command -v python3)
RUN := .venv/bin/python
# What needs a browser, mail servers, Redis or PostgreSQL runs in .ci/run.
EVERYDAY := not browser and not mail and not redis and not postgres

.PHONY: help run setup test check fmt bench stack-test browser-test mail-test clean

help: ## Show what there is
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 22

run: ## Set up what is missing and serve with demo data on http://127.0.0.1:8000 (PORT, HOST)
	@$(PYTHON) bin/setup
	@$(RUN) manage.py serve --demo --follow-parent

setup: ## Virtual environment, libraries, styles, catalogues; with everything the tests need
	@$(PYTHON) bin/setup --tests

test: setup ## The everyday suite, on SQLite
	@echo "Left to .ci/run: tests that need a browser, mail servers, Redis or PostgreSQL."
	$(RUN) -m pytest -n auto --dist loadgroup -rs -m "$(EVERYDAY)"

check: setup ## Format, lint, types, imports, migrations
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	$(RUN) manage.py check --fail-level WARNING
	$(RUN) manage.py makemigrations --check --dry-run
	.venv/bin/lint-imports
	.venv/bin/mypy

fmt: setup ## Format the code
	.venv/bin/ruff format .
	.venv/bin/ruff check --fix .

bench: setup ## Measure, on a scratch PostgreSQL database
	$(RUN) -m bench

browser-test: setup ## Drive a real Chromium
	$(RUN) -m pytest -rs -m browser

mail-test: setup ## Real IMAP and SMTP servers (dovecot, postfix)
	$(RUN) -m pytest -rs -m mail

stack-test: setup ## The production processes on local PostgreSQL and Redis
	$(RUN) -m pytest -rs tests/ops/test_stack.py

clean: ## Forget what was built; data in var/ stays
	rm -rf .venv node_modules static/vendor staticfiles .pytest_cache .mypy_cache .ruff_cache
