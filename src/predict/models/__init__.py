"""Everything that is learned: recipes, families, calibration, intervals, reliance."""
