-- severity: warn
-- why: A destination that reference.airports does not list has no name, no place and no time zone in any report.
select
    departures.destination,
    count(*) as flights
from departures
left join reference.airports.airports as known on known.airport = departures.destination
where known.airport is null
group by departures.destination
