-- One row per airport and hour, in plain units, with the condition that a pilot would name first.
with cleaned as (
    select
        origin as airport,
        time_hour as observed_at,
        make_timestamp(year, month, day, hour, 0, 0) as local_hour,
        temp as temperature_f,
        dewp as dew_point_f,
        humid as humidity_pct,
        wind_dir as wind_direction_deg,
        -- Stronger than any wind ever measured at the ground: a broken sensor, not weather.
        case when wind_speed <= 253 then wind_speed end as wind_speed_mph,
        wind_gust as wind_gust_mph,
        precip as precipitation_in,
        pressure as pressure_hpa,
        visib as visibility_mi
    from raw_weather
)

select
    airport,
    observed_at,
    local_hour,
    temperature_f,
    dew_point_f,
    humidity_pct,
    wind_direction_deg,
    wind_speed_mph,
    wind_gust_mph,
    precipitation_in,
    pressure_hpa,
    visibility_mi,
    case
        when visibility_mi < 1 then 'fog'
        when precipitation_in > 0 and temperature_f <= 32 then 'snow'
        when precipitation_in >= 0.1 then 'heavy rain'
        when wind_speed_mph >= 25 or wind_gust_mph >= 35 then 'wind'
        when precipitation_in > 0 then 'rain'
        else 'fair'
    end as condition
from cleaned
