# make run and make test are the whole set-up; `make help` lists the rest.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
HOME_DIR ?= $(CURDIR)/home
PEERS := build/peers
PORT ?= 8000
FUZZ_SECONDS ?= 60
export PIP_DISABLE_PIP_VERSION_CHECK = 1
comma := ,

.DEFAULT_GOAL := help
.PHONY: help run serve test lint fmt types layers check bench bench-guard bench-llm bench-peers-env eval fuzz scale train tune retrieval vectors confirmed clean

help:  ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

# Runs a command quietly, shows every 3 s that it is alive, and its output when it fails.
define with_ticker
	@$(1) > $(VENV)/install.log 2>&1 & pid=$$!; waited=0; \
	while kill -0 $$pid 2>/dev/null; do \
	  sleep 3; waited=$$((waited + 3)); \
	  echo "  $${waited}s $$(grep -E '^(Collecting|Downloading|Building|Installing)' $(VENV)/install.log | tail -n 1 | cut -c 1-70)"; \
	done; \
	wait $$pid || { tail -n 20 $(VENV)/install.log; echo "installing failed; the whole log is in $(VENV)/install.log"; exit 1; }
endef

$(VENV)/.pip:
	@echo "1/2 creating the environment in $(VENV)"
	@$(PYTHON) -m venv $(VENV)
	$(call with_ticker,$(BIN)/python -m pip install --upgrade pip)
	@touch $@

$(VENV)/.run: $(VENV)/.pip pyproject.toml constraints.txt
	@echo "2/2 installing (one to two minutes with the packages in pip's cache)"
	$(call with_ticker,$(BIN)/python -m pip install -c constraints.txt -e .)
	@touch $@

$(VENV)/.test: $(VENV)/.pip pyproject.toml constraints.txt
	@echo "2/2 installing with the test and developer tools"
	$(call with_ticker,$(BIN)/python -m pip install -c constraints.txt -e ".[test$(comma)dev$(comma)postgres]")
	@touch $@ $(VENV)/.run

$(VENV)/.fuzz: $(VENV)/.test
	$(call with_ticker,$(BIN)/python -m pip install -c constraints.txt -e ".[fuzz]")
	@touch $@

run: $(VENV)/.run  ## install, load the sample knowledge base, show a suggestion, serve on 127.0.0.1:8000
	@$(BIN)/copilot --home $(HOME_DIR) demo --port $(PORT)

serve: $(VENV)/.run  ## serve only
	@$(BIN)/copilot --home $(HOME_DIR) serve --port $(PORT)

test: $(VENV)/.test  ## all tests
	@$(BIN)/python -m pytest

lint: $(VENV)/.test  ## ruff
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

fmt: $(VENV)/.test  ## format
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

types: $(VENV)/.test  ## mypy --strict
	@$(BIN)/mypy

layers: $(VENV)/.test  ## import contracts
	@$(BIN)/lint-imports

check: test lint types layers  ## what CI runs

bench: $(VENV)/.test bench-guard  ## ingest, search and suggestion figures as JSON, and the guard's
	@$(BIN)/python -m evals.bench --out bench.json

bench-guard: $(VENV)/.test  ## the guard's speed, beside guardrails-ai and NeMo Guardrails where their environment is
	@$(BIN)/python -m evals.bench_guard --out build/guard_bench.json --peers $(PEERS)/bin/python

bench-llm: $(VENV)/.test  ## what the copilot adds to a language model's own time, with a stub model; bench_llm.json
	@$(BIN)/python -m evals.bench_llm --out bench_llm.json

$(PEERS)/.installed: $(VENV)/.pip evals/peers/constraints.txt
	@echo "installing the guard's peers in $(PEERS) (about a minute, 650 MB)"
	@$(PYTHON) -m venv --clear $(PEERS)
	$(call with_ticker,$(PEERS)/bin/python -m pip install --upgrade pip)
	$(call with_ticker,$(PEERS)/bin/python -m pip install -c evals/peers/constraints.txt guardrails-ai nemoguardrails)
	@touch $@

bench-peers-env: $(PEERS)/.installed  ## an environment of its own for bench-guard: guardrails-ai pins an old typer

eval: $(VENV)/.run  ## evaluation suites with their floors; figures and cases in eval-results/run.json
	@$(BIN)/copilot eval run guard tickets redaction -o eval-results

meaning: $(VENV)/.test  ## train the guard's meaning layer from evals/training/guard anew
	@$(BIN)/python -m evals.meaning --cache meaning_cache.npz

fuzz: $(VENV)/.fuzz  ## look for texts that crash or confuse the guard's readers (FUZZ_SECONDS=60)
	@$(BIN)/python -m evals.fuzz --seconds $(FUZZ_SECONDS)

train: $(VENV)/.test  ## train the reading of tickets anew from examples and messages (QUICK=--quick: keep merges and thresholds)
	@mkdir -p build
	@$(BIN)/python -m copilot.understand.train --cache build/understand_cache.npz $(QUICK)

scale: $(VENV)/.test  ## a large base: ingest rate, latency, memory (LAWS=folder of Markdown files)
	@$(BIN)/python -m evals.scale $(LAWS) --out scale.json

tune: $(VENV)/.test  ## learn search from evals/training anew (then run `make vectors` only after edits of kb/sample)
	@$(BIN)/python -m kb.tune evals/training

retrieval: $(VENV)/.test  ## retrieval figures over the sample knowledge base as JSON
	@$(BIN)/python -m evals.retrieval --out retrieval.json

vectors: $(VENV)/.test  ## embed the sample knowledge base anew, after an edit of kb/sample
	@$(BIN)/python -m evals.sample_vectors

confirmed: $(VENV)/.test  ## confirm the rows of the decision tables against kb/sample as it is, after a look at those listed
	@$(BIN)/python -m evals.sample_confirmed

clean:  ## remove the environments and the data of `make run`
	@rm -rf $(VENV) $(PEERS) $(HOME_DIR)
