"""`bcb report`: what is known of some models, as one page that needs nothing else.

`gather` finds the tests, `curves` groups them, `figures` and `markdown` show them, `page` puts all in one HTML file.
"""
