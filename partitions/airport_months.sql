SELECT
  origin,
  count(*) AS departures,
  count(*) FILTER (WHERE late) AS late_departures,
  round(avg(delay_minutes), 2) AS mean_delay_minutes
FROM flights
GROUP BY origin
ORDER BY origin
