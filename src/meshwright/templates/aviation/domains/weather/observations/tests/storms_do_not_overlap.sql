-- severity: stop
-- why: Overlapping spells would count the same hour twice in every report on weather delays.
select airport, started_at, ended_at, next_start
from (
    select
        airport,
        started_at,
        ended_at,
        lead(started_at) over (partition by airport order by started_at) as next_start
    from storms
) as spells
where next_start < ended_at
