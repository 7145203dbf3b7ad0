-- severity: stop
-- why: Airliners do not fly faster over the ground than this; a larger figure means a wrong distance or time.
select flight_id, origin, destination, distance_mi, air_time_min, ground_speed_mph
from arrivals
where ground_speed_mph > 800
