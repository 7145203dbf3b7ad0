-- One row per month and size class: how much of the fleet flew, and how much it flew.
select
    cast(date_trunc('month', arrivals.flight_date) as date) as month,
    aircraft.size_class,
    count(distinct arrivals.tail_number) as aircraft,
    count(*) as flights,
    round(sum(arrivals.air_time_min) / 60.0, 1) as air_hours,
    round(sum(arrivals.air_time_min) / 60.0 / count(distinct arrivals.tail_number), 1) as air_hours_per_aircraft
from operations.flights.arrivals as arrivals
inner join fleet.aircraft.aircraft as aircraft using (tail_number)
group by date_trunc('month', arrivals.flight_date), aircraft.size_class
