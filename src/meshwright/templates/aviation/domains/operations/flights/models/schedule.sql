-- Every scheduled flight, once, with what became of it. Times are local to the origin unless named utc.
select
    concat(carrier, flight, '-', origin, '-', strftime(make_date(year, month, day), '%Y%m%d')) as flight_id,
    carrier,
    flight as flight_number,
    tailnum as tail_number,
    origin,
    dest as destination,
    make_date(year, month, day) as flight_date,
    make_timestamp(year, month, day, hour, minute, 0) as scheduled_departure,
    time_hour as scheduled_hour_utc,
    distance as distance_mi,
    -- The source has no outcome: a flight that never left has no departure time, one that landed elsewhere no delay on arrival.
    case
        when dep_time is null then 'cancelled'
        when arr_delay is null then 'diverted'
        else 'flown'
    end as outcome,
    dep_delay as departure_delay_min,
    arr_delay as arrival_delay_min,
    air_time as air_time_min,
    arr_time is not null as is_landing_recorded
from raw_flights
