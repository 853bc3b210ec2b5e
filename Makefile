# Every target sets up what it needs on a fresh machine; a stamp named after its lock file tells what is done.
.DEFAULT_GOAL := run
.PHONY: run test check lock
.SUFFIXES:
MAKEFLAGS += --no-print-directory --no-builtin-rules

export PYTHONUTF8 := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export npm_config_cache := $(CURDIR)/var/npm
export npm_config_update_notifier := false

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
PY := .venv/bin/python
PIP := $(PY) -m pip install --quiet --require-hashes --only-binary :all:
mark = $(shell cat $(1) 2>/dev/null | cksum | tr ' ' -)

BASE := .venv/.base-$(call mark,requirements.txt)
DEV := .venv/.dev-$(call mark,requirements-dev.txt)
NODE := .venv/.node-$(call mark,requirements-assets.txt)
PAGES := node_modules/.pages-$(call mark,package-lock.json)
BROWSER := node_modules/.browser-$(call mark,package-lock.json)

## run: everything from nothing to a running branch with the demo; Ctrl-C ends it
run: $(BASE) $(PAGES)
	@exec $(PY) -m crm_project.supervisor --end-with-parent

## test: all of tests/ but drills and benchmarks; ARGS='tests/clients -k rating' narrows it
test: $(DEV) $(BROWSER)
	@$(PY) manage.py compilemo
	@$(PY) manage.py buildassets
	@$(PY) -m pytest -n 2 $(ARGS)

## check: style, types, import contracts, translations, schema and migrations in step
check: $(DEV)
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	.venv/bin/lint-imports
	$(PY) -W 'ignore:Got an error checking:RuntimeWarning' manage.py makemigrations --check --dry-run
	$(PY) manage.py compilemo --check
	$(PY) manage.py spectacular --validate --fail-on-warn --file /dev/null

## lock: rewrites requirements*.txt after a change in pyproject.toml
lock: $(DEV)
	$(call compile,requirements.txt)
	$(call compile,requirements-dev.txt,--extra dev -c requirements.txt)
	$(call compile,requirements-assets.txt,--extra assets -c requirements.txt)

compile = .venv/bin/uv pip compile pyproject.toml $(2) --universal --python-version 3.11 --generate-hashes \
	--no-header --no-annotate --quiet -o $(1)

$(PY):
	@test -n "$(PYTHON)" || { echo 'Python 3.11 or later is needed; PYTHON=/path names one'; exit 1; }
	@echo '· Python: making .venv'
	@$(PYTHON) -m venv .venv

$(BASE): | $(PY)
	@echo '· packages: installing, half a minute the first time'
	@$(PIP) -r requirements.txt
	@rm -f .venv/.base-* && touch $@

$(DEV): | $(PY)
	@echo '· packages: installing those of development, a minute the first time'
	@$(PIP) -r requirements-dev.txt
	@rm -f .venv/.dev-* .venv/.base-* && touch $@ $(BASE)

$(NODE): | $(PY)
	@node -e 'process.exit(process.versions.node.split(".")[0] < 20 ? 1 : 0)' 2>/dev/null && command -v npm >/dev/null || { \
		echo '· node: installing, the machine has none of version 20 or later' && $(PIP) -r requirements-assets.txt; }
	@rm -f .venv/.node-* && touch $@

$(PAGES): | $(NODE)
	@echo '· page assets: installing'
	@npm ci --ignore-scripts --omit=dev --loglevel=error >/dev/null
	@touch $@

$(BROWSER): | $(NODE)
	@echo '· page assets and test browser: installing'
	@npm ci --ignore-scripts --loglevel=error >/dev/null
	@touch $@ $(PAGES)
