# Lanyard: `make` builds build/lanyard; `make help` lists the other targets.
MODE ?= rel
CC := $(if $(filter default,$(origin CC)),gcc,$(CC))
B := build/$(MODE)
VERSION := 0.1
PREFIX ?= /usr/local
PKGS := slirp glib-2.0 gio-2.0 liblzma liblz4 libzstd zlib libpng libpcap ncursesw yaml-0.1 json-glib-1.0 vterm
FUZZ_TIME ?= 30

WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wno-unused-parameter -Werror
OPT_rel := -O2 -g1
OPT_dbg := -O0 -g3
OPT_asan := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
OPT_tsan := -O1 -g -fsanitize=thread
OPT_fuzz := -O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined
# Without pkg-config (before `make deps`) these are empty, and silent.
PKG_CFLAGS := $(shell pkg-config --cflags $(PKGS) 2>/dev/null)
PKG_LIBS := $(shell pkg-config --libs $(PKGS) 2>/dev/null)
ALL_CFLAGS := -std=gnu17 $(OPT_$(MODE)) $(WARN) -fno-strict-aliasing -fwrapv -I. \
	-DLANYARD_VERSION='"$(VERSION)"' $(PKG_CFLAGS) $(CFLAGS)
ALL_LDFLAGS := $(filter -fsanitize%,$(OPT_$(MODE))) $(LDFLAGS)
LDLIBS := $(PKG_LIBS) -lm -lpthread
GUEST_CFLAGS := -m32 -march=i486 -mgeneral-regs-only -O1 -std=gnu17 -ffreestanding -fno-pic -fno-stack-protector -fcf-protection=none \
	-fno-asynchronous-unwind-tables -Wall -Wextra -Werror -I.

