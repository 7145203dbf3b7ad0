-- One row per departure of the day and lateness of the one before: delays travel with the aircraft.
select
    rotation,
    was_late_before,
    count(*) as departures,
    round(100.0 * count(*) filter (where is_late) / count(*), 1) as departed_late_pct,
    round(avg(departure_delay_min), 1) as average_delay_min
from departure_conditions
where rotation between 2 and 4
group by rotation, was_late_before
