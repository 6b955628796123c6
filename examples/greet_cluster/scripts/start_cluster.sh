#!/usr/bin/env bash
# Starts three servers, of which two fail, and the client that shows how it gets along with that.
# Flags go to all of them: ./start_cluster.sh -etcd=localhost:2379
set -euo pipefail
cd "$(dirname "$0")"

# The one that npm brings, for that of the system may be too old.
NODE=../../../node_modules/.bin/node
[ -x "$NODE" ] || NODE=node
BASE_PORT=${BASE_PORT:-8001}
FAIL_DURATION=${FAIL_DURATION:-10s}
LOG_DIR=${LOG_DIR:-$(pwd)/logs}
export GREET_REGISTRY=${GREET_REGISTRY:-$LOG_DIR/registry.db}
mkdir -p "$LOG_DIR"
if [ -s "$LOG_DIR/cluster.pid" ]; then
  echo "A cluster may be running: $LOG_DIR/cluster.pid; ./stop_cluster.sh ends it" >&2
  exit 1
fi
rm -f "$GREET_REGISTRY"*

start() { # name of the log, program, flags
  local log=$1
  shift
  "$NODE" "$@" > "$LOG_DIR/$log.log" 2>&1 &
  echo $! >> "$LOG_DIR/cluster.pid"
}

echo "Starting server cluster for failover demonstration..."
PORT_B=$((BASE_PORT + 1))
PORT_C=$((BASE_PORT + 2))
echo "Starting Server A (Port $BASE_PORT) - Fails after 100 requests for $FAIL_DURATION"
start server_a ../server.ts -port="$BASE_PORT" -id=server-A -fail-after=100 -fail-duration="$FAIL_DURATION" -zone=near "$@"
echo "Starting Server B (Port $PORT_B) - 10% random failure rate"
start server_b ../server.ts -port="$PORT_B" -id=server-B -fail-rate=0.1 -zone=far "$@"
echo "Starting Server C (Port $PORT_C) - Normal operation"
start server_c ../server.ts -port="$PORT_C" -id=server-C -zone=far "$@"

echo "Starting failover client demo..."
start client ../main.ts "$@"
for port in "$BASE_PORT" "$PORT_B" "$PORT_C"; do
  echo "Health: http://localhost:$((port + 10000))/health (also /metrics, /status)"
done
echo "What the client shows: tail -f $LOG_DIR/client.log; ./stop_cluster.sh ends all"
