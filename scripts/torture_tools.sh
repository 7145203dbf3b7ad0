#!/bin/sh
# Installs what the long proofs use besides Python: strace and a C compiler (Debian, Ubuntu; needs root).
# Proofs that miss one of them are skipped and say so.
set -eu
missing=""
command -v strace >/dev/null || missing="$missing strace"
command -v cc >/dev/null || missing="$missing gcc libc6-dev"
[ -z "$missing" ] && { echo "strace and cc are there"; exit 0; }
apt-get update -q
# shellcheck disable=SC2086
apt-get install -q -y --no-install-recommends $missing
