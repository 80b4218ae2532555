"""Online changes: long work on large tables, in steps that never hold anybody up."""
