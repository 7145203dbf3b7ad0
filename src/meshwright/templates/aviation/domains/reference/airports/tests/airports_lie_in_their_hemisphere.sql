-- severity: log
-- why: The source has a few airports with swapped or mistyped coordinates; maps drawn from it look wrong there.
select airport, name, latitude, longitude, time_zone
from airports
where longitude > 0 and time_zone like 'America/%'
