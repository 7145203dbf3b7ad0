-- level: warn
-- why: An empty table passes every other test: the number of rows is what tells that a delivery is missing.
-- fix: Add a rule with metric: rowCount to the contract, or to the tests of pipeline.yaml.
select offered.dataset, offered.file, 1 as line, 'no rule counts its rows' as message
from (select file, unnest(datasets) as dataset from mesh.ports) as offered
where not exists (from mesh.tests where tests.dataset = offered.dataset and tests.metric = 'rowCount')
