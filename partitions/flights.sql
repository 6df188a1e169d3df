-- One row per flight. The window is bound by lakefill: $partition_start <= departure < $partition_end.
SELECT
  "date" AS departed_at,
  upper(trim(origin)) AS origin,
  upper(trim(destination)) AS destination,
  delay::INTEGER AS delay_minutes,
  distance::INTEGER AS distance,
  delay > 15 AS late
FROM raw
WHERE "date" >= $partition_start AND "date" < $partition_end
ORDER BY departed_at, origin, destination, delay_minutes, distance
