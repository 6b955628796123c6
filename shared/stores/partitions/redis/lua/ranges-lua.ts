/**
 * Sets of numbers as the fewest ranges, in sorted sets whose members are all of score 0, so that
 * they lie in the order of their texts: "from:to", both padded to the same width, without the end.
 * Where one ends the next begins, so that nothing has to be counted, and texts need only be compared.
 */
export const RANGES_LUA = `
-- The last range that begins before the text or, if it may, with it.
local function range_before(key, text, is_with)
  local last = is_with and '[' .. text .. ';' or '(' .. text
  local range = call('ZREVRANGEBYLEX', key, last, '-', 'LIMIT', 0, 1)[1]
  if not range then return nil end
  local width = #text
  return sub(range, 1, width), sub(range, width + 2)
end

local function has_of(key, from, to)
  local _, last_to = range_before(key, to, false)
  return last_to ~= nil and last_to > from
end

-- Ranges that it touches become one with it.
local function join(key, from, to)
  local end_was = to
  local last_from, last_to = range_before(key, to, true)
  if last_from and last_to >= from then
    if last_to > to then to = last_to end
    if last_from > from then last_from, last_to = range_before(key, from, false) end
    if last_from and last_to >= from then from = last_from end
    call('ZREMRANGEBYLEX', key, '[' .. from, '[' .. end_was .. ';')
  end
  call('ZADD', key, 0, from .. ':' .. to)
end

local function cut(key, from, to)
  local last_from, last_to = range_before(key, to, false)
  local first_from, first_to = range_before(key, from, false)
  call('ZREMRANGEBYLEX', key, '[' .. from, '(' .. to)
  if first_from and first_to > from then
    call('ZREM', key, first_from .. ':' .. first_to)
    call('ZADD', key, 0, first_from .. ':' .. from)
  end
  if last_from and last_to > to then call('ZADD', key, 0, to .. ':' .. last_to) end
end

-- Most come in their order, and comparing texts takes its time.
local function sort(texts)
  for nth = 2, #texts do
    if texts[nth] < texts[nth - 1] then return table.sort(texts) end
  end
end

-- Spans that touch as one; and whether some of them have something in common.
local function runs_of(spans)
  sort(spans)
  local runs, is_across = {}, false
  local from, to
  for _, span in ipairs(spans) do
    local span_from, span_to = sub(span, 1, 20), sub(span, 22)
    if to and span_from <= to then
      if span_from < to then is_across = true end
      if span_to > to then to = span_to end
    else
      if to then runs[#runs + 1] = { from, to } end
      from, to = span_from, span_to
    end
  end
  if to then runs[#runs + 1] = { from, to } end
  return runs, is_across
end

local function join_spans(key, spans)
  for _, run in ipairs(runs_of(spans)) do join(key, run[1], run[2]) end
end

local function join_ids(key, ids)
  sort(ids)
  local from, to
  for _, id in ipairs(ids) do
    local number = tonumber(id)
    if number ~= to then
      if to then join(key, from, format(PADDED, to)) end
      from = id
    end
    to = number + 1
  end
  if to then join(key, from, format(PADDED, to)) end
end

local function id_behind(id) return format(PADDED, id + 1) end

local function is_completed(id) return has_of(DONE_IDS, id, id_behind(id)) end

-- The first IDs behind one of partitions that are there: made, and not completed since.
local function open_ids(after, limit)
  local ids, id = {}, id_behind(after)
  while #ids < limit do
    local made_from, made_to = range_before(MADE_IDS, id, true)
    if not made_from or made_to <= id then
      local made = call('ZRANGEBYLEX', MADE_IDS, '[' .. id, '+', 'LIMIT', 0, 1)[1]
      if not made then return ids end
      id, made_to = sub(made, 1, 16), sub(made, 18)
    end
    local _, done_to = range_before(DONE_IDS, id, true)
    if done_to and done_to > id then
      id = done_to
    else
      local done = call('ZRANGEBYLEX', DONE_IDS, '[' .. id, '+', 'LIMIT', 0, 1)[1]
      local stop = done and sub(done, 1, 16) < made_to and sub(done, 1, 16) or made_to
      while id < stop and #ids < limit do
        ids[#ids + 1] = id
        id = id_behind(id)
      end
    end
  end
  return ids
end
`;
