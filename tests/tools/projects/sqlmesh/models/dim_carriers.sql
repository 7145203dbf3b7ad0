/* Carriers and how much they fly. */
MODEL (
  name flights.dim_carriers, kind FULL, tags (flights),
  audits (unique_values(columns := (carrier)), not_null(columns := (carrier)), few_departures(most := 39))
);
SELECT c.carrier, c.name, COUNT(d.carrier) AS departures, SUM(d.distance::HUGEINT) AS miles
FROM flights.carriers AS c LEFT JOIN flights.stg_departures AS d ON d.carrier = c.carrier
GROUP BY c.carrier, c.name;
