# Keeps one PostgreSQL server for one test process: makes its folder, obeys the lines of standard input (start, stop), and at the end
# of standard input stops the server and removes the folder. That end comes however the test process ends, SIGKILL included, since the
# kernel closes the pipe then; a signal on the parent's death would come when the thread ends that started the server.
# Each line is answered by one: "ok", or what went wrong. Arguments: folder of PostgreSQL's programs, order of texts, on|off for fsync.
programs=$1 order=$2 fsync=$3

# The test may be gone when it is answered.
trap '' PIPE
# Short, since the name of a socket has about 100 bytes, and where every user may make a folder: TMPDIR need be neither.
folder=$(mktemp -d /tmp/newsprint-postgres-XXXXXX) || exit 1
data=$folder/data

# try COMMAND...: runs it and remembers what it says.
try() { "$@" </dev/null >>"$folder/said" 2>&1; }

control() { try "$programs/pg_ctl" --pgdata "$data" --wait --silent "$@"; }

make() { rm -rf "$data"; try "$programs/initdb" --pgdata "$data" --auth trust --username newsprint --no-sync --encoding UTF8 "$@"; }

# A language's order comes from ICU (PostgreSQL 15 and later), or from the C library where that has the language.
make_in_order() {
    case $order in
        bytes) make --locale C ;;
        language) make --locale C --locale-provider icu --icu-locale en-US || make --locale en_US.UTF-8 ;;
    esac
}

configure() {
    cat >>"$data/postgresql.conf" <<END
listen_addresses = ''
port = 5432
unix_socket_directories = '$folder'
fsync = $fsync
full_page_writes = $fsync
END
}

# answer COMMAND...: runs it; one line of how it went.
answer() {
    : >"$folder/said"
    if "$@"; then
        echo ok
    else
        tail -n 20 "$folder/said" "$folder/log" 2>&1 | tr '\n' ' '
        echo
    fi
}

end() {
    [ ! -e "$data/postmaster.pid" ] || control --mode immediate stop
    rm -rf "$folder"
}
trap end EXIT
trap exit HUP INT TERM

make_and_configure() { make_in_order && configure; }

echo "$folder"
answer make_and_configure
while read -r command; do
    case $command in
        start) answer control --log "$folder/log" start ;;
        stop) answer control --mode immediate stop ;;
    esac
done
