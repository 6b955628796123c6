-- The load of the case heartbeats: wrk -s register.lua URL -- <agents> [<bearer token>]
-- Each request is the heartbeat of the next agent; the figures come out as one line of JSON.

local heartbeats, count, last = {}, 0, 0

function init(args)
  count = tonumber(args[1])
  local headers = { ["Content-Type"] = "application/json" }
  if args[2] then headers["Authorization"] = "Bearer " .. args[2] end
  for i = 1, count do
    local host = string.format("10.0.%d.%d", math.floor(i / 256), i % 256)
    local body = string.format('{"url":"http://%s:4000","tag":"web"}', host)
    heartbeats[i] = wrk.format("POST", "/logkit/cluster/register", headers, body)
  end
end

function request()
  last = last % count + 1
  return heartbeats[last]
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    'FIGURES {"requests":%d,"seconds":%.6f,"p99_ms":%.3f,"errors":%d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(99) / 1e3,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout
  ))
end
