#!/bin/sh
# A PostgreSQL for tests, which loses everything when the power goes.
#
#   postgres.sh start DIR PORT   starts one in DIR, on 127.0.0.1:PORT and on a socket in DIR; PORT 0 is the socket alone
#   postgres.sh stop DIR         stops it and removes DIR
#   postgres.sh hold DIR         starts one on a socket in DIR, says "ready", stops it and removes DIR when standard input ends
#
# Then FOLKMOOT_TEST_POSTGRES='postgres://postgres@127.0.0.1:PORT/postgres' go test ./...
set -eu

newest=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
PATH=$PATH${newest:+:$newest}
export PATH

# PostgreSQL refuses to be root.
as_postgres() {
	if [ "$(id -u)" = 0 ]; then
		su -s /bin/sh postgres -c "PATH='$PATH'; $1"
	else
		sh -c "$1"
	fi
}

start() {
	command -v initdb >/dev/null || { echo "there is no initdb: install PostgreSQL (Debian: apt-get install postgresql)"; exit 1; }
	mkdir -p "$1"
	[ "$(id -u)" != 0 ] || chown postgres "$1"
	listen= port=5432
	[ "$2" = 0 ] || { listen=127.0.0.1 port=$2; }
	as_postgres "cd '$1' &&
		initdb -D '$1/data' -U postgres -A trust -E UTF8 --locale=C --no-sync >'$1/log' 2>&1 &&
		pg_ctl -D '$1/data' -l '$1/log' -w -o \"-c unix_socket_directories='$1' -c listen_addresses='$listen' -c port=$port \\
			-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c autovacuum=off -c max_connections=400\" start >>'$1/log' 2>&1" ||
		{ cat "$1/log"; exit 1; }
}

stop() {
	as_postgres "cd / && pg_ctl -D '$1/data' -m immediate -w stop >/dev/null 2>&1" || true
	rm -rf "$1"
}

case "$1" in
start) start "$2" "$3" ;;
stop) stop "$2" ;;
hold)
	trap '' INT HUP # whoever holds the other end of standard input decides
	trap 'stop "$2"' EXIT
	start "$2" 0
	echo ready
	cat >/dev/null
	;;
*) sed -n '2,9s/^# \{0,1\}//p' "$0" && exit 2 ;;
esac
