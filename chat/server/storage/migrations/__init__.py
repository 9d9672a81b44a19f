"""The way of the database from each revision to the next, in the form that alembic runs.

A change of `schema.py` adds one file to `versions/`, named and numbered after the one before, and sets
`schema.HEAD`. What was released is never changed again.
"""
