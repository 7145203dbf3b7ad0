AUDIT (name few_departures, blocking false);
SELECT * FROM @this_model WHERE departures > @most;
