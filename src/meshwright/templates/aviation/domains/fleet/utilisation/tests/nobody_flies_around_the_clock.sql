-- severity: warn
-- why: More than 18 hours in the air per day of service cannot be: two aircraft share a tail number, or times are wrong.
select tail_number, days_in_service, air_hours
from by_aircraft
where air_hours > 18 * days_in_service
