"""Records: the data routes, their import and export, the change feed and the history."""
