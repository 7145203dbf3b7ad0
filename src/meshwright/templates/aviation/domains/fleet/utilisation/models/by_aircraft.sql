-- One row per registered aircraft that flew: how hard it worked.
select
    flown.tail_number,
    aircraft.manufacturer,
    aircraft.model,
    aircraft.size_class,
    aircraft.built_year,
    flown.carriers,
    flown.flights,
    flown.days_in_service,
    flown.air_hours,
    flown.miles,
    flown.miles * aircraft.seats as seat_miles,
    flown.first_flight,
    flown.last_flight
from (
    select
        tail_number,
        count(distinct carrier) as carriers,
        count(*) as flights,
        count(distinct flight_date) as days_in_service,
        round(sum(air_time_min) / 60.0, 1) as air_hours,
        cast(sum(distance_mi) as bigint) as miles,
        min(flight_date) as first_flight,
        max(flight_date) as last_flight
    from operations.flights.arrivals
    group by tail_number
) as flown
inner join fleet.aircraft.aircraft as aircraft using (tail_number)
