-- One row per origin and destination that was flown, with the spread of delays that a traveller should expect.
select
    origin,
    destination,
    count(*) as arrivals,
    count(distinct carrier) as carriers,
    round(100.0 * count(*) filter (where not is_late) / count(*), 1) as arrived_on_time_pct,
    round(avg(arrival_delay_min), 1) as average_arrival_delay_min,
    median(arrival_delay_min) as median_arrival_delay_min,
    quantile_cont(arrival_delay_min, 0.9) as p90_arrival_delay_min
from operations.flights.arrivals
group by origin, destination
