"""Sections of the patient page, one file each."""
