-- One row per aircraft type: who builds it, how many there are, how old.
select
    manufacturer,
    model,
    count(*) as aircraft,
    min(built_year) as first_built_year,
    max(built_year) as last_built_year,
    max(seats) as most_seats
from aircraft
group by manufacturer, model
