-- severity: stop
-- why: Each late departure has exactly one cause in this product; shares that do not add up to the whole mislead.
select month, late, late_in_bad_weather, late_after_late_aircraft, late_otherwise
from late_by_month
where late_in_bad_weather + late_after_late_aircraft + late_otherwise <> late
