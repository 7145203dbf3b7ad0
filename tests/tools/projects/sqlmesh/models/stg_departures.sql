MODEL (name flights.stg_departures, kind VIEW);
SELECT carrier, origin, dep_delay, time_hour, distance FROM mesh.departures;
