"""A model's years: which one is in use, who decided so, and what every run did.

`registry` keeps versions of a model and a history that only grows; `comparison` holds a challenger
against the model in use on the same people.
"""

from predict.operations.registry import Registry, Version, open_registry

__all__ = ["Registry", "Version", "open_registry"]
