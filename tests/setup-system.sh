#!/usr/bin/env bash
# Install from Debian's packages what the tests use and this machine lacks: PostgreSQL's server, Chromium, Chinese fonts,
# poppler's tools, Go with its checksum-database package. Node packages for cross-checks go into tests/node/node_modules.
# Where a thing cannot be had, the tests that need it say so by name and are skipped.
set -euo pipefail
cd "$(dirname "$0")/.."

missing=()
has() { command -v "$1" >/dev/null 2>&1; }
has postgres || compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null || missing+=(postgresql)
has chromium || missing+=(chromium)
fc-list 2>/dev/null | grep -q 'Noto Serif CJK' || missing+=(fonts-noto-cjk fontconfig)
has pdftoppm || missing+=(poppler-utils)
has go || missing+=(golang-go)
[ -d /usr/share/gocode/src/golang.org/x/mod ] || missing+=(golang-golang-x-mod-dev)

if [ "${#missing[@]}" -gt 0 ]; then
  sudo=""
  [ "$(id -u)" -eq 0 ] || sudo="sudo -n"
  if has apt-get; then
    echo "installing: ${missing[*]}"
    $sudo apt-get update -qq || echo "apt-get update failed: going on with the lists at hand"
    DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null \
      || echo "could not install some of: ${missing[*]}"
  else
    echo "not found and no apt-get here: ${missing[*]}"
  fi
fi

if [ -f tests/node/package-lock.json ]; then
  if has npm; then
    stamp=tests/node/node_modules/.installed
    if [ ! -f "$stamp" ] || [ tests/node/package-lock.json -nt "$stamp" ]; then
      (cd tests/node && npm ci --silent --no-audit --no-fund) && touch "$stamp" || echo "npm ci failed: cross-checks with Node will be skipped"
    fi
  else
    echo "npm not found: cross-checks with Node will be skipped"
  fi
fi
