"""Imports of foreign formats, which are converted to episodes here.

Each format is a function from a path to an `Import`; `formats` lists them.
"""