SOURCES := $(wildcard engine/*/*.c engine/*/*/*.c capture/*.c topology/*.c tui/*/*.c)
OBJ := $(SOURCES:%.c=$(B)/%.o)
LIB := $(B)/lanyard.a
UNIT := $(patsubst %.c,$(B)/%,$(wildcard tests/unit/test_*.c))
HELPERS := $(patsubst %.c,$(B)/%.o,$(filter-out tests/unit/test_%,$(wildcard tests/unit/*.c)))
ORACLE_OBJ := $(patsubst %.c,$(B)/%.o,$(filter-out %/zydis_check.c %/zydis_uses.c,$(wildcard tests/cpu/*.c)))
FUZZ := $(patsubst tests/fuzz/%.c,$(B)/tests/%,$(wildcard tests/fuzz/fuzz_*.c))
NETGUEST_OBJ := $(patsubst tests/%,build/guest/%.o,$(basename $(wildcard tests/netguest/*.[cS])))
GUESTS := $(patsubst tests/guest/%,build/guest/%.elf,$(basename $(filter-out tests/guest/lib%,$(wildcard tests/guest/*.c tests/guest/*.S))))
AGENT_OBJ := $(patsubst %.c,$(B)/%.o,$(wildcard labs/images/agent/*.c)) # for the warnings: recipes build it
SCRIPTS := $(wildcard tests/check_*.sh tests/cli/*.sh tests/lab/*.sh tests/net/*.sh tests/uplink/[!l]*.sh tests/tui/*.sh tests/det/[!d]*.sh tests/cpu/*.sh tests/capture/*.sh tests/topology/*.sh tests/real/test_*.sh tests/fuzz/*.sh)

all: build/lanyard
build/lanyard: $(B)/lanyard
	@ln -sf $(MODE)/lanyard $@
$(B)/lanyard: $(B)/tui/cli/main.o $(LIB)
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LDLIBS)
$(LIB): $(filter-out %/tui/cli/main.o,$(OBJ))
	@rm -f $@; ar rcs $@ $^
$(B)/%.o: %.c $(B)/.flags
	@mkdir -p $(@D); echo "  $(CC) $<"
	@$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<
# Another compiler or other flags: everything again.
$(B)/.flags: FORCE
	@pkg-config --exists $(PKGS) || { echo "Libraries are missing: run 'make deps' first."; exit 1; }
	@mkdir -p $(@D); echo '$(CC) $(ALL_CFLAGS)' | cmp -s - $@ || echo '$(CC) $(ALL_CFLAGS)' >$@

# A unit test is linked with what its own headers belong to: tests/unit/foo.h, foo.c.
$(UNIT): $(B)/%: $(B)/%.o $(HELPERS) $(LIB)
	@$(CC) $(ALL_LDFLAGS) -o $@ $< $$(grep -oh 'tests/unit/[a-z0-9_]*\.h' $(@:=.d) | sort -u | sed 's,.*,$(B)/&,; s,h$$,o,') $(LIB) -lcmocka $(LDLIBS)
$(B)/tests/oracle: $(ORACLE_OBJ)
$(B)/tests/zydis_check: $(B)/tests/cpu/zydis_check.o $(B)/tests/cpu/zydis_uses.o
$(B)/tests/bridge_oracle: $(B)/tests/net/bridge_oracle.o
$(B)/tests/test-lab: $(patsubst %.c,$(B)/%.o,$(wildcard tests/lab/*.c)) build/guest/netguest.elf
$(B)/tests/net_bench $(B)/tests/vde_bench: $(B)/tests/%: $(B)/tests/bench/%.o
$(FUZZ): $(B)/tests/%: $(B)/tests/fuzz/%.o $(B)/tests/lab/plans.o build/guest/netguest.elf
$(B)/tests/oracle $(B)/tests/zydis_check: WITH := -lZydis
$(B)/tests/net_bench $(B)/tests/vde_bench: WITH := -lvdeplug
$(FUZZ): WITH := -fsanitize=fuzzer
$(addprefix $(B)/tests/,oracle zydis_check bridge_oracle test-lab net_bench vde_bench) $(FUZZ): $(LIB)
	@$(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o,$^) $(LIB) $(WITH) $(LDLIBS)
GUEST_CC = mkdir -p $(@D); gcc $(GUEST_CFLAGS) -MMD -MP -c -o $@ $<
GUEST_LD = ld -m elf_i386 --no-warn-rwx-segments -T tests/guest/guest.ld -o $@ $(filter %.o %.a,$^)
build/guest/%.o: tests/%.S Makefile
	@$(GUEST_CC)
build/guest/%.o: tests/%.c Makefile
	@$(GUEST_CC)
build/guest/lib.a: $(patsubst tests/%.c,build/guest/%.o,$(wildcard tests/guest/lib*.c))
	@rm -f $@; ar rcs $@ $^
build/guest/%.elf: build/guest/guest/libstart.o build/guest/guest/%.o build/guest/lib.a tests/guest/guest.ld
	@$(GUEST_LD)
build/guest/netguest.elf: build/guest/guest/libstart.o $(NETGUEST_OBJ) build/guest/lib.a tests/guest/guest.ld
	@$(GUEST_LD)
-include $(OBJ:.o=.d) $(UNIT:=.d) $(HELPERS:.o=.d) $(ORACLE_OBJ:.o=.d) $(wildcard $(B)/tests/*/*.d build/guest/*.d build/guest/*/*.d)
.SECONDARY:

TESTS = $(UNIT) $(B)/tests/oracle $(GUESTS) $(B)/tests/test-lab
test-programs: all $(TESTS) $(AGENT_OBJ) $(B)/tests/zydis_check $(B)/tests/bridge_oracle
check check-full: deps
	@$(MAKE) --no-print-directory MODE=$(MODE) CC=$(CC) test-programs
	@MODE=$(MODE) CC=$(CC) B=$(B) tests/run.sh $@ $(TESTS) $(SCRIPTS)
# Some of the tests: make test T="build/rel/tests/unit/test_pit tests/real/test_linux_amd64.sh"
test: test-programs
	@MODE=$(MODE) CC=$(CC) B=$(B) tests/run.sh check-full $(or $(T),$(TESTS))
fuzz-programs: $(FUZZ)
fuzz: deps
	@$(MAKE) --no-print-directory MODE=fuzz CC=clang fuzz-programs
	@MODE=fuzz B=build/fuzz FUZZ_TIME=$(FUZZ_TIME) tests/run.sh check-full tests/fuzz/fuzz.sh
deps:
	@.ci/deps.sh build check
demo:
	@.ci/deps.sh build demo
	@$(MAKE) --no-print-directory all
	@labs/demo.sh
bench:
	@.ci/deps.sh build bench
	@$(MAKE) --no-print-directory all $(addprefix $(B)/tests/,net_bench vde_bench)
	@B=$(B) tests/bench/bench.sh $(ROWS)
lint:
	@.ci/deps.sh build lint
	@tests/lint.sh $(ALL_CFLAGS)
install: all # an older version's recipes would change ours
	install -D -m 755 $(B)/lanyard "$(DESTDIR)$(PREFIX)/bin/lanyard"
	install -D -m 644 docs/lanyard.1 "$(DESTDIR)$(PREFIX)/share/man/man1/lanyard.1"
	install -D -m 644 docs/lanyard.bash "$(DESTDIR)$(PREFIX)/share/bash-completion/completions/lanyard"
	rm -rf "$(DESTDIR)$(PREFIX)/share/lanyard/images" && install -d "$(DESTDIR)$(PREFIX)/share/lanyard"
	cp -r labs/images "$(DESTDIR)$(PREFIX)/share/lanyard/" && chmod -R u=rwX,go=rX "$(DESTDIR)$(PREFIX)/share/lanyard"
clean: # keeps build/cache: downloaded packages and images made from them
	rm -rf build/lanyard build/guest $(addprefix build/,rel dbg asan tsan fuzz)
help:
	@printf '%s\n' "make [MODE=rel|dbg|asan|tsan|fuzz] [CC=gcc|clang]   build/lanyard" \
	"make deps | demo | check | check-full | test T=... | fuzz | bench | lint | install | clean"
FORCE:
.PHONY: all check check-full test test-programs fuzz fuzz-programs deps demo bench lint install clean help FORCE
