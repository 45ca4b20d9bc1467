# shellcheck shell=bash
# Shared by the scripts beside it, which source it. Everything runs from the top of the repository.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly wasm_target=wasm32-unknown-unknown
readonly fallback_toolchain=wasm-from-debian
# shellcheck disable=SC2034 # read by the scripts that source this
readonly cache="${XDG_CACHE_HOME:-$HOME/.cache}/leptos_okta"
# What runs on servers. Apps in one crate have their servers behind a feature.
# shellcheck disable=SC2034
readonly server_side=(--workspace --exclude frontend --features one-crate/ssr,blog/ssr)

say() { printf '==> %s\n' "$*"; }
die() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}
have() { command -v "$1" >/dev/null 2>&1; }

# Whether the Rust under that directory has a standard library for the browser.
has_wasm_std() {
    compgen -G "$1/lib/rustlib/$wasm_target/lib/libstd-*.rlib" >/dev/null
}

# Prints the rustup toolchain that builds for the browser (nothing means the default one), or fails.
wasm_toolchain() {
    local sysroot
    if has_wasm_std "$(rustc --print sysroot)"; then
        return
    fi
    sysroot=$(rustc "+$fallback_toolchain" --print sysroot 2>/dev/null) || return 1
    has_wasm_std "$sysroot" || return 1
    # A newer compiler, put there by an upgrade, cannot read what the older one left.
    [[ $(cat "$sysroot/lib/rustlib/$wasm_target/built-by" 2>/dev/null) == "$(rustc "+$fallback_toolchain" -V)" ]] || return 1
    echo "$fallback_toolchain"
}

# `in_wasm cargo …` runs that with the toolchain above.
in_wasm() {
    local toolchain
    toolchain=$(wasm_toolchain) || die "no Rust toolchain here builds for the browser; run scripts/setup"
    if [[ -n $toolchain ]]; then
        RUSTUP_TOOLCHAIN=$toolchain "$@"
    else
        "$@"
    fi
}

# Makes NAME.js and NAME_bg.wasm of what cargo built for the browser, as small as they get.
pack_wasm() { # the program pack, wasm, folder, name
    "$1" "$2" "$3" "$4"
    end2end/node_modules/.bin/wasm-opt -Oz --strip-debug --strip-producers "$3/$4_bg.wasm" -o "$3/$4_bg.wasm"
}

# Prints a Chromium or Chrome to test with, or fails. CHROMIUM names another one. The one without a window of its own
# takes a third of the time.
find_chromium() {
    local candidate
    for candidate in ${CHROMIUM:+"$CHROMIUM"} chromium-headless-shell chromium google-chrome google-chrome-stable \
        chromium-browser; do
        type -P "$candidate" && return
    done
    return 1
}

# Asked before the long build, not after it: a taken port is the likeliest thing to go wrong.
need_free_port() { # port, the variable that chooses another
    [[ $1 =~ ^[0-9]+$ && $1 -ge 1 && $1 -le 65535 ]] || die "$2=$1 is not a port number"
    if (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; then
        die "port $1 is taken by another program; stop that, or choose another port, as in: $2=$(($1 + 10)) make $(basename "$0")"
    fi
}
