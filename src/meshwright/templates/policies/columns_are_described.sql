-- level: warn
-- why: A column that is promised to others has to say what it holds; its name rarely does.
-- fix: Add a description to the property in the contract.
select address, file, line, 'it is not described' as message
from mesh.columns
where port is not null and length(trim(coalesce(description, ''))) = 0
