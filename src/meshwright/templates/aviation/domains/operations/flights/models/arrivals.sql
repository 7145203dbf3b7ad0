-- One row per flight that reached its destination.
select
    flight_id,
    carrier,
    flight_number,
    tail_number,
    origin,
    destination,
    flight_date,
    scheduled_departure,
    departure_delay_min,
    arrival_delay_min,
    arrival_delay_min > $late_after_minutes as is_late,
    departure_delay_min - arrival_delay_min as made_up_min,
    air_time_min,
    distance_mi,
    round(distance_mi * 60.0 / air_time_min, 1) as ground_speed_mph
from schedule
where outcome = 'flown' and distance_mi >= $min_distance
