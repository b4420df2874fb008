# The front door. `make help` lists what it can do.
#
#   make        builds build/knowhy
#   make demo   installs what is missing, builds, and explains a real drop on this machine
#   make test   installs the rest and runs every test, the lab included
.PHONY: all demo test test-unit test-long bench lint format docs install clean help

JOBS ?= $(shell nproc)
PREFIX ?= /usr/local
# What needs root asks for it itself, through sudo, and says so.
AS_ROOT := $(shell [ "$$(id -u)" = 0 ] || echo sudo)

all: build/knowhy

build/build.ninja: CMakeLists.txt CMakePresets.json
	@cmake --preset release -DKNOWHY_TESTS=OFF >build-configure.log 2>&1 || \
	  { cat build-configure.log; echo "configuring failed; 'tools/install-deps build' installs what is missing"; exit 1; }
	@rm -f build-configure.log

.PHONY: build/knowhy
build/knowhy: build/build.ninja
	@ninja -C build -j $(JOBS) knowhy

demo:
	@tools/install-deps build
	@$(MAKE) --no-print-directory build/knowhy
	@tools/as-root build/knowhy demo

test:
	@tools/install-deps test
	@tests/run

test-unit:
	@tests/run unit

test-long:
	@tools/install-deps long
	@tests/run long

bench:
	@tools/install-deps bench
	@bench/run

lint:
	@tools/lint

format:
	@clang-format -i $$(git ls-files 'src/**/*.h' 'src/**/*.cpp' 'src/**/*.c' 'lab/**/*.cpp')

docs:
	@cmake --preset release -DKNOWHY_TESTS=ON >/dev/null && \
		ninja -C build causes_doc diagnoses_doc readers_doc reference_doc errors_doc tapset_doc

install: build/knowhy
	install -D build/knowhy $(DESTDIR)$(PREFIX)/bin/knowhy
	install -D -m 644 man/knowhy.1 $(DESTDIR)$(PREFIX)/share/man/man1/knowhy.1
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/knowhy/demo share/demo/*.knowhy

clean:
	rm -rf build build-dev build-asan build-fuzz

help:
	@sed -n 's/^# \{0,1\}//p' Makefile | head -5
	@echo "also: test-unit test-long bench lint format docs install clean"
