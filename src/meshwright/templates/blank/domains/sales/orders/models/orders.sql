-- A few rows to see the loop work. Replace them by a source: see README.md.
select
    order_id,
    customer,
    placed_on,
    amount
from (
    values
        (1, 'Ada', date '2026-01-05', cast(12.50 as decimal(10, 2))),
        (2, 'Grace', date '2026-01-05', cast(99.00 as decimal(10, 2))),
        (3, 'Ada', date '2026-01-06', cast(7.25 as decimal(10, 2)))
) as listed (order_id, customer, placed_on, amount)
