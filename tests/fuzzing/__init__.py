"""Schemathesis asks every address of the API whatever the document allows and forbids, as everybody who may knock."""
