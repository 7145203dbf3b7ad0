-- One row per rough spell: hours in a row, at one airport, with fog, snow, heavy rain or strong wind.
with rough_hours as (
    select
        airport,
        observed_at,
        precipitation_in,
        wind_speed_mph,
        visibility_mi,
        condition,
        -- Hours in a row share the difference between their hour number and their rank.
        epoch_ms(observed_at) // 3600000 - row_number() over (partition by airport order by observed_at) as spell
    from hourly
    where condition in ('fog', 'snow', 'heavy rain', 'wind')
)

select
    airport,
    min(observed_at) as started_at,
    max(observed_at) + interval 1 hour as ended_at,
    count(*) as hours,
    count(distinct condition) as conditions,
    sum(precipitation_in) as precipitation_in,
    max(wind_speed_mph) as peak_wind_mph,
    min(visibility_mi) as lowest_visibility_mi
from rough_hours
group by airport, spell
