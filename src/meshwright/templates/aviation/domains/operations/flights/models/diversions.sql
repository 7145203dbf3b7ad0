-- One row per flight that left and did not land where it should, or landed there only after a stop elsewhere.
select
    flight_id,
    carrier,
    flight_number,
    tail_number,
    origin,
    destination,
    flight_date,
    departure_delay_min,
    is_landing_recorded
from schedule
where outcome = 'diverted'
