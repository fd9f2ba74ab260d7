# `make site` writes the book and builds the site; `make test` runs the tests. Both need Python
# 3.11 or newer and nothing else, install what requirements/ pins into .venv, and install nothing
# the second time.

VENV := .venv
BIN := $(VENV)/bin
SITE := $(VENV)/.site-installed
DEV := $(VENV)/.dev-installed
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

# python3 if it is new enough and can make environments, otherwise the newest that is
USABLE := import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$python -c '$(USABLE)' 2>/dev/null && { echo $$python; exit; }; done; echo python3)

# a worker of pytest computes on one thread, so that workers do not fight over the cores
PYTEST := OMP_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses auto --maxprocesses 8 \
	--dist loadgroup

# `make site OFFLINE=1`: to be read from a folder on disk, without a server
CONFIGURATION := $(if $(OFFLINE),mkdocs.offline.yml,mkdocs.nav.yml)

export NO_MKDOCS_2_WARNING := 1

.DEFAULT_GOAL := site
.PHONY: site pages serve test test-all test-slow check bench screenshots lighthouse vendor pins clean

# The site is built even if a model failed or a number is wrong, since its page says so; make then
# fails all the same. What has not changed is not built again.
site: $(SITE)
	@status=0; $(BIN)/layerbook build || status=$$?; \
	[ $$status -le 1 ] || exit $$status; \
	$(BIN)/python -m generator.website $(CONFIGURATION) || exit; \
	exit $$status

pages: $(SITE)
	$(BIN)/layerbook build

serve: $(SITE)
	$(BIN)/layerbook serve

test: $(DEV)
	$(PYTEST) -m "not slow"

test-all: $(DEV)
	$(PYTEST)

# 5 is pytest's word for: no such tests
test-slow: $(DEV)
	$(PYTEST) -m slow || [ $$? -eq 5 ]

check: $(DEV)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/mypy scripts
	$(BIN)/lint-imports

bench: $(DEV)
	$(BIN)/python scripts/bench.py

screenshots: $(DEV)
	$(BIN)/python scripts/screenshots.py

# needs npm, which fetches Lighthouse
lighthouse: $(DEV) site
	$(BIN)/python scripts/lighthouse.py

# MathJax and the shim of workers under docs/assets/, anew from npm
vendor:
	$(PYTHON) scripts/vendor_assets.py

# requirements/*.txt anew, from pyproject.toml and requirements/*.in
pins:
	$(PYTHON) scripts/pin_requirements.py

clean:
	rm -rf site build docs/models mkdocs.nav.yml .pytest_cache .mypy_cache .ruff_cache \
		.hypothesis .import_linter_cache
	find generator tests scripts models -name __pycache__ -type d -prune -exec rm -rf {} +

# The stamps say that an environment holds what the files they depend on ask for.
$(SITE): requirements/site.txt pyproject.toml
	@"$(PYTHON)" -c '$(USABLE)' 2>/dev/null || { \
		echo "make: '$(PYTHON)' is not Python 3.11 or newer with venv and pip" \
			"(another: make PYTHON=/path/to/python)" >&2; exit 1; }
	@echo "installing requirements/site.txt into $(VENV)"
	@"$(PYTHON)" -m venv $(VENV)
	@$(PIP) install --requirement requirements/site.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(DEV): $(SITE) requirements/dev.txt
	@echo "installing requirements/dev.txt into $(VENV)"
	@$(PIP) install --requirement requirements/dev.txt
	@touch $@
