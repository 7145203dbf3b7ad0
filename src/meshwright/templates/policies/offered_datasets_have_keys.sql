-- level: warn
-- why: Without a key nobody can tell a row that is there twice from two, or join without doubling.
-- fix: Mark the columns of the key in the contract with primaryKey: true; they are tested from then on.
select offered.dataset, offered.file, 1 as line, 'it has no primary key in ' || offered.port as message
from (select port, file, unnest(datasets) as dataset from mesh.ports) as offered
where not exists (
    from mesh.columns
    where columns.port = offered.port and columns.dataset = offered.dataset and columns.is_primary_key
)
