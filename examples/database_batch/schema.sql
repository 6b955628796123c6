-- The work: each row is to be processed once.
CREATE TABLE IF NOT EXISTS records (
  id bigint PRIMARY KEY,
  amount bigint NOT NULL,
  processed boolean NOT NULL DEFAULT false,
  -- What the work leaves behind; done twice, it would be wrong.
  total bigint NOT NULL DEFAULT 0
);

-- The newest token that was seen of each range.
CREATE TABLE IF NOT EXISTS fences (
  first_id bigint PRIMARY KEY,
  token bigint NOT NULL
);
