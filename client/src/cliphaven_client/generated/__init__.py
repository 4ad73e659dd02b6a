# Made from docs/openapi.json by client/generate.py. Do not change it here.
"""Made from the OpenAPI document."""
