-- A load of prepared requests: wrk -s requests.lua URL -- <file>
-- The file holds whole requests, each ended by a zero byte; they are sent in turns. The figures come out as one line of JSON.

local requests, count, last = {}, 0, 0

function init(args)
  local file = assert(io.open(args[1], "rb"))
  for text in file:read("*a"):gmatch("[^%z]+") do
    count = count + 1
    requests[count] = text
  end
  file:close()
end

function request()
  last = last % count + 1
  return requests[last]
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    'FIGURES {"requests":%d,"seconds":%.6f,"p99_ms":%.3f,"errors":%d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(99) / 1e3,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout
  ))
end
