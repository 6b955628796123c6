#!/usr/bin/env bash
# Ends what start_cluster.sh has started; servers finish the calls that they have.
set -euo pipefail
cd "$(dirname "$0")"

LOG_DIR=${LOG_DIR:-$(pwd)/logs}

if [ ! -s "$LOG_DIR/cluster.pid" ]; then
  echo "No cluster is running"
  exit 0
fi
pids=$(cat "$LOG_DIR/cluster.pid")
for pid in $pids; do kill "$pid" 2>/dev/null || true; done
for pid in $pids; do
  for _ in $(seq 100); do
    kill -0 "$pid" 2>/dev/null || break
    sleep 0.1
  done
  kill -9 "$pid" 2>/dev/null || true
done
rm -f "$LOG_DIR/cluster.pid"
echo "Cluster stopped"
