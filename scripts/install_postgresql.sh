#!/usr/bin/env bash
# The PostgreSQL server that tests start for themselves: Debian's package, installed where no server is found.
# Nothing is started or configured; twice in a row does nothing the second time.
set -euo pipefail

found() {
    compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || command -v initdb >/dev/null
}

found && exit 0
if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
    echo 'The tests need a PostgreSQL server (14 or later): install your system'\''s package, on Debian and Ubuntu' >&2
    echo 'with: sudo apt-get install postgresql. Without one `make quick` leaves those tests out.' >&2
    exit 1
fi
# No cluster of the system's own: the tests make theirs in a folder and remove it.
if [ ! -e /etc/postgresql-common/createcluster.conf ]; then
    mkdir -p /etc/postgresql-common
    echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends -o Dpkg::Options::=--force-confold postgresql >/dev/null
found
