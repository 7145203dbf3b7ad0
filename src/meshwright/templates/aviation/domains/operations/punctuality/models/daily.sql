-- One row per origin and day: how the schedule ran.
select
    origin,
    flight_date,
    count(*) as scheduled,
    count(*) filter (where schedule.outcome = 'cancelled') as cancelled,
    count(*) filter (where schedule.outcome = 'diverted') as diverted,
    count(departures.flight_id) as departed,
    count(*) filter (where departures.is_late) as departed_late,
    round(100.0 * count(*) filter (where not departures.is_late) / count(*), 1) as departed_on_time_pct,
    round(avg(departures.departure_delay_min), 1) as average_delay_min
from operations.flights.schedule as schedule
left join operations.flights.departures as departures using (flight_id, origin, flight_date)
group by origin, flight_date
