"""Courses over visits: classes of people who change alike, and one person's own course."""
