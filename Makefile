# Two verbs for a newcomer: `make demo` and `make test`. `make help` lists the others.

VENV   := .venv
PY     := $(VENV)/bin/python
PIP    := $(PY) -m pip --quiet --disable-pip-version-check
PYTEST := $(PY) -m pytest
NPM    := $(PY) js/node.py npm

NOTEBOOK ?= notebooks/01_talk.ipynb
# What `make unit` leaves to the other verbs.
CORE := not engine and not judge and not browser and not notebook and not live

# Real browsers and kernels share the machine with whatever else runs: a second try, and it is told.
AGAIN := --reruns 1

# An editable install builds the bundles, so what they are made of counts as well.
SOURCES := pyproject.toml js/hatch_build.py js/node.py js/package-lock.json js/build.mjs js/assets.mjs \
	$(shell find js/src rtwidgets/engines/voices -type f \( -name '*.ts' -o -name '*.css' -o -name '*.py' \) ! -name '*.test.ts' 2>/dev/null)

.DEFAULT_GOAL := help
.PHONY: help demo test install build lint format types js unit fuzz engines notebooks browser bench clean models

help: ## this list
	@sed -n 's/^\([a-z]*\):[^#]*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "%-18s %s\n", $$1, $$2 }'

demo: $(VENV)/.demo models ## talk: JupyterLab on the first notebook, offline engine, no key needed
	@exec $(PY) -m rtwidgets lab $(NOTEBOOK)

test: $(VENV)/.dev ## everything: style, types, JavaScript, units, engines, judges, notebooks, browser
	@MAKE="$(MAKE)" .ci/steps lint types js unit engines judges notebooks browser

install: $(VENV)/.dev ## the environment for development, in .venv

build: $(VENV)/.demo ## the browser bundles, after a change in js/src

models: $(VENV)/.demo
	@$(PY) -m rtwidgets.engines.weights

lint: $(VENV)/.dev ## ruff: rules and format
	@$(PY) -m ruff check . ; found=$$? ; $(PY) -m ruff format --check . && exit $$found

format: $(VENV)/.dev js/node_modules/.complete ## ruff and biome put everything in order
	@$(PY) -m ruff check --fix-only --quiet .
	@$(PY) -m ruff format .
	@$(NPM) run --silent format

types: $(VENV)/.dev ## mypy --strict
	@$(PY) -m mypy

js: js/node_modules/.complete ## biome, tsc, bundles, vitest
	@$(NPM) run --silent check
	@$(NPM) run --silent build
	@$(NPM) run --silent test

unit: $(VENV)/.dev ## layers, units, properties, server: no model, no browser
	@.ci/speech
	@$(PYTEST) -q -n 2 --dist loadfile -m "$(CORE)"

fuzz: $(VENV)/.dev ## random sessions for minutes: FUZZ_SECONDS for each of both tests, 120 unless set
	@FUZZ_SECONDS=$${FUZZ_SECONDS:-120} $(PYTEST) -q --timeout=0 tests/protocol/test_random_sessions.py

engines: $(VENV)/.dev ## the offline engine with its real models and recorded speech
	@$(PY) -m rtwidgets.engines.weights --all
	@.ci/speech
	@$(PYTEST) -q -m "engine and not judge and not browser and not notebook and not live"

judges: $(VENV)/.dev models ## the clients of others hold conversations with the server, and judge it
	@.ci/speech
	@$(PY) tests/judges/environments.py
	@$(PYTEST) -q -m "judge and not live" tests/judges

notebooks: $(VENV)/.dev models ## the notebooks from top to bottom, and the kernels that people have
	@env -u OPENAI_API_KEY $(PYTEST) -q --nbmake --nbmake-timeout=300 --timeout=900 notebooks
	@$(PY) tests/session/kernels.py
	@$(PYTEST) -q -m "notebook and not browser and not live" $(AGAIN) || [ $$? = 5 ] # 5: there is none

browser: $(VENV)/.dev js/node_modules/.complete models ## JupyterLab in Chromium, a recorded voice as the microphone
	@.ci/speech
	@.ci/chromium $(PY)
	@.ci/firefox
	@$(NPM) run --silent test:browser
	@$(PYTEST) -q -m "browser and not live" $(AGAIN)

bench: $(VENV)/.dev models ## the figures of the README, on this machine
	@.ci/speech
	@$(PY) -m benchmarks

clean: ## remove what was built; models stay in the user's cache
	rm -rf $(VENV) js/node_modules rtwidgets/static dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .run

$(PY):
	@python=$$(.ci/find-python) && echo "environment: $(VENV), $$($$python --version)" && $$python -m venv $(VENV)
	@$(PIP) install --upgrade pip

$(VENV)/.demo: $(SOURCES) | $(PY)
	@echo "installing rtwidgets, JupyterLab and the offline engine (minutes the first time)"
	@$(PIP) install -e '.[lab,offline]'
	@touch $@

$(VENV)/.dev: $(VENV)/.demo
	@echo "installing the tools for development"
	@$(PIP) install -e '.[lab,offline,dev]'
	@touch $@

js/node_modules/.complete: js/package-lock.json | $(VENV)/.demo
	@missing="$$($(PY) js/node.py requirement)"; \
	if [ -n "$$missing" ]; then echo "installing $$missing"; $(PIP) install "$$missing"; fi
	@echo "installing the tools of js/"
	@$(NPM) ci --loglevel=error
	@touch $@
