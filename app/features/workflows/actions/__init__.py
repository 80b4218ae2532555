"""The steps that workflows bring themselves: requests to elsewhere, and lines of the run's log."""
