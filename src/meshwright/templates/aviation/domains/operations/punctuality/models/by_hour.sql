-- One row per scheduled hour of the day: delays add up until the evening.
select
    cast(extract(hour from scheduled_departure) as integer) as hour_of_day,
    count(*) as departures,
    round(100.0 * count(*) filter (where is_late) / count(*), 1) as departed_late_pct,
    round(avg(departure_delay_min), 1) as average_delay_min
from operations.flights.departures
group by extract(hour from scheduled_departure)
