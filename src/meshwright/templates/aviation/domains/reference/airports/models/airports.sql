-- One row per airport: its code, its name, where it is and which clock it keeps.
select
    faa as airport,
    trim(name) as name,
    lat as latitude,
    lon as longitude,
    alt as altitude_ft,
    tz as utc_offset_hours,
    tzone as time_zone,
    case dst
        when 'A' then 'us'
        when 'N' then 'none'
        else 'unknown'
    end as daylight_saving
from raw_airports
