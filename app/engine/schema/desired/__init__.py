"""The wanted schema: from the API's JSON to a catalog, all faults at once."""
