-- level: block
-- why: Other domains read our columns without asking us, so each says what it holds and how far it may be shown.
-- fix: Give the property a description and a classification in the contract.
select
    address,
    file,
    line,
    'it has no ' || case when description is null then 'description' else 'classification' end as message
from mesh.columns
where port is not null and (description is null or classification is null)
