# Folkmoot. `make` alone lists what there is.
.DEFAULT_GOAL := help
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c

CLIENT := static/client
PROVIDERS := billing/providertest/node
FORGES := governance/contribution/node
CLIENT_SOURCES := $(shell find $(CLIENT) static/style -type f -not -path '*/node_modules/*' 2>/dev/null)
STV_RS := .cache/stv-rs
LINT := go tool -modfile=tools.mod golangci-lint

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "  make %-10s %s\n", $$1, $$2 }'

.PHONY: build
build: client ## build bin/folkmoot with everything in it
	go build -trimpath -o bin/folkmoot ./app

.PHONY: run
run: build ## build everything and serve it at http://localhost:8080
	bin/folkmoot serve

.PHONY: client
client: static/dist/manifest.json

$(CLIENT)/node_modules/.installed: $(CLIENT)/package-lock.json
	@command -v npm >/dev/null || { echo "The web client needs Node 20.19 or newer with npm (https://nodejs.org)." >&2; exit 1; }
	cd $(CLIENT) && npm ci --ignore-scripts --no-audit --no-fund
	@touch $@

static/dist/manifest.json: $(CLIENT)/node_modules/.installed $(CLIENT_SOURCES)
	cd $(CLIENT) && npm run --silent build
	@touch $@

$(PROVIDERS)/node_modules/.installed: $(PROVIDERS)/package-lock.json
	cd $(PROVIDERS) && npm ci --ignore-scripts --no-audit --no-fund
	@touch $@

$(FORGES)/node_modules/.installed: $(FORGES)/package-lock.json
	cd $(FORGES) && npm ci --ignore-scripts --no-audit --no-fund
	@touch $@

.PHONY: test
test: client $(PROVIDERS)/node_modules/.installed $(FORGES)/node_modules/.installed ## run every test that this machine can; says what it left out and how to get it
	.ci/test

.PHONY: ci
ci: ## what .ci/run runs: install, generate, lint, test with nothing skipped, fuzz, chaos
	.ci/ci

.PHONY: lint
lint: client ## lint Go, and check the client's types
	$(LINT) run ./...
	cd $(CLIENT) && npm run --silent check

.PHONY: generate
generate: $(CLIENT)/node_modules/.installed ## write generated code anew (needs protoc)
	@command -v protoc >/dev/null || { echo "protoc is missing (Debian: apt-get install protobuf-compiler)." >&2; exit 1; }
	@mkdir -p .cache/bin && GOBIN=$(CURDIR)/.cache/bin go install google.golang.org/protobuf/cmd/protoc-gen-go
	PATH="$(CURDIR)/.cache/bin:$$PATH" protoc --go_out=. --go_opt=paths=source_relative messaging/wire/folkmoot.proto
	cd $(CLIENT) && npm run --silent wire
	go tool templ generate -path templates

.PHONY: fuzz
fuzz: ## fuzz every parser, 4 s each (FUZZTIME)
	.ci/fuzz

.PHONY: chaos
chaos: client ## kill things at random under load, ROUNDS=20, SEED=
	kafka/fetch
	FOLKMOOT_CHAOS_ROUNDS=$${ROUNDS:-20} FOLKMOOT_CHAOS_SEED=$${SEED:-} go test -count=1 -v -timeout 90m -run '^TestChaos' ./app

.PHONY: bench
bench: client ## measure delivery, dues, a count, votes, an audit and degrees beside their references, on either stack that is there
	@test -x $(STV_RS)/bin/stv-rs || ! command -v cargo >/dev/null || cargo install --quiet stv-rs --version 0.5.1 --root $(STV_RS) || echo "stv-rs cannot be had here: the count is measured alone." >&2
	go test -count=1 -timeout 60m -run "^$$" -bench 'Delivery|Webhooks|Count|Casts' -benchtime 1x ./app
	go test -count=1 -timeout 60m -run "^$$" -bench MonthlyRun -benchtime 1x ./billing
	go test -count=1 -timeout 60m -run "^$$" -bench 'Signatures|Audit|LogAppend' ./governance/ballot ./governance/auditor ./governance/bulletin
	go test -count=1 -timeout 60m -run "^$$" -bench Degrees -benchtime 1x ./app

.PHONY: kafka
kafka: ## start Apache Kafka 4.3.1 at localhost:9092 (needs Java 17 and Maven)
	kafka/fetch
	kafka/start

.PHONY: shots
shots: client ## take screenshots of every page into shots/
	FOLKMOOT_SHOTS=$(CURDIR)/shots go test -count=1 -v -timeout 60m -run 'InABrowser$$|^TestBrowser$$' ./app
