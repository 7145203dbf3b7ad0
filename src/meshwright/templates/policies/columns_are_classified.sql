-- level: warn
-- why: Masks and access follow the classification: what nobody classified is shown to everybody.
-- fix: Add a classification to the property in the contract, for example public, internal, restricted or pii.
select address, file, line, 'it has no classification' as message
from mesh.columns
where port is not null and classification is null
