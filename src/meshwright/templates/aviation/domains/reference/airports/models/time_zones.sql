-- One row per named time zone, with the airports that keep it.
select
    time_zone,
    utc_offset_hours,
    count(*) as airports
from airports
where time_zone is not null
group by time_zone, utc_offset_hours
