"""Makes the real house stop at every statement, COMMIT and call, so that one actor at a time may go on.

`stage` holds actors and their stops, `database` is Django's PostgreSQL backend with stops, `wire` puts stops around
HTTP calls and sleeping. Nothing in the house knows of it: outside an actor's thread nothing stops.
"""
