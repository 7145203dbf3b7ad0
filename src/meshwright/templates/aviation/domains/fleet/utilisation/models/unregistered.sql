-- One row per tail number that flew but is not in the register. Internal: a work list, not an output.
select
    departures.tail_number,
    count(*) as flights,
    string_agg(distinct departures.carrier, ', ' order by departures.carrier) as carriers,
    max(departures.flight_date) as last_flight
from operations.flights.departures as departures
left join fleet.aircraft.aircraft as aircraft using (tail_number)
where aircraft.tail_number is null and departures.tail_number is not null
group by departures.tail_number
