-- level: warn
-- why: A freshness of 2 is a promise that everybody reads differently.
-- fix: Give the service level a number and a unit: value: 2, unit: h.
select port, product, file, line,
    property || ' of ' || coalesce(value, 'nothing') || coalesce(' ' || unit, ' without a unit') || ' is no duration' as message
from mesh.service_levels
where seconds is null
    and lower(property) in ('freshness', 'latency', 'retention', 'frequency', 'timetodetect', 'timetonotify', 'timetorepair')
