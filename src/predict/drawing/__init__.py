"""Drawings: SVG by hand for pages, matplotlib for notebooks."""
