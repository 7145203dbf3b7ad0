-- One row per registered aircraft, with manufacturers under one name each.
select
    tailnum as tail_number,
    year as built_year,
    case
        when manufacturer like 'AIRBUS%' then 'AIRBUS'
        when manufacturer like 'MCDONNELL DOUGLAS%' then 'MCDONNELL DOUGLAS'
        when manufacturer like 'CANADAIR%' then 'CANADAIR'
        else manufacturer
    end as manufacturer,
    model,
    type as category,
    engine as engine_type,
    engines,
    seats,
    case
        when seats < 20 then 'small'
        when seats < 100 then 'regional'
        when seats < 250 then 'narrow body'
        else 'wide body'
    end as size_class
from raw_planes
