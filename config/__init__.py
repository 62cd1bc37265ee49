"""The settings: YAML to a document to typed values, with all faults told at once."""
