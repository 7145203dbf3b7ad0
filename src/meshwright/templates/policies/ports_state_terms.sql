-- level: warn
-- why: Data is used for what it may be used for only if that is written where it is found.
-- fix: Say in the contract what the data may be used for: description.usage, description.limitations, or customProperties with property: licence.
select port, product, file, line, 'neither usage, limitations nor a licence is stated' as message
from mesh.contracts
where usage is null and limitations is null and licence is null
