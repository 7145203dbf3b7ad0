-- One row per flight that never left.
select
    flight_id,
    carrier,
    flight_number,
    tail_number,
    origin,
    destination,
    flight_date,
    scheduled_departure,
    scheduled_hour_utc
from schedule
where outcome = 'cancelled'
