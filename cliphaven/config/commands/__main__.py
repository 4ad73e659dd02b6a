"""`python -m cliphaven.config.commands`: the console script where it is not on the path."""

from cliphaven.config.commands import main

main()
