-- Sends the paths of a file one after the other; prints one line of JSON. Arguments: the file, and `once` to stop at its end.
local requests, at, is_once = {}, 0, false

function init(arguments)
  is_once = arguments[2] == "once"
  for path in io.lines(arguments[1]) do
    requests[#requests + 1] = wrk.format("GET", path)
  end
end

function request()
  at = at + 1
  if at > #requests then
    at = 1
    if is_once then
      -- The thread stops at once; the program itself sleeps until its time is over or a signal comes.
      wrk.thread:stop()
      local ffi = require("ffi")
      ffi.cdef("int getpid(void); int kill(int, int);")
      ffi.C.kill(ffi.C.getpid(), 2)
    end
  end
  return requests[at]
end

function done(summary, latency)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  print(string.format('{"requests":%d,"failed":%d,"seconds":%f,"bytes":%d,"p50_ms":%f,"p99_ms":%f}', summary.requests, failed,
    summary.duration / 1e6, summary.bytes, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
