-- One row per departure: the weather at its scheduled hour, and how its aircraft fared earlier that day.
select
    departures.flight_id,
    departures.carrier,
    departures.origin,
    departures.flight_date,
    departures.departure_delay_min,
    departures.is_late,
    hourly.condition,
    hourly.temperature_f,
    hourly.wind_speed_mph,
    hourly.visibility_mi,
    -- Which departure of the day it is for this aircraft. Without a tail number nobody knows.
    case
        when departures.tail_number is not null then row_number() over aircraft_day
    end as rotation,
    case
        when departures.tail_number is not null then lag(departures.is_late) over aircraft_day
    end as was_late_before
from operations.flights.departures as departures
left join weather.observations.hourly as hourly
    on hourly.airport = departures.origin and hourly.observed_at = departures.scheduled_hour_utc
window aircraft_day as (
    partition by departures.tail_number, departures.flight_date
    order by departures.scheduled_departure, departures.flight_id
)
