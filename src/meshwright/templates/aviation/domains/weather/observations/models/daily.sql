-- One row per airport and local day. Days with missing hours are kept: hours_observed says how much to trust them.
select
    airport,
    cast(local_hour as date) as day,
    count(*) as hours_observed,
    min(temperature_f) as low_f,
    max(temperature_f) as high_f,
    sum(precipitation_in) as precipitation_in,
    max(wind_speed_mph) as peak_wind_mph,
    min(visibility_mi) as lowest_visibility_mi,
    count(*) filter (where condition <> 'fair') as hours_not_fair
from hourly
group by airport, cast(local_hour as date)
