select cast(unnest(range(
    cast($start as timestamp),
    cast($end as timestamp),
    case $grain
        when 'week' then interval 7 days
        when 'month' then interval 1 month
        when 'quarter' then interval 3 months
        when 'year' then interval 1 year
        else interval 1 day
    end)) as date) as $name
