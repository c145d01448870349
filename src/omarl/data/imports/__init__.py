"""Other people's data on its way in: foreign formats stop here, what goes on is episodes.

Each format is one function from a path to an `Import`; `formats` lists them.
"""
