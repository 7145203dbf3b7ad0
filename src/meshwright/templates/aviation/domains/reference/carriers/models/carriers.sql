-- One row per carrier, with a name short enough for the axis of a chart.
select
    carrier,
    name as legal_name,
    regexp_replace(name, ' (Inc\.|Co\.|Corporation)$', '') as name
from raw_carriers
