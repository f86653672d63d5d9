-- wrk's callers: each thread sends its own lines of the file, each line once, and checks every answer.
-- "token <tab> body": sign-ins; status 200, and as many created ones as the body has items.
-- "token <tab> path" and a picture: that picture with a comment of its own in it; status 201.
local threads = {}

function setup(thread)
   thread:set("number", #threads)
   table.insert(threads, thread)
end

function init(args)
   lines, sent, good, bad = {}, 0, 0, 0
   local file, of, each = args[1], tonumber(args[2]), tonumber(args[3])
   expected = each
   local n = 0
   for line in io.lines(file) do
      if n % of == number then table.insert(lines, line) end
      n = n + 1
   end
   if args[4] then
      local file = io.open(args[4], "rb")
      local picture = file:read("*a")
      file:close()
      head, rest = picture:sub(1, 2) .. "\255\254\0\18", picture:sub(3) -- a comment of 16 bytes behind the start
   end
end

function request()
   sent = sent + 1
   local line = lines[sent]
   if not line then -- all sent: what follows is not counted
      wrk.thread:stop()
      line = lines[#lines]
   end
   local token, body = line:match("^(%S+)\t(.*)$")
   if head then
      return wrk.format("PUT", body, {["Authorization"] = "Token " .. token, ["Content-Type"] = "image/jpeg"},
         head .. body:match("([%x-]+)/photo/$"):sub(-16) .. rest)
   end
   return wrk.format("POST", nil, {
      ["Authorization"] = "Token " .. token, ["Content-Type"] = "application/json", ["Accept"] = "application/json",
   }, body)
end

function response(status, headers, body)
   if head then
      if status == 201 then good = good + 1 else bad = bad + 1 end
      return
   end
   local _, created = body:gsub('"created"', "")
   local _, signed = body:gsub('"signed_in"', "")
   if status == 200 and created == expected and signed == expected then good = good + 1 else bad = bad + 1 end
end

function done(summary, latency, requests)
   local right, wrong = 0, 0
   for _, thread in ipairs(threads) do
      right, wrong = right + thread:get("good"), wrong + thread:get("bad")
   end
   local broken = summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout
   io.write(string.format(
      '\n{"good": %d, "bad": %d, "broken": %d, "seconds": %.6f, "p50_ms": %.3f, "p95_ms": %.3f, "p99_ms": %.3f}\n',
      right, wrong, broken, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(95) / 1e3,
      latency:percentile(99) / 1e3))
end
