"""Intervals, splits, metrics, pooling, resampling and disclosure: numbers without a model."""
