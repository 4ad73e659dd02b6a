"""Writing: channels and their proof, submissions, and the decisions on clips."""
