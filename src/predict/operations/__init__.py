"""A model's years: which one is in use, who decided so, and what every run did.

`registry` keeps versions of a model and a history that only grows; `comparison` holds a challenger
against the model in use on the same people; `audit` keeps what runs did; `monitoring` joins stored
scores with later outcomes.

Nothing is imported here: every run of `predict score` asks `audit` whether its model is registered,
and must not load what only a promotion needs.
"""
