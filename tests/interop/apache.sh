#!/bin/sh
# Fetches Apache Kafka 4.3.0, the oracle, once, and runs its classes; what apache/pom.xml names anew is added.
#
#   tests/interop/apache.sh              fetch when missing; print the directory of jars
#   tests/interop/apache.sh CLASS ARG..  run a class: kafka.Kafka, kafka.tools.DumpLogSegments,
#                                        org.apache.kafka.tools.TopicCommand, ...
# KLAMM_APACHE_DIR chooses the directory (default build/apache-kafka-4.3.0),
# KLAMM_JAVA_OPTS what the Java machine is told (default -Xmx1g).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
dir=${KLAMM_APACHE_DIR:-$(cd "$here/../.." && pwd)/build/apache-kafka-4.3.0}

fetch() { # never takes a jar away that runs somewhere
    mkdir -p "$dir" "$dir.part"
    echo "fetching Apache Kafka 4.3.0 into $dir" >&2
    mvn -B -q -f "$here/apache/pom.xml" org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies \
        -DoutputDirectory="$dir.part" -DincludeScope=runtime >&2
    mv -n "$dir.part"/*.jar "$dir"
    rm -rf "$dir.part"
    cp "$here/apache/pom.xml" "$dir"
}

cmp -s "$here/apache/pom.xml" "$dir/pom.xml" || fetch
if [ $# -eq 0 ]; then
    echo "$dir"
    exit 0
fi
# shellcheck disable=SC2086 # the options are words
exec java ${KLAMM_JAVA_OPTS:--Xmx1g} -Dlog4j2.configurationFile="$here/apache/log4j2.properties" -cp "$dir/*" "$@"
