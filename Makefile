# make demo · make test · make lint · make bench — each sets up what it needs; a second run costs seconds.
# Everything that is said goes to stderr: stdout belongs to the command itself.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := /bin/bash -o pipefail

VENV := .venv
BIN := $(VENV)/bin
DONE := .make
export PYTHONUNBUFFERED := 1
ARGS ?=

WEB_SOURCES := $(shell find web -type f -not -path '*/node_modules/*' -not -path '*/dist/*' 2>/dev/null)

.PHONY: help setup demo test lint bench kafka postgres clean

help:
	@echo "make demo    예시 통화를 상담 화면에서 본다 / watch a sample call on the agent's panel (ARGS=…)"
	@echo "make test    시험을 모두 돌린다 / run all tests (ARGS=… goes to pytest)"
	@echo "make lint    형식과 타입을 검사한다 / ruff, mypy, import-linter, TypeScript"
	@echo "make bench   속도를 잰다 / measure speed and cost"
	@echo "make kafka   시험 삼아 쓸 Kafka를 띄운다 / run a Kafka broker to try things on, until Ctrl-C"
	@echo "make postgres  시험 삼아 쓸 PostgreSQL을 띄운다 / run a PostgreSQL server, until Ctrl-C"
	@echo "make setup   설치만 한다 / set up only"

setup: $(DONE)/python $(DONE)/pages $(DONE)/models $(DONE)/report

demo: setup
	@$(BIN)/sangdam demo $(ARGS)

# The first part mostly waits, for brokers, databases and clocks: three go side by side. Pages have the cores to themselves;
# in the third part the failures, which mostly wait, have company.
test: setup $(DONE)/dev $(DONE)/browser $(DONE)/kafka $(DONE)/postgres $(DONE)/extras
	@echo "› 시험을 돌립니다 / running the tests" >&2
	@cd web && PATH="$$(../deploy/node-path):$$PATH" npm test --silent -- --reporter=dot
	@if [ -n "$(ARGS)" ]; then \
		$(BIN)/pytest $(ARGS); \
	else \
		$(BIN)/pytest --numprocesses 3 --dist loadfile tests/unit tests/property tests/contract \
			&& $(BIN)/pytest tests/browser \
			&& $(BIN)/pytest --numprocesses 2 --dist loadgroup --no-loadscope-reorder tests/integration \
			&& deploy/extras -m pytest tests/extras; \
	fi

lint: $(DONE)/python $(DONE)/dev $(DONE)/node_modules
	@echo "› ruff, mypy, import-linter, TypeScript" >&2
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@cd web && PATH="$$(../deploy/node-path):$(CURDIR)/$(BIN):$$PATH" npm run --silent types:check
	@cd web && PATH="$$(../deploy/node-path):$$PATH" npm run --silent check

bench: setup $(DONE)/dev
	@echo "› 버스 / bus" >&2 && $(BIN)/python -m bench.bus
	@echo "› 안내 글 만 건 / ten thousand guides" >&2 && $(BIN)/python -m bench.guides
	@echo "› 상담 한 해치의 집계 / a year of contacts, counted" >&2 && $(BIN)/python -m bench.voc
	@echo "› 통화 하나 / one call" >&2 && $(BIN)/python -m bench.call
	@echo "› 여러 통화 / many calls" >&2 && $(BIN)/sangdam bench asr --capacity --json
	@echo "› 채팅 5,000개, 다른 채팅 서버와 함께 / 5,000 chats, beside another chat server" >&2 && $(BIN)/sangdam bench chat --json
	@echo "› 다른 음성 인식 서버와 함께 / beside other streaming servers" >&2 && $(BIN)/python bench/peers.py --json

kafka: $(DONE)/dev $(DONE)/kafka
	@$(BIN)/python -m sangdam.local.kafka $(ARGS)

postgres: $(DONE)/dev $(DONE)/postgres
	@$(BIN)/python -m sangdam.local.postgres

# PyTorch and transformers lie in an environment of their own: nothing that is installed by default may need them.
$(DONE)/extras: deploy/extras deploy/debian sangdam/local/extras.py sangdam/local/torch_cpu.py $(DONE)/dev
	@deploy/extras
	@touch $@

clean:
	rm -rf $(DONE) $(VENV) .extras web/node_modules console/static chat_gateway/static

$(DONE)/python: pyproject.toml deploy/python-path
	@mkdir -p $(DONE)
	@echo "› 파이썬 환경을 만듭니다 / setting up Python" >&2
	@test -x $(BIN)/python || $$(deploy/python-path) -m venv $(VENV) >&2
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade pip >&2
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[report]' >&2
	@touch $@

$(DONE)/dev: $(DONE)/python
	@echo "› 개발 도구를 설치합니다 / installing development tools" >&2
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]' >&2
	@touch $@

$(DONE)/node_modules: web/package.json web/package-lock.json $(DONE)/python deploy/node-path
	@echo "› 화면의 부품을 받습니다 / fetching the pages' packages" >&2
	@cd web && PATH="$$(../deploy/node-path --install):$$PATH" npm ci --silent --no-audit --no-fund >&2
	@touch $@

$(DONE)/pages: $(DONE)/node_modules $(WEB_SOURCES)
	@echo "› 화면을 빌드합니다 / building the pages" >&2
	@cd web && PATH="$$(../deploy/node-path):$$PATH" npm run --silent build -- --logLevel warn >&2
	@touch $@

$(DONE)/models: $(DONE)/python
	@echo "› 음성 모델을 확인합니다 / checking the speech models" >&2
	@$(BIN)/sangdam models pull whisper-base >&2
	@$(BIN)/sangdam models pull silero-vad >&2
	@$(BIN)/sangdam models pull campplus >&2
	@touch $@

$(DONE)/report: deploy/report deploy/debian $(DONE)/python
	@deploy/report $(BIN)/python >&2
	@touch $@

$(DONE)/browser: deploy/browser deploy/debian
	@mkdir -p $(DONE)
	@deploy/browser >&2
	@touch $@

$(DONE)/kafka: deploy/java sangdam/local/kafka-pom.xml sangdam/local/kafka-jars.sha256 $(DONE)/dev
	@deploy/java >&2
	@if command -v mvn >/dev/null; then \
		echo "› Kafka를 받습니다 / fetching Kafka" >&2; \
		$(BIN)/python -c 'from sangdam.local.kafka_jars import kafka_jars; kafka_jars()' \
			|| echo "Kafka를 받지 못해 그 시험은 건너뜁니다 / Kafka could not be fetched: its tests will be skipped" >&2; \
	fi
	@touch $@

$(DONE)/postgres: deploy/postgres
	@mkdir -p $(DONE)
	@deploy/postgres >&2
	@touch $@
