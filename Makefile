# The exam-day portal. `make` alone lists what there is; README.md says more.
PYTHON ?= python3
VENV ?= .venv
PYTEST_ARGS ?=
export PYTHON VENV PYTEST_ARGS
unexport PYTHONDONTWRITEBYTECODE # or each of the many processes would compile everything anew

BIN := $(VENV)/bin
mark = $(VENV)/.$(1)-$(firstword $(shell cksum requirements/$(1).txt))
BASE := $(call mark,base)
DEV := $(call mark,dev)
MESSAGES := $(patsubst %.po,%.mo,$(wildcard locale/*/LC_MESSAGES/django.po))

.PHONY: help setup setup-dev demo test bench chaos lint vendor lock messages clean
.DEFAULT_GOAL := help

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 18

setup: $(BASE) ## the environment to run the portal, from requirements/base.txt
setup-dev: $(DEV) ## the environment to test and check it, from requirements/dev.txt

demo: $(BASE) $(MESSAGES) ## an exam morning on this machine (DEMO_PORT, DEMO_PLAY=0, DEMO_PACE=real, DEMO_AT)
	@$(BIN)/python manage.py demo

test: $(DEV) $(MESSAGES) ## the whole suite: SQLite, then PostgreSQL + Redis, then Chromium (PYTEST_ARGS)
	@scripts/test.sh

bench: $(DEV) ## speed and memory on PostgreSQL, one JSON line a measure (SCALE=full, BENCH="engine")
	@scripts/system_packages.sh wrk
	@$(BIN)/python -m tests.services run -- $(BIN)/python -m bench $(BENCH)

chaos: $(DEV) ## processes killed, paused and misled, then what was lost (CHAOS="kills cutoffs", CHAOS_SEED, SCALE)
	@scripts/system_packages.sh faketime
	@$(BIN)/python -m tests.faults $(CHAOS)

lint: $(DEV) ## style, types, templates, import contracts, migrations, translations
	@scripts/lint.sh

vendor: $(DEV) ## renew the pages' libraries under static/vendor
	@$(BIN)/python scripts/vendor.py

lock: ## renew requirements/*.txt from pyproject.toml (needs uv; LOCK="--upgrade" takes newer versions)
	@scripts/lock.sh $(LOCK)

messages: $(DEV) ## collect the sentences to translate into locale/en
	@scripts/system_packages.sh gettext
	@scripts/messages.sh

clean: ## remove the environment, caches and compiled files; var/ with its data stays
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .coverage*
	rm -f $(MESSAGES)
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BASE):
	@scripts/setup.sh base $@

$(DEV):
	@scripts/setup.sh dev $@

%.mo: %.po | $(BASE)
	@$(BIN)/python -m babel.messages.frontend --quiet compile --use-fuzzy --domain django --input-file $< --output-file $@
