-- One row per month: late departures by their likeliest cause. Weather is counted before knock-on delay.
select
    cast(date_trunc('month', flight_date) as date) as month,
    count(*) as departures,
    count(*) filter (where is_late) as late,
    count(*) filter (where is_late and condition <> 'fair') as late_in_bad_weather,
    count(*) filter (
        where is_late and coalesce(condition, 'fair') = 'fair' and was_late_before
    ) as late_after_late_aircraft,
    count(*) filter (
        where is_late and coalesce(condition, 'fair') = 'fair' and not coalesce(was_late_before, false)
    ) as late_otherwise
from departure_conditions
group by date_trunc('month', flight_date)
