{{ config(tags=['weather']) }}
select d.time_hour, max(d.dep_delay) as worst, any_value(w.wind order by w.wind)::enum('calm', 'storm') as wind
from {{ ref('fct_delays') }} d
left join {{ source('station', 'hourly') }} w using (time_hour)
group by all
