"""Predict, honestly, who responds to treatment."""
