-- Prints what was measured as a line of JSON. With a file of cookies as an argument, every request sends another one.

local threads = 0
local requests = {}
local at = 0

function setup(thread)
    thread:set("number", threads)
    threads = threads + 1
    thread:set("threads", 2)
end

local function next_request()
    at = at + 1
    return requests[at] or requests[#requests]
end

function init(args)
    if not args[1] then return end
    local line_number = 0
    for cookie in io.lines(args[1]) do
        line_number = line_number + 1
        if line_number % wrk.thread:get("threads") == wrk.thread:get("number") then
            requests[#requests + 1] = wrk.format("GET", nil, { ["Cookie"] = cookie })
        end
    end
    request = next_request
end

function done(summary, latency)
    local errors = summary.errors
    local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
    io.write(string.format(
        '{"requests":%d,"microseconds":%d,"failed":%d,"p50":%d,"p99":%d}\n',
        summary.requests, summary.duration, failed, latency:percentile(50), latency:percentile(99)))
end
