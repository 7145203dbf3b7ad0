"""Queries of consumers, each in a process of its own that never meets another query.

`pool` is the server's end: it hands a query to a waiting process (`warden`), which forks one for it (`process`) and ends it
when it takes too long, too much, or nobody waits for it any more. `wire` is what they tell each other, `shown` what the
process makes of the datasets that the caller may see, `words` how an error is told without values, paths or names.
"""
