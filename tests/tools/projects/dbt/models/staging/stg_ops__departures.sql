select carrier, origin, dest, dep_delay, time_hour, {{ miles_to_km('distance') }} as distance_km
from {{ source('mesh', 'departures') }}
