select *, md5(cast(json_array($key) as varchar)) as $name
from rows
