"""Sections of the model report, one file each; all use the blocks of `predict.reports.content`."""
