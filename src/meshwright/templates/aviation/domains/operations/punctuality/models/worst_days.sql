-- The ten worst days of each origin: most flights cancelled, diverted or late.
with ranked as (
    select
        origin,
        flight_date,
        scheduled,
        cancelled + diverted + departed_late as disrupted,
        round(100.0 * (cancelled + diverted + departed_late) / scheduled, 1) as disrupted_pct,
        row_number() over (
            partition by origin
            order by (cancelled + diverted + departed_late) / scheduled desc, flight_date
        ) as badness_rank
    from daily
)

select origin, badness_rank, flight_date, scheduled, disrupted, disrupted_pct
from ranked
where badness_rank <= 10
