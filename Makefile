# What people do here. `make` alone lists it; the work itself is in scripts/.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help setup build demo test check bench gen fmt need ui binary
MAKEFLAGS += --no-print-directory
VERSION = $(or $(shell git describe --tags --always --dirty 2>/dev/null),dev)

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-7s %s\n", $$1, $$2 }' Makefile

demo: build ## Build, load an invented authority, start it (ADDR=host:port, BOTS=0 for none)
	@printf '\n==> Starting the demonstration (stop it with Ctrl-C)\n'
	@exec bin/wozai demo $(if $(ADDR),--addr $(ADDR)) $(if $(BOTS),--bots $(BOTS))

build: need ui binary ## Build bin/wozai with the user interface inside

setup: need ## Install what the tests need: browsers, fonts, the PostgreSQL server, npm packages
	@scripts/setup.sh
	@scripts/npm.sh web test/e2e

test: setup build ## Run every test: Go on both engines, stories, user interface, browser
	@scripts/test.sh

check: build ## Everything else CI insists on: format, lint, generated files, lock files
	@scripts/check.sh

bench: build ## Measure; writes bench/results.json (PART=… for one part)
	@cd bench && go run . $(PART)

gen: need ## Write the generated files anew: api/openapi.yaml and the client's types
	@scripts/gen.sh

fmt: ## Format Go and the user interface
	@gofmt -w $$(git ls-files --cached --others --exclude-standard '*.go')
	@scripts/npm.sh web && npm --prefix web run --silent fmt

need:
	@scripts/need.sh

ui: need
	@scripts/ui.sh

binary: need
	@printf '\n==> Building bin/wozai (the first time this takes minutes: the media server is large)\n'
	@go build -o bin/wozai -ldflags "-X wozai/internal/app.Version=$(VERSION)" ./cmd/wozai
