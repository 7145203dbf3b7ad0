-- One row per route: what it carries, who flies it, how contested it is.
with carriers_on_route as (
    select
        departures.origin,
        departures.destination,
        departures.carrier,
        count(*) as departures,
        sum(aircraft.seats) as known_seats
    from operations.flights.departures as departures
    left join fleet.aircraft.aircraft as aircraft using (tail_number)
    group by departures.origin, departures.destination, departures.carrier
)

select
    carriers_on_route.origin,
    carriers_on_route.destination,
    airports.name as destination_name,
    airports.time_zone as destination_time_zone,
    cast(sum(carriers_on_route.departures) as bigint) as departures,
    -- Seats of aircraft that are in the register: a lower bound.
    cast(sum(carriers_on_route.known_seats) as bigint) as known_seats,
    count(*) as carriers,
    -- Sum of squared market shares: 1 is a monopoly. Squared counts are summed, not shares: whole numbers add up exactly.
    sum(carriers_on_route.departures * carriers_on_route.departures)
        / (sum(carriers_on_route.departures) * sum(carriers_on_route.departures)) as concentration
from carriers_on_route
left join reference.airports.airports as airports on airports.airport = carriers_on_route.destination
group by
    carriers_on_route.origin,
    carriers_on_route.destination,
    airports.name,
    airports.time_zone
