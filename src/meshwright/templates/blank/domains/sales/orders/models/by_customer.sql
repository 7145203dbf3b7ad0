-- One row per customer.
select
    customer,
    count(*) as orders,
    sum(amount) as amount
from orders
group by customer
