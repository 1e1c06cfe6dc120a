#!/bin/sh
# Builds the Kafka client with Kerberos (GSSAPI) into a virtual environment, in place of the wheel that lacks it.
#
#     docs/how-to/kafka_with_kerberos.sh VENV LIBRDKAFKA.tar.gz
#
# VENV has this program, as after `make setup`. The second is the released source of librdkafka, or a folder with
# it. The Python package of the same version comes from wherever pip gets its packages here.
#
# Needs a C compiler, make, and the headers of Python, Cyrus SASL, OpenSSL, zlib and zstd. Headers and libraries in
# an unusual place are found by CPATH and LIBRARY_PATH, as by every compiler.
set -eu

fail() {
    echo "error: $1" >&2
    exit 2
}

[ $# -eq 2 ] || fail "usage: $0 VENV LIBRDKAFKA.tar.gz"
venv=$(cd "$1" && pwd)
python=$venv/bin/python
[ -x "$python" ] || fail "$1 is no virtual environment"
include=$("$python" -c 'import sysconfig; print(sysconfig.get_path("include"))')

for header in Python.h sasl/sasl.h openssl/ssl.h zlib.h zstd.h; do
    echo "#include <$header>" | ${CC:-cc} -I"$include" -E - >/dev/null 2>&1 || fail "there is no $header. Debian: \
apt install build-essential python3-dev libsasl2-dev libssl-dev zlib1g-dev libzstd-dev"
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/source"
if [ -d "$2" ]; then
    cp -R "$2/." "$work/source"
else
    tar -xzf "$2" -C "$work/source" --strip-components 1
fi
number=$(sed -n 's/^#define RD_KAFKA_VERSION 0x\([0-9a-f]*\).*/\1/p' "$work/source/src/rdkafka.h")
[ -n "$number" ] || fail "$2 is no source of librdkafka"
series=$((0x$number >> 24)).$((0x$number >> 16 & 255))

echo "librdkafka $series with Cyrus SASL, into $venv"
(
    cd "$work/source"
    ./configure --prefix="$venv" --libdir="$venv/lib" \
        --enable-gssapi --enable-ssl --enable-zlib --enable-zstd
    make -j "$(getconf _NPROCESSORS_ONLN)" -C src lib
    make -C src install
) >"$work/log" 2>&1 || { tail -n 20 "$work/log" >&2; fail "librdkafka could not be built"; }

echo "confluent-kafka $series, from source"
CPATH=$venv/include${CPATH:+:$CPATH} LIBRARY_PATH=$venv/lib${LIBRARY_PATH:+:$LIBRARY_PATH} \
    LDFLAGS="-Wl,-rpath,$venv/lib ${LDFLAGS:-}" \
    "$python" -m pip install --quiet --no-deps --no-cache-dir --force-reinstall \
    --no-binary confluent-kafka "confluent-kafka==$series.*"

"$python" - <<'END'
from confluent_kafka import Producer, libversion, version

# A client without Cyrus SASL refuses this at once; it connects to nothing.
Producer(
    {
        "bootstrap.servers": "127.0.0.1:1",
        "security.protocol": "SASL_PLAINTEXT",
        "sasl.mechanism": "GSSAPI",
        "sasl.kerberos.min.time.before.relogin": 0,
        "log_level": 0,
    }
)
print(f"ready: confluent-kafka {version()} on librdkafka {libversion()[0]}, with GSSAPI")
END
