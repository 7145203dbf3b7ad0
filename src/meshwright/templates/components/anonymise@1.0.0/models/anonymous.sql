select
    * exclude ($columns),
    case
        when $method = 'hash' and columns($columns.names) is not null
        then sha256($salt || ':' || cast(columns($columns.names) as varchar))
    end
from rows
