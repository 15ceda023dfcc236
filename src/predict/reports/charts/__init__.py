"""Drawings made by hand as inline SVG, each from facts alone, each with its reading in words."""

from predict.reports.charts.bars import bar
from predict.reports.charts.course import course_chart
from predict.reports.charts.icons import icon_array
from predict.reports.charts.scale import mini_scale, scale_chart

__all__ = ["bar", "course_chart", "icon_array", "mini_scale", "scale_chart"]
