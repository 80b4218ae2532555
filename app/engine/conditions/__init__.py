"""The one condition language: ``parse`` text or JSON to a tree, ``bind`` it to a schema, then
``compile`` it to SQL or ``evaluate`` it on a row; both answer alike."""
