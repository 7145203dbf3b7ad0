-- One row per band of five years of age, counted from the newest aircraft in the register.
with ages as (
    select
        aircraft.seats,
        newest.built_year - aircraft.built_year as age_years
    from aircraft
    cross join (select max(built_year) as built_year from aircraft) as newest
    where aircraft.built_year is not null
)

select
    age_years // 5 * 5 as from_age_years,
    age_years // 5 * 5 + 4 as to_age_years,
    count(*) as aircraft,
    cast(sum(seats) as bigint) as seats
from ages
group by age_years // 5
