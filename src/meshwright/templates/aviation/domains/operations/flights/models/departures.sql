-- One row per flight that left the gate.
select
    flight_id,
    carrier,
    flight_number,
    tail_number,
    origin,
    destination,
    flight_date,
    scheduled_departure,
    scheduled_hour_utc,
    scheduled_departure + to_minutes(departure_delay_min) as departed_at,
    departure_delay_min,
    departure_delay_min > $late_after_minutes as is_late,
    distance_mi
from schedule
where outcome <> 'cancelled'
