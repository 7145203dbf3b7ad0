-- severity: stop
-- why: Every scheduled flight either left or was cancelled; a day that does not add up has lost or doubled flights.
select origin, flight_date, scheduled, departed, cancelled
from daily
where departed + cancelled <> scheduled
