# All set-up is done here: each target first makes .venv, from the locked and hashed requirements.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready

.PHONY: matrix test unit smoke lint bench soak clean
.DEFAULT_GOAL := matrix

matrix: $(READY) ## build, smoke-test, measure and archive every variant
	@$(BIN)/invoke matrix

smoke: $(READY) ## one variant, built and smoke-tested: make smoke VARIANT=alpine
	@$(BIN)/invoke smoke $(if $(VARIANT),--variant $(VARIANT))

test: $(READY) ## every test, those on a real engine among them
	$(BIN)/pytest -q -m "not integration" -n auto
	$(BIN)/pytest -m integration

unit: $(READY) ## the tests that need no engine
	$(BIN)/pytest -m "not integration" -n auto

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(READY) ## side-by-side measurements, as ratios
	$(BIN)/python bench/measuring.py
	$(BIN)/python bench/list_tasks.py

soak: $(READY) ## faults, kills, hostile input and thousands of runs, in full: an hour or more
	IMAGEMATRIX_SOAK=1 $(BIN)/pytest -n auto tests/hostile tests/fuzz tests/archive/test_long_life.py
	IMAGEMATRIX_SOAK=1 $(BIN)/pytest tests/integration/faults tests/integration/test_kills.py \
	    tests/integration/test_side_by_side.py
	$(BIN)/python -m tests.left_behind

clean: ## what this checkout made, here and on the engine
	@if [ -x $(BIN)/invoke ]; then $(BIN)/invoke clean; fi
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache build dist

$(READY): requirements.lock pyproject.toml venv.sh
	@PYTHON="$(PYTHON)" sh venv.sh
	@touch $@
