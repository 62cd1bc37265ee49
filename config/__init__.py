"""Settings: YAML is parsed to a document and validated to typed values; all faults are reported together."""
