MODEL (name flights.delayed, kind EMBEDDED);
SELECT * FROM flights.stg_departures WHERE dep_delay >= @VAR('min_delay');
