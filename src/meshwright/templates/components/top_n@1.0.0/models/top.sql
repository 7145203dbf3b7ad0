select *
from rows as "the row"
qualify case when $ties = 'keep'
    then rank() over (
        partition by $key
        order by
            case when $order = 'largest' then $by end desc nulls last,
            case when $order = 'smallest' then $by end asc nulls last)
    else row_number() over (
        partition by $key
        order by
            case when $order = 'largest' then $by end desc nulls last,
            case when $order = 'smallest' then $by end asc nulls last,
            "the row")
    end <= $n
