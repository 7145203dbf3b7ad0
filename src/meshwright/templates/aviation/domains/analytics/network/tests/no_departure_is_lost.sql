-- severity: stop
-- why: Routes must add up to all departures; a join that drops or doubles flights shows here first.
select listed.departures, counted.departures as expected
from (select sum(departures) as departures from routes) as listed
cross join (select count(*) as departures from operations.flights.departures) as counted
where listed.departures <> counted.departures
