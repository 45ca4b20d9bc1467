# An index of the scripts in scripts/, which say the rest themselves.
.DEFAULT_GOAL := help
.PHONY: help setup build run demo okta test template faults soak bench

help: ## List these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Install what building needs and this machine lacks
	@scripts/setup

build: ## Build the server, and the wasm that it serves
	@scripts/build

run: ## Build and run the reference app, for an Okta of your own
	@scripts/run

demo: ## Build and run the reference app beside a stand-in for Okta
	@scripts/demo

okta: ## Run the stand-in for Okta alone, for the app at APP
	@scripts/okta

test: ## Build and run every test
	@scripts/test

template: ## Make an app of template/, build it, and run its tests (minutes)
	@scripts/template --build

faults: ## Break one part after another while people sign in (8 minutes); SESSIONS=redis keeps sessions there
	@cargo bench --profile dev -p server --bench endurance -- faults --sessions $(or $(SESSIONS),database)

soak: ## Ten minutes of sign-ins while Okta fails; MINUTES=2 is shorter
	@cargo bench --profile dev -p server --bench endurance -- soak --minutes $(or $(MINUTES),10)

bench: ## Measure the plugin beside its peers; PARTS=routes,instructions measures less
	@bench/run $(if $(PARTS),--parts $(PARTS))
