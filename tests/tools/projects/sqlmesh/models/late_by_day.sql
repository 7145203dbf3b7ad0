MODEL (
  name flights.late_by_day, tags (flights), cron '@daily',
  kind INCREMENTAL_BY_TIME_RANGE (time_column day), start '2013-01-01'
);
SELECT CAST(d.time_hour AS DATE) AS day, d.carrier, MAX(d.dep_delay) AS worst, ANY_VALUE(w.wind ORDER BY w.wind) AS wind
FROM flights.delayed AS d LEFT JOIN station.raw.hourly AS w ON w.time_hour = d.time_hour
WHERE CAST(d.time_hour AS DATE) BETWEEN @start_date AND @end_date
GROUP BY 1, 2;
